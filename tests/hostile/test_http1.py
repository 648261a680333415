"""Garbage, and HTTP/1: methods that are not served, lengths that contradict each other, upgrades, a hundred requests at once."""

import random
import re
import time

import frames
import pytest
from server import MIB
from wire import Wire, exchange, hello

SECONDS = 1
LIST = "POST /dossier.v1.FactService/ListEvents HTTP/1.1"
WEB = "Content-Type: application/grpc-web+proto"
FIVE = "Content-Length: 5"
CHUNKED = "Transfer-Encoding: chunked"
MESSAGE = frames.message()
CLOSE = "Connection: close"


def said(line, *headers, body=b""):
    return "".join(f"{one}\r\n" for one in (line, "Host: localhost", *headers, "")).encode("latin-1") + body


# What is never asked if the request before it is read as its sender wants others to read it.
SMUGGLED = said("GET /smuggled HTTP/1.1")
# Behind each shape, so that the connection ends: one more answer if what is before was a request that ended there.
LAST = said("GET /last HTTP/1.1", CLOSE)
HANDSHAKE = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
UPGRADE = ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"]

# Name: what is sent, and the statuses of HTTP that come, the last of which ends the connection.
SHAPES = {
    "GET": (said("GET / HTTP/1.1", CLOSE), "404"),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", "404"),
    "a call of gRPC-Web": (said(LIST, WEB, FIVE, CLOSE, body=MESSAGE), "200"),
    "a call of gRPC": (said(LIST, "Content-Type: application/grpc", FIVE, CLOSE, body=MESSAGE), "505"),
    "TRACE": (said("TRACE / HTTP/1.1", CLOSE), "404"),
    "OPTIONS": (said("OPTIONS * HTTP/1.1", CLOSE), "404"),
    "PUT of a method": (said("PUT /dossier.v1.FactService/ListEvents HTTP/1.1", CLOSE), "405"),
    "CONNECT": (said("CONNECT localhost:1 HTTP/1.1", CLOSE), "404"),
    "the address of another server": (said("GET http://other.example/ HTTP/1.1", CLOSE), "404"),
    "a websocket": (said("GET / HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", *HANDSHAKE) + LAST, "404 404"),
    "an upgrade to HTTP/2": (said("GET / HTTP/1.1", *UPGRADE) + LAST, "404 404"),
    "an upgrade to HTTP/2 with a call": (said(LIST, WEB, FIVE, *UPGRADE, body=MESSAGE) + LAST, "200 404"),
    "a length, and chunks": (said(LIST, WEB, "Content-Length: 5", CHUNKED, body=b"0\r\n\r\n") + SMUGGLED + LAST, "200"),
    "chunks, and a length": (said(LIST, WEB, CHUNKED, "Content-Length: 90", body=b"0\r\n\r\n") + SMUGGLED + LAST, "200"),
    "two lengths": (said(LIST, WEB, FIVE, "Content-Length: 0", body=MESSAGE) + LAST, "400"),
    "a list of lengths": (said(LIST, WEB, "Content-Length: 5, 5", body=MESSAGE) + LAST, "400"),
    "a length with a sign": (said(LIST, WEB, "Content-Length: +5", body=MESSAGE) + LAST, "400"),
    "a length below nothing": (said(LIST, WEB, "Content-Length: -1", body=MESSAGE) + LAST, "400"),
    "a length beyond numbers": (said(LIST, WEB, "Content-Length: " + "9" * 30, body=MESSAGE) + LAST, "400"),
    "an encoding that is none": (said(LIST, WEB, "Transfer-Encoding: xchunked", body=MESSAGE) + LAST, "400"),
    "chunks that are not last": (said(LIST, WEB, CHUNKED + ", identity", body=MESSAGE) + LAST, "400"),
    "a space before the colon": (said(LIST, WEB, "Transfer-Encoding : chunked", FIVE, body=MESSAGE) + LAST, "400"),
    "a folded header": (said(LIST, WEB, "Transfer-Encoding:\r\n chunked", FIVE, body=MESSAGE) + LAST, "400"),
    "chunks of HTTP/1.0": (said(LIST[:-1] + "0", WEB, CHUNKED, body=b"0\r\n\r\n") + LAST, "400"),
    "NUL in a header": (said("GET / HTTP/1.1", "X: a\0b") + LAST, "400"),
    "half a line break in a header": (said("GET / HTTP/1.1", "X: a\rb") + LAST, "400"),
    "a chunk beyond numbers": (said(LIST, WEB, CHUNKED, body=b"FFFFFFFFFFFFFFFF1\r\n" + MESSAGE) + LAST, "200"),
    "a chunk below nothing": (said(LIST, WEB, CHUNKED, body=b"-5\r\n" + MESSAGE) + LAST, "200"),
    "a chunk that goes on": (said(LIST, WEB, CHUNKED, body=b"5\r\n" + MESSAGE + b"XX0\r\n\r\n") + LAST, "200"),
    "a chunk with 100 kB of extension": (said(LIST, WEB, CHUNKED, body=b"5;" + b"a" * 100_000 + b"\r\n") + LAST, "200"),
    "20,000 trailers": (said(LIST, WEB, CHUNKED, body=b"0\r\n" + b"X: a\r\n" * 20_000 + b"\r\n") + LAST, "200"),
    "100 requests at once": (said(LIST, WEB, FIVE, body=MESSAGE) * 100 + LAST, "200 " * 100 + "404"),
    "a head of 1 MiB": (b"GET / HTTP/1.1\r\nX: " + b"a" * MIB, "431"),
    "a path of 1 MiB": (b"GET /" + b"a" * MIB, "431"),
    "1,000 headers": (said("GET / HTTP/1.1", *["X: a"] * 1_000), "431"),
    "100,000 empty lines": (b"\r\n" * 100_000, "431"),
    "a version that there is not": (b"GET / HTTP/9.9\r\n\r\n", "400"),
    "text": (b"hello there\r\n\r\n", "400"),
    "a hello of TLS": (hello(), "400"),
    "almost HTTP/2": (frames.PREFACE[:-1] + b"!", "400"),
}


def test_shapes(server, attack):
    wrong = {}
    with attack(f"HTTP/1: {len(SHAPES)} shapes") as watch:
        until, turns = time.monotonic() + SECONDS, 0
        while not turns or time.monotonic() < until:
            turns += 1
            for name, (sent, expected) in SHAPES.items():
                answer, closed = exchange(server.address, sent)
                statuses = [status.decode() for status in re.findall(rb"HTTP/1\.[01] (\d+) ", answer)]
                if statuses != expected.split() or not closed:
                    wrong[name] = (statuses[:5], closed)
        watch.saw(f"as expected, {turns} times" if not wrong else str(wrong))
    assert not wrong, wrong


@pytest.mark.parametrize("port", ["address", "admin"], ids=["callers", "operators"])
def test_garbage(server, attack, port):
    """Random bytes, the same each time: some of them begin as HTTP/2 does."""
    with attack(f"garbage to the port of {'callers' if port == 'address' else 'operators'}") as watch:
        until, seed, said_something = time.monotonic() + SECONDS, 0, 0
        while seed < 500 or time.monotonic() < until and seed < 5_000:
            by = random.Random(seed)
            sent = [b"", frames.PREFACE, frames.PREFACE + frames.settings()][seed % 3] + by.randbytes(by.randint(1, 5_000))
            with Wire(getattr(server, port), greet=sent) as wire:
                # What may be the beginning of something is waited for.
                wire.read_to_the_end(0.2)
                said_something += bool(wire.frames or wire.received)
            seed += 1
        watch.saw(f"{seed:,} connections, {said_something:,} were answered something")


def test_frames_with_random_insides(server, attack):
    """Frames that are whole, of random types and with random bytes in them, behind a call that is open."""
    with attack("frames with random insides") as watch:
        until, seed, stands = time.monotonic() + SECONDS, 0, 0
        while seed < 300 or time.monotonic() < until and seed < 5_000:
            by = random.Random(seed)
            sent = [frames.opened(1)]
            for _ in range(20):
                inside = by.randbytes(by.choice([0, 1, 4, 5, 6, 8, 9, 100]))
                sent.append(frames.frame(by.randrange(12), by.randrange(256), by.choice([0, 1, 1, 2, 3, 5]), inside))
            with Wire(server.address) as wire:
                wire.send(b"".join(sent))
                wire.read_to_the_end(0.05)
                stands += wire.stands
            seed += 1
        watch.saw(f"{seed:,} connections, {stands:,} were let go on")


def test_a_body_in_chunks_of_a_byte(server, attack):
    """Without an end, by HTTP/1: refused once it is known that it is too long."""
    head = said(LIST, WEB, CHUNKED, body=b"5\r\n" + frames.message(declared=MIB - 1) + b"\r\n")
    with attack("HTTP/1: a body without an end in chunks of a byte") as watch:
        with Wire(server.address, greet=head) as wire:
            taken = wire.pour(b"1\r\na\r\n" * 10_000, 20)
            wire.read_to_the_end()
            status = re.findall(rb"grpc-status: ?(\d+)", bytes(wire.received))
            watch.saw(f"{taken // 6:,} chunks went out, then {wire.outcome()}, grpc-status {b', '.join(status).decode()}")
    assert status == [b"3"]
