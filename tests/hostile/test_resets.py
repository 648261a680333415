"""Streams that are reset at once (rapid reset, CVE-2023-44487), and calls that nobody waits for."""

import time

import frames
import pytest
from server import within
from wire import GREETING, Wire

SECONDS = 2


def rapid(streams, first=1, path=frames.EVENTS, whole=False):
    """Streams, each reset behind its head or behind its whole request."""
    head, body = frames.block(path), frames.message()
    sent = []
    for stream in range(first, first + 2 * streams, 2):
        sent.append(frames.headers(stream, head))
        if whole:
            sent.append(frames.data(stream, body, end=True))
        sent.append(frames.reset(stream))
    return b"".join(sent)


@pytest.mark.parametrize("whole", [False, True], ids=["heads", "requests"])
def test_rapid_reset(server, attack, whole):
    sent, streams, wires, calm = rapid(100, whole=whole), 0, 0, 0
    # Each connection is cut off after some twenty streams: what it leaves in the kernel is what a connection costs.
    with attack(f"rapid reset of {'requests' if whole else 'heads'}") as watch:
        until = time.monotonic() + SECONDS
        # At most as many connections as a machine has ports for one address.
        while streams < 100_000 or time.monotonic() < until and wires < 10_000:
            with Wire(server.address) as wire:
                wire.send(sent)
                assert wire.read_to_the_end(), "whoever resets hundreds at once is cut off"
                calm += "ENHANCE_YOUR_CALM" in wire.goaways
            streams, wires = streams + 100, wires + 1
        begun = server.metric("dossier_calls_total", code="CANCELLED")
        watch.saw(f"{streams:,} streams; {calm:,} of {wires:,} connections told ENHANCE_YOUR_CALM; {begun:.0f} calls begun")
    assert calm > wires * 0.9


def test_resets_below_the_limit_end_their_calls(server, attack):
    """So few at once that they are let through: each is a call that nobody waits for, and must leave nothing behind."""
    at_once, calls = 16, 10_000
    with attack("10,000 cancelled calls") as watch:
        with Wire(server.address) as wire, Wire(server.address) as other:
            for number in range(calls // at_once // 2):
                first = 1 + 2 * at_once * number
                for one in (wire, other):
                    path = frames.EXPORT if number % 2 else frames.EVENTS
                    one.send(rapid(at_once, first, path, whole=True))
                assert wire.round() and other.round(), wire.outcome()
            within(10, "no call is in flight", lambda: server.in_flight() == 0)
            cancelled = server.metric("dossier_calls_total", code="CANCELLED")
            watch.saw(f"{wire.outcome()}; {cancelled:,.0f} calls ended as CANCELLED")


def test_calls_cancelled_by_a_library(server, attack):
    """The same by grpcio, as a client does that changes its mind."""
    import grpc

    calls = 10_000
    with attack("10,000 calls cancelled by grpcio") as watch, grpc.insecure_channel(server.address) as channel:
        methods = [
            channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes).future
            for path in (frames.EVENTS, frames.DATASET)
        ]
        for number in range(calls):
            methods[number % 2](b"", timeout=20).cancel()
        within(20, "no call is in flight", lambda: server.in_flight() == 0)
        methods[0](b"", timeout=20).result()
        watch.saw(f"{server.metric('dossier_calls_total', code='CANCELLED'):,.0f} calls ended as CANCELLED; one more is answered")


def test_watches_that_are_left_open_and_dropped(server, attack):
    """All places for watches, twice: they come free as soon as their connection is gone."""
    with attack("1,000 watches, dropped, twice", memory=64) as watch:
        for _ in range(2):
            wires = [Wire(server.address) for _ in range(8)]
            for wire in wires:
                wire.send(b"".join(frames.call(stream, frames.WATCH) for stream in range(1, 1 + 2 * 128, 2)))
            for wire in wires:
                assert wire.round()
            refused = server.metric("dossier_calls_refused_total", reason="watches")
            for wire in wires:
                wire.close()
            within(20, "all watches have ended", lambda: server.metric("dossier_connections") < 8)
        with Wire(server.address, greet=GREETING + frames.call(1, frames.WATCH)) as wire:
            assert wire.read(lambda wire: wire.body[1] > 0), "there is room for another"
        watch.saw(f"1,024 opened on 8 connections, {refused:.0f} refused by the end")
    assert refused >= 2 * 24
