"""Clients that one would rather not have: bytes that are no call, readers that do not read, callers that leave in between."""

import collections
import contextlib
import random
import socket
import struct
import time

import h2.config
import h2.connection
import h2.events
import h2.settings

from contract import FACTS, Request
from process import HANG

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# What a connection that the server closed, rightly, is told by.
GONE = (OSError, EOFError, h2.exceptions.ProtocolError)


def framed(content):
    """A message as gRPC sends it."""
    return b"\x00" + struct.pack(">I", len(content)) + content


def cut(connection):
    """Closes without a word: the system sends a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Rough:
    """Rough clients of one server, which answers right all the same."""

    def __init__(self, seed, address, certificates, authorization, model):
        self.random, self.address, self.certificates = random.Random(seed), address, certificates
        self.authorization, self.model = authorization, model
        self.requests = [*{request for _, request in model.answers}]

    def turn(self):
        """One of them. Answers which it was, and whether it was cut off."""
        kinds = [self.noise, self.noise_in_tls, self.noise_after_preface, self.slow, self.slow, self.leaves, self.resets]
        kind = self.random.choice(kinds)
        name = kind.__name__.replace("_", " ")
        try:
            kind()
        except GONE:
            return f"{name}, cut off"
        return name

    def noise(self):
        """Bytes where TLS is spoken."""
        host, port = self.address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=HANG) as plain:
            begins = [b"", PREFACE, b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01"]
            plain.sendall(self.random.choice(begins) + self.random.randbytes(400))
            plain.settimeout(0.2)
            plain.recv(100)

    def noise_in_tls(self):
        with self.certificates.connect(self.address, self.random.choice(["h2", "http/1.1"])) as connection:
            begins = [b"", b"POST /x HTTP/1.1\r\nhost: x\r\n"]
            connection.sendall(self.random.choice(begins) + self.random.randbytes(self.random.randint(1, 3000)))
            connection.settimeout(0.2)
            connection.recv(100)
            cut(connection)

    def noise_after_preface(self):
        """Frames of HTTP/2 with nonsense in them."""
        with self.certificates.connect(self.address) as connection:
            frames = b""
            for _ in range(self.random.randint(1, 20)):
                length = self.random.choice([0, 4, 5, 8, 40])
                head = struct.pack(">I", length)[1:] + bytes([self.random.randrange(12), self.random.randrange(64)])
                frames += head + struct.pack(">I", self.random.choice([0, 1, 1, 3, 2**31 - 1])) + self.random.randbytes(length)
            connection.sendall(PREFACE + struct.pack(">I", 0)[1:] + b"\x04\x00\x00\x00\x00\x00" + frames)
            connection.settimeout(0.2)
            connection.recv(1000)

    @contextlib.contextmanager
    def speaking(self, window=65_535):
        """A connection of HTTP/2 that takes so many bytes of each answer."""
        config = h2.config.H2Configuration(client_side=True, header_encoding=None)
        with self.certificates.connect(self.address) as connection:
            speaker = h2.connection.H2Connection(config)
            settings = {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
            speaker.local_settings = h2.settings.Settings(client=True, initial_values=settings)
            speaker.initiate_connection()
            connection.sendall(speaker.data_to_send())
            yield connection, speaker

    def begin(self, speaker, method, content, ends=True):
        """A call on the next stream."""
        stream = speaker.get_next_available_stream_id()
        heads = {":method": "POST", ":scheme": "https", ":path": FACTS + method, ":authority": "localhost"}
        heads |= {"content-type": "application/grpc", "te": "trailers", "authorization": self.authorization}
        speaker.send_headers(stream, list(heads.items()))
        speaker.send_data(stream, framed(content), end_stream=ends)
        return stream

    def slow(self):
        """Takes next to nothing for a while; then leaves, or reads all."""
        with self.speaking(window=self.random.choice([0, 1, 100])) as (connection, speaker):
            requests = [Request(method, b"") for method in ("ListEvents", "ExportEvents", "ListSources", "ListPlaces")]
            streams = {}
            for request in self.random.choices(requests, k=8):
                streams[self.begin(speaker, request.method, request.bytes)] = request
            self.begin(speaker, "WatchEvents", b"")
            connection.sendall(speaker.data_to_send())
            time.sleep(self.random.uniform(0.1, 2))
            if self.random.random() < 0.5:
                return cut(connection)
            speaker.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20})
            self.read(connection, speaker, streams)

    def read(self, connection, speaker, streams):
        """Reads until all answers have ended, or nothing comes; those that came whole are right."""
        connection.sendall(speaker.data_to_send())
        connection.settimeout(2)
        heads, bodies = collections.defaultdict(dict), collections.defaultdict(bytes)
        while streams:
            content = connection.recv(1 << 16)
            if not content:
                return
            for event in speaker.receive_data(content):
                if isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    speaker.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
                    heads[event.stream_id] |= dict(event.headers)
                elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                    request, head = streams.pop(event.stream_id, None), heads[event.stream_id]
                    if request and head.get(b"grpc-status") == b"0":
                        right = self.model.answers[head[b"dossier-revision"].decode(), request].messages
                        assert bodies[event.stream_id] == b"".join(map(framed, right)), f"a slow reader of {request}"
            connection.sendall(speaker.data_to_send())

    def leaves(self):
        """Goes amid a request, or before its answer is there."""
        with self.speaking() as (connection, speaker):
            for request in self.random.choices(self.requests, k=4):
                self.begin(speaker, request.method, request.bytes, ends=self.random.random() < 0.5)
            content = speaker.data_to_send()
            connection.sendall(content[: self.random.randint(1, len(content))])
            time.sleep(self.random.choice([0, 0, 0.05]))
            cut(connection)

    def resets(self):
        """Takes calls back as soon as they are made."""
        with self.speaking() as (connection, speaker):
            for request in self.random.choices(self.requests, k=15):
                speaker.reset_stream(self.begin(speaker, request.method, request.bytes, ends=self.random.random() < 0.5))
                connection.sendall(speaker.data_to_send())
            last = Request("ListEvents", b"")
            self.read(connection, speaker, {self.begin(speaker, last.method, last.bytes): last})
