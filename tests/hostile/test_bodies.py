"""Requests that are too long, lie about how long they are, or grow when they are unpacked."""

import concurrent.futures
import functools
import gzip
import time
import zlib

import frames
import grpc
import pytest
import zstandard
from server import MIB, within
from wire import GREETING, Wire

SECONDS = 1

TOO_LARGE = "RESOURCE_EXHAUSTED REQUEST_TOO_LARGE"
MALFORMED = "INVALID_ARGUMENT MALFORMED_REQUEST"

# Something that is a message as far as it goes.
ASKED = b"\x08\x05" * 100


@functools.cache
def gzip_bomb():
    """Zeros, 900 MiB of them in less than one: a piece that ends at a whole byte, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    return pieces[0] + pieces[1] * 899


@functools.cache
def zstd_bomb(window, megabytes=1024):
    """Zeros, a gigabyte of them in 32 KiB, behind a window of so many bytes as a power of two."""
    how = zstandard.ZstdCompressionParameters(window_log=window, compression_level=1)
    packer = zstandard.ZstdCompressor(compression_params=how).compressobj()
    return b"".join(packer.compress(bytes(MIB)) for _ in range(megabytes)) + packer.flush()


# Name: the message, what its prefix says (if it lies), what it is packed with, and the answer.
LARGE = {
    "5 MiB": lambda: (bytes(5 * MIB), None, None, TOO_LARGE),
    "900 MiB of zeros by gzip": lambda: (gzip_bomb(), None, "gzip", TOO_LARGE),
    "1 GiB of zeros by zstd": lambda: (zstd_bomb(23), None, "zstd", TOO_LARGE),
    "a window of 128 MiB by zstd": lambda: (zstd_bomb(27, 256), None, "zstd", MALFORMED),
}
SMALL = {
    "1 MiB and a byte": (bytes(MIB + 1), None, None, TOO_LARGE),
    "3 bytes that say 4 GiB": (b"abc", 0xFFFFFFFF, None, TOO_LARGE),
    "3 bytes that say 1 MiB": (b"abc", MIB, None, MALFORMED),
    "more than it says": (ASKED, 3, None, MALFORMED),
    "half a gzip": (gzip.compress(ASKED)[:-9], None, "gzip", MALFORMED),
    "half a zstd": (zstandard.compress(ASKED)[:-3], None, "zstd", MALFORMED),
    "a gzip of nothing": (b"", None, "gzip", MALFORMED),
    "a gzip that is a zstd": (zstandard.compress(ASKED), None, "gzip", MALFORMED),
    "a gzip within a gzip": (gzip.compress(gzip.compress(ASKED)), None, "gzip", MALFORMED),
    "something that nobody knows": (ASKED, None, "br", "UNIMPLEMENTED NOT_IMPLEMENTED"),
}


def ask(wire, stream, body, declared, packed):
    more = [("grpc-encoding", packed)] if packed else []
    wire.send(frames.headers(stream, frames.block(frames.EVENTS, more)))
    wire.upload(stream, frames.message(body, compressed=bool(packed), declared=declared))
    return wire.answer(stream)


def again_and_again(server, body, declared, packed, expected):
    """Asks the same for a while, some calls on each connection; answers how many."""
    until, calls = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        with Wire(server.address) as wire:
            # What is sent behind a refusal counts as an error of ours, of which a connection may have 256.
            for stream in range(1, 41, 2):
                answer = ask(wire, stream, body, declared, packed)
                assert answer == expected, answer
                calls += 1
    return calls


@pytest.mark.parametrize("name", LARGE)
def test_large(server, attack, name):
    *asked, expected = LARGE[name]()
    # Two workers unpack one message each at a time: the window that RFC 8878 wants of decoders (8 MiB), and 1 MiB of message. An
    # allocator keeps several of these; what is unpacked whole takes 900 MiB.
    with attack(f"body: {name}", memory=192) as watch, concurrent.futures.ThreadPoolExecutor(2) as threads:
        calls = sum(threads.map(lambda _: again_and_again(server, *asked, expected), range(2)))
        watch.saw(f"{expected}, {calls} times")


def test_small(server, attack):
    wrong = {}
    with attack(f"body: {len(SMALL)} that lie or are cut short") as watch:
        until, turns = time.monotonic() + SECONDS, 0
        while not turns or time.monotonic() < until:
            turns += 1
            with Wire(server.address) as wire:
                for number, (name, (*asked, expected)) in enumerate(SMALL.items()):
                    answer = ask(wire, 2 * number + 1, *asked)
                    if answer != expected:
                        wrong[name] = answer
        watch.saw(f"as expected, {turns} times" if not wrong else str(wrong))
    assert not wrong, wrong


def test_a_body_by_a_library(server, attack):
    with attack("body: 5 MiB by grpcio", memory=48) as watch, grpc.insecure_channel(server.address) as channel:
        method = channel.unary_unary(frames.EVENTS, request_serializer=bytes, response_deserializer=bytes)
        for how in (grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate):
            with pytest.raises(grpc.RpcError) as raised:
                method(bytes(5 * MIB), compression=how, timeout=20)
            watch.saw(raised.value.code().name)
            assert how == grpc.Compression.Deflate or raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_questions_of_health_are_short(server):
    """Whoever asks for health need not say who they are, so it holds next to nothing."""
    with Wire(server.address, greet=GREETING + frames.call(1, frames.CHECK, b"\x0a\xe8\x0f" + 2024 * b"x")) as wire:
        assert wire.answer() == "RESOURCE_EXHAUSTED REQUEST_TOO_LARGE"


@pytest.mark.serve("--max-calls", "64", "--max-call-time", "3")
def test_bodies_that_are_never_done(server, attack):
    """Half of all places, each with a message of 1 MiB but for a byte: until their time is over."""
    # Each place may hold its message, in a buffer that doubles as it grows: 2 MiB, and as much again while it is moved.
    with attack("bodies: 32 x 1 MiB that are never done", memory=32 * 4) as watch:
        wires = [Wire(server.address) for _ in range(2)]
        streams = range(1, 1 + 2 * 16, 2)
        for wire in wires:
            wire.send(b"".join(frames.opened(stream, frames.EVENTS) for stream in streams))
        sent = 0
        for stream in streams:
            for wire in wires:
                sent += wire.upload(stream, frames.message(bytes(MIB - 1), declared=MIB), end=False)
        assert sent == 32 * (MIB + 4)
        answers = {wire.answer(stream) for wire in wires for stream in streams}
        within(20, "their places are free", lambda: server.in_flight() == 0)
        watch.saw(f"{', '.join(sorted(answers))}")
        for wire in wires:
            wire.close()
    assert answers == {"DEADLINE_EXCEEDED DEADLINE_EXCEEDED"}
