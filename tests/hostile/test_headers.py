"""Metadata that has no end, that grows when it is unpacked (HPACK bombs), or that is none."""

import collections
import time

import frames
import pytest
from frames import block, literal
from wire import Wire

SECONDS = 0.5

CALL = block(frames.EVENTS)
CALM, WRONG = "GOAWAY ENHANCE_YOUR_CALM", "GOAWAY PROTOCOL_ERROR"
RESET, LONG = "RST PROTOCOL_ERROR", "HTTP 431"


def request(stream, of, end=True):
    """A call whose header block takes as many frames as it needs."""
    size = 16_384
    pieces = [of[at : at + size] for at in range(0, len(of), size)]
    sent = []
    for number, piece in enumerate(pieces):
        flags = frames.END_HEADERS if number == len(pieces) - 1 else 0
        sent.append(frames.frame(frames.CONTINUATION if number else frames.HEADERS, flags, stream, piece))
    return b"".join(sent) + (frames.data(stream, frames.message(), end=True) if end else b"")


# Name: a header block that is asked again and again, and how that ends.
LARGE = {
    "17 KiB of one header": (CALL + literal("x-long", b"a" * 17_000), LONG),
    "200 KiB of one header": (CALL + literal("x-long", b"a" * 200_000), CALM),
    "5,000 headers": (CALL + literal("a", "b") * 5_000, CALM),
    "a path of 1 MiB": (block("/" + "a" * (1 << 20)), CALM),
    "a name of 1 MiB": (CALL + literal("a" * (1 << 20), "b"), CALM),
    # One header that is remembered, and said again by a byte each: 64 MiB in one frame.
    "HPACK bomb": (CALL + literal("x-bomb", b"a" * 4_000, indexed=True) + b"\xbe" * 12_000, CALM),
    "small HPACK bomb": (CALL + literal("x-bomb", b"a" * 4_000, indexed=True) + b"\xbe" * 5, LONG),
    "10,000 changes of the table's size": (b"\x20" * 10_000 + CALL, "OK"),
    "15 KiB that are let through": (CALL + literal("x-long", b"a" * 15_000), "OK"),
}


@pytest.mark.parametrize("name", LARGE)
def test_large(server, attack, name):
    of, expected = LARGE[name]
    seen, calls = collections.Counter(), 0
    with attack(f"headers: {name}") as watch:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with Wire(server.address) as wire:
                # Several on one connection, if it is let: what is remembered may not add up.
                for stream in range(1, 41, 2):
                    wire.send(request(stream, of))
                    seen[answer := wire.answer(stream).removeprefix("1 x ")] += 1
                    calls += 1
                    if answer.startswith("GOAWAY"):
                        break
                wire.read_to_the_end(0 if wire.stands else 20)
        told = ", ".join(f"{count:,} x {answer}" for answer, count in seen.items())
        watch.saw(told)
    assert all(answer.split(",")[0] == expected for answer in seen), told


def without(name):
    return b"".join(literal(*pair) for pair in pairs() if pair[0] != name)


def pairs():
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", frames.EVENTS),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ]


# Name: a header block, and the beginning of the answer.
MALFORMED = {
    "no method": (without(":method"), RESET),
    "no path": (without(":path"), RESET),
    "no scheme": (without(":scheme"), RESET),
    "no content type": (without("content-type"), "HTTP 415"),
    "two methods": (literal(":method", "POST") + CALL, RESET),
    "two paths": (literal(":path", "/") + CALL, RESET),
    "a status": (literal(":status", "200") + CALL, RESET),
    "a pseudo-header that there is not": (literal(":x", "y") + CALL, WRONG),
    "a pseudo-header behind headers": (without(":path") + literal(":path", frames.EVENTS), RESET),
    "capitals": (CALL + literal("X-Upper", "a"), WRONG),
    "connection": (CALL + literal("connection", "close"), RESET),
    "te: gzip": (CALL + literal("te", "gzip"), RESET),
    "transfer-encoding": (CALL + literal("transfer-encoding", "chunked"), RESET),
    "a value with NUL": (CALL + literal("x", b"a\0b"), WRONG),
    "a value with a line break": (CALL + literal("x", b"a\r\nb: c"), WRONG),
    "no name": (CALL + literal("", "a"), WRONG),
    "a name with a space": (CALL + literal("a b", "c"), WRONG),
    "an empty path": (block(""), RESET),
    "a path without a slash": (block("dossier.v1"), RESET),
    "a path of an address": (block("http://a/b"), RESET),
    "a path that is a star": (block("*"), "UNIMPLEMENTED"),
    "a path that is no ASCII": (block("/\u00ff\u00fe"), "UNIMPLEMENTED"),
    "a scheme that is none": (block(scheme="h t"), RESET),
    "CONNECT": (literal(":method", "CONNECT") + literal(":authority", "localhost:1"), "HTTP 404"),
    "CONNECT with a path": (block(method="CONNECT"), RESET),
    "TRACE": (block(frames.EVENTS, method="TRACE"), "HTTP 405"),
    "a method that is none": (block(method="P OST"), WRONG),
    "a length that is too short": (CALL + literal("content-length", "3"), RESET),
    "a length below nothing": (CALL + literal("content-length", "-3"), RESET),
    "two lengths": (CALL + literal("content-length", "5") + literal("content-length", "6"), RESET),
    "index 0": (CALL + b"\x80", WRONG),
    "an index of nothing": (CALL + b"\xff\x80\x01", WRONG),
    "an index without an end": (CALL + b"\xff" * 20, WRONG),
    "a table of 16 MiB": (b"\x3f\xe1\xff\xff\x07" + CALL, WRONG),
    "Huffman's code of nothing": (CALL + b"\x00\x81\x00\x84\xff\xff\xff\xff", WRONG),
    "half a header": (CALL + b"\x00\x7f", WRONG),
    "a timeout that is none": (CALL + literal("grpc-timeout", "999999999S"), "INVALID_ARGUMENT MALFORMED_REQUEST"),
    "a timeout of 11,000 years": (CALL + literal("grpc-timeout", "99999999H"), "OK"),
    "binary metadata that is none": (CALL + literal("x-bin", "***"), "OK"),
}


def test_malformed(server, attack):
    """Each several times; where the connection still stands, a call after it is answered."""
    wrong = {}
    with attack(f"headers: {len(MALFORMED)} malformed ones") as watch:
        until, turns = time.monotonic() + SECONDS, 0
        while not turns or time.monotonic() < until:
            turns += 1
            for name, (of, expected) in MALFORMED.items():
                with Wire(server.address) as wire:
                    wire.send(request(1, of))
                    answer = wire.answer(1).removeprefix("1 x ")
                    if answer.startswith(WRONG):
                        after = "OK"
                    else:
                        wire.send(frames.call(3))
                        after = wire.answer(3)
                if not answer.startswith(expected) or after != "OK":
                    wrong[name] = (answer, after)
        watch.saw(f"as expected, {turns} times" if not wrong else str(wrong))
    assert not wrong, wrong
