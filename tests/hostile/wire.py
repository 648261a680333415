"""Connections of an attacker: sockets that send what they like, read or do not, and tell what became of them."""

import base64
import collections
import contextlib
import functools
import re
import select
import socket
import ssl
import struct
import time

import frames
import hpack
from server import host_and_port

# What a client of HTTP/2 says first that takes whatever comes.
GREETING = frames.PREFACE + frames.settings(**{"4": (1 << 31) - 1}) + frames.window(1 << 30)

# What calls end with, by number.
CODES = (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED "
    "FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED"
).split()

# Bytes that are read at once.
PIECE = 1 << 18


class Wire:
    """A connection, and what the server has said on it in frames of HTTP/2."""

    def __init__(self, address, source=None, context=None, greet=GREETING, room=None, answers=False):
        self.answers = answers
        self.socket = socket.socket()
        if room:
            # Before it connects: later the window would already be offered.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(20)
        self.socket.connect(host_and_port(address))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.received = bytearray()
        self.frames = collections.Counter()
        self.resets, self.ended, self.body = collections.Counter(), set(), collections.Counter()
        self.decoder, self.said = hpack.Decoder(), collections.defaultdict(dict)
        # What may still be sent, of the connection and of each stream.
        self.windows, self.initial = collections.Counter({0: 65535}), 65535
        self.goaways = []
        self.pongs = 0
        # How the server ended what it says, and how it refused what is said to it: the first may still come after the second.
        self.over = self.refused = None
        self.stuck = False
        self.send(greet)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, sent):
        """Sends all; answers whether the connection still stands, as far as one can know."""
        try:
            self.socket.sendall(sent)
        except TimeoutError:
            self.stuck = True
        except OSError as error:
            self.refused = type(error).__name__
        return self.stands

    def upload(self, stream, body, end=True):
        """Sends a body as fast as the server takes it, until it has answered; answers how many bytes went."""
        sent = 0
        while sent < len(body):
            self.hear()
            room = lambda wire: min(wire.windows[0], wire.initial + wire.windows[stream])
            if not self.read(lambda wire: stream in wire.ended or room(wire) > 0) or stream in self.ended or not self.stands:
                break
            piece = body[sent : sent + min(room(self), 16384)]
            sent += len(piece)
            self.windows.subtract({0: len(piece), stream: len(piece)})
            self.send(frames.data(stream, piece, end=end and sent == len(body)))
        return sent

    @property
    def stands(self):
        return not (self.over or self.refused or self.stuck)

    def read(self, until, seconds=20):
        """Reads until something is so of this connection, or it is over; answers whether it became so."""
        end = time.monotonic() + seconds
        while not until(self):
            if self.over or time.monotonic() > end:
                return False
            self._receive(max(0.01, end - time.monotonic()))
        return True

    def read_to_the_end(self, seconds=20):
        """Reads until the server ends the connection; answers whether it did."""
        return self.read(lambda wire: wire.over is not None, seconds)

    def round(self, seconds=20):
        """Waits until the server has seen all that was sent; answers whether the connection still stands."""
        wanted = self.pongs + 1
        self.send(frames.ping())
        return self.read(lambda wire: wire.pongs >= wanted, seconds)

    def pour(self, chunk, seconds, reads=True):
        """Sends the same over and over for a while; answers how many bytes were taken.

        Reads meanwhile, or not: then what the server has to say piles up, and it should take no more.
        """
        taken, left = 0, memoryview(chunk)
        last = time.monotonic()
        end = last + seconds
        self.socket.setblocking(False)
        while time.monotonic() < end and self.stands:
            readable, writable, _ = select.select([self.socket] if reads else [], [self.socket], [], 0.1)
            if readable:
                self._receive(0)
                self.socket.setblocking(False)
            if writable:
                try:
                    sent = self.socket.send(left)
                except BlockingIOError:
                    continue
                except OSError as error:
                    self.refused = type(error).__name__
                    break
                taken, left, last = taken + sent, left[sent:] or memoryview(chunk), time.monotonic()
        self.socket.settimeout(20)
        self.stuck = self.stands and time.monotonic() - last > seconds / 2
        return taken

    def _receive(self, seconds):
        self.socket.settimeout(seconds)
        try:
            piece = self.socket.recv(PIECE)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError as error:
            self.over = type(error).__name__
            return
        finally:
            self.socket.settimeout(20)
        if not piece:
            self.over = "closed"
        self.received += piece
        self._parse()

    def hear(self):
        """Takes what has come."""
        self._receive(0)

    def _parse(self):
        at = 0
        while len(self.received) - at >= 9:
            length = int.from_bytes(self.received[at : at + 3], "big")
            kind, flags, stream = struct.unpack_from(">BBI", self.received, at + 3)
            if len(self.received) - at - 9 < length:
                break
            self._note(kind, flags, stream, bytes(self.received[at + 9 : at + 9 + length]))
            at += 9 + length
        del self.received[:at]

    def _note(self, kind, flags, stream, payload):
        self.frames[kind] += 1
        if kind == frames.GOAWAY:
            self.goaways.append(name_of(payload[4:8]))
        elif kind == frames.RST_STREAM:
            self.resets[name_of(payload)] += 1
            self.ended.add(stream)
        elif kind == frames.PING and flags & frames.ACK:
            self.pongs += 1
        elif kind == frames.PING and self.answers:
            self.send(frames.ping(ack=True, said=payload))
        elif kind == frames.DATA:
            self.body[stream] += len(payload)
        elif kind == frames.WINDOW_UPDATE:
            self.windows[stream] += int.from_bytes(payload, "big")
        elif kind == frames.SETTINGS and not flags & frames.ACK:
            # What it settles is in force once it is acknowledged.
            self.send(frames.frame(frames.SETTINGS, frames.ACK))
            for number, value in struct.iter_unpack(">HI", payload):
                if number == frames.INITIAL_WINDOW_SIZE:
                    self.initial = value
        elif kind == frames.HEADERS:
            self.said[stream].update(self.decoder.decode(payload))
        if kind in (frames.DATA, frames.HEADERS) and flags & frames.END_STREAM:
            self.ended.add(stream)

    def answer(self, stream=1, seconds=20):
        """How a call ended: the status of HTTP or of gRPC and its reason, or why there is none."""
        self.read(lambda wire: stream in wire.ended, seconds)
        said = self.said[stream]
        if "grpc-status" not in said:
            return f"HTTP {said[':status']}" if ":status" in said else self.outcome()
        details = said.get("grpc-status-details-bin", "")
        details = base64.b64decode(details + "=" * (-len(details) % 4))
        reason = re.search(rb"(?s)\n.([A-Z_]{4,})\x12\x07dossier", details)
        return f"{CODES[int(said['grpc-status'])]} {reason[1].decode() if reason else ''}".strip()

    def outcome(self):
        """What the attacker saw, in short."""
        said = [f"GOAWAY {code}" for code in sorted(set(self.goaways) - {"NO_ERROR"})]
        said += [f"{count} x RST {code}" for code, count in sorted(self.resets.items())]
        if not self.stands or not said:
            said.append(self.over or self.refused or ("takes nothing more" if self.stuck else "stands"))
        return ", ".join(said)


def name_of(code):
    number = int.from_bytes(code, "big")
    return frames.ERRORS[number] if number < len(frames.ERRORS) else str(number)


def exchange(address, sent, seconds=20, half_close=False):
    """Sends bytes, and reads until the server closes: what it said, and whether it closed."""
    said, end = bytearray(), time.monotonic() + seconds
    with socket.create_connection(host_and_port(address), timeout=seconds) as peer:
        try:
            peer.sendall(sent)
            if half_close:
                peer.shutdown(socket.SHUT_WR)
            while piece := peer.recv(PIECE):
                said += piece
                peer.settimeout(max(0.01, end - time.monotonic()))
        except TimeoutError:
            return bytes(said), False
        except OSError:
            # It closed with something of ours unread; what it said before may still be there.
            with contextlib.suppress(OSError):
                said += peer.recv(PIECE)
    return bytes(said), True


@functools.cache
def hello():
    """What a client of TLS says first."""
    said = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), said, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return said.read()
