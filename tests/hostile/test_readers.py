"""Callers that do not read what they asked for: answers, exports and streams that hold places and memory."""

import time

import frames
import pytest
from frames import call
from server import MIB, within
from wire import GREETING, Wire

# Calls at once on a connection: an eighth of all places.
STREAMS = 128
PLACES = 1024

# How long a call may take here, in seconds; whoever has not read its answer after twice that is cut off.
TIME = 1

# Nothing of an answer may be sent; or a byte, so that each answer has begun and waits in the server whole.
NO_WINDOW = frames.PREFACE + frames.settings(**{"4": 0})
BYTE = frames.PREFACE + frames.settings(**{"4": 1})

# A page of a hundred events, and of all thousand, as requests; and how long the answers are at most.
SOME, ALL = b"\x18\x64", b"\x18\xe8\x07"

# And one of two, which takes little memory, but as much for as long as it likes, if nobody counts it.
FEW = b"\x18\x02"
SOME_BYTES, ALL_BYTES = 100 << 10, 900 << 10

# A batch of an export has half a megabyte of these facts.
BATCH = 512 << 10

# What an answer takes beside its bytes: its call, its stream, its headers.
BESIDE = 32 << 10

QUESTION = b"\x22\x16dossier.v1.FactService"


def unread(server, count, greet, path, body=b"", streams=STREAMS, end=True):
    """Connections with as many calls as each may have, of which nothing is read."""
    wires = []
    for _ in range(count):
        wires.append(wire := Wire(server.address, greet=greet, answers=True))
        wire.send(b"".join(call(stream, path, body, end) for stream in range(1, 1 + 2 * streams, 2)))
        # One after the other, so that none is sent away for want of a turn.
        assert wire.round()
    return wires


def cut_off(wires, seconds=20):
    """Waits until all are; answers how many were."""
    end = time.monotonic() + seconds
    ended = [wire.read_to_the_end(max(0.01, end - time.monotonic())) for wire in wires]
    close(wires)
    return sum(ended)


def close(wires):
    for wire in wires:
        wire.close()


def ask(server, path=frames.DATASET, body=b""):
    """A call by somebody new."""
    with Wire(server.address, greet=GREETING + call(1, path, body)) as wire:
        return wire.answer()


@pytest.mark.serve("--max-call-time", str(TIME), events=True)
def test_unread_answers(server, attack):
    """Half of all places, again and again: others go on, and whoever does not read is cut off."""
    with attack("512 answers unread, twice", PLACES // 2 * (SOME_BYTES + BESIDE) / MIB) as watch:
        for _ in range(2):
            began = time.monotonic()
            wires = unread(server, 4, NO_WINDOW, frames.EVENTS, SOME)
            within(20, "half of all places are taken", lambda: server.in_flight() >= PLACES // 2)
            assert cut_off(wires) == 4
            watch.saw(f"all cut off after {time.monotonic() - began:.1f} s")
            within(20, "all places are free", lambda: server.in_flight() < 10)


@pytest.mark.serve("--max-call-time", str(TIME), "--max-queue-time", "500", events=True)
def test_all_places_taken_by_unread_answers(server, attack):
    """Eight connections hold all places: others are sent away, but for no longer than it takes to cut these off."""
    most = PLACES * (SOME_BYTES + BESIDE) / MIB
    with attack("1,024 answers unread: no place is left, twice", most, fails={"RESOURCE_EXHAUSTED"}) as watch:
        for _ in range(2):
            began = time.monotonic()
            wires = unread(server, 8, NO_WINDOW, frames.EVENTS, SOME)
            within(20, "all places are taken", lambda: server.in_flight() >= PLACES)
            assert cut_off(wires) == 8
            watch.saw(f"all cut off after {time.monotonic() - began:.1f} s")
            within(20, "all places are free", lambda: server.in_flight() < 10)
            assert ask(server) == "OK"


@pytest.mark.serve("--max-call-time", str(TIME), "--max-calls", "128", "--max-queue-time", "500", events=True)
@pytest.mark.parametrize("page", [ALL, FEW], ids=["long", "short"])
def test_answers_held_back_by_a_window_of_a_byte(server, attack, page):
    """However little a caller takes, an answer is in flight until it is taken: else memory has no bound but connections."""
    # As many as may be in flight, and half as much again that an allocator keeps.
    most = 128 * 1.5 * (ALL_BYTES + BESIDE) / MIB
    with attack("384 answers unread but for a byte, 128 may be in flight", most, fails={"RESOURCE_EXHAUSTED"}) as watch:
        wires = unread(server, 24, BYTE, frames.EVENTS, page, streams=16)
        held = server.in_flight()
        watch.saw(f"{held} in flight, {sum(wire.stands for wire in wires)} connections stand")
        if held > 100:
            within(30, "whoever does not read is cut off", lambda: server.in_flight() < 10)
        close(wires)
    assert held > 100


@pytest.mark.serve("--max-stream-wait", str(TIME), "--max-queue-time", "500", events=True)
def test_unread_exports_give_their_places_back(server, attack):
    """A stream waits for its reader only for a while, though its connection goes on."""
    most = PLACES * (BATCH + BESIDE) / MIB
    with attack("1,024 exports unread: no place is left", most, fails={"RESOURCE_EXHAUSTED"}) as watch:
        began = time.monotonic()
        wires = unread(server, 8, NO_WINDOW, frames.EXPORT)
        within(20, "all places are taken", lambda: server.in_flight() >= PLACES)
        within(20, "somebody else is answered", lambda: ask(server) == "OK")
        watch.saw(f"others are answered after {time.monotonic() - began:.1f} s")
        # Whoever reads after all is told so.
        wires[0].send(frames.settings(**{"4": 1 << 20}) + frames.window(1 << 30))
        assert wires[0].answer(1) == "DEADLINE_EXCEEDED DEADLINE_EXCEEDED"
        close(wires)


@pytest.mark.serve("--max-stream-wait", str(TIME), "--max-call-time", str(TIME), events=True)
def test_unread_exports_leave_nothing_behind(server, attack):
    """Once its place is given back, nothing of a stream is left to wait for, by a stop or by the gauge, nor any memory."""
    with attack("128 exports unread but for a byte", memory=128 * 2 * (BATCH + BESIDE) / MIB) as watch:
        wires = unread(server, 1, BYTE, frames.EXPORT)
        within(20, "they are in flight", lambda: server.in_flight() >= STREAMS)
        until = time.monotonic() + 5 * TIME
        while (left := server.in_flight()) >= 10 and time.monotonic() < until:
            time.sleep(0.1)
        watch.saw(f"{left} in flight and {(server.memory() - watch.before) / MIB:.0f} MiB more after {5 * TIME} s")
        close(wires)
    assert left < 10


@pytest.mark.serve(events=True)
def test_exports_read_slowly(server, attack):
    """Readers that take their time hold two batches each, not all that there is."""
    with attack("128 exports read some bytes at a time", memory=128 * 2 * (BATCH + BESIDE) / MIB) as watch:
        wires = unread(server, 1, BYTE, frames.EXPORT)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            for wire in wires:
                wire.send(b"".join(frames.window(100, stream) for stream in range(1, 1 + 2 * STREAMS, 2)))
                wire.hear()
            time.sleep(0.05)
        watch.saw(f"{server.in_flight()} in flight")
        close(wires)


@pytest.mark.parametrize("path, body", [(frames.REFLECTION, QUESTION), (frames.HEALTH, b"")], ids=["reflection", "health"])
def test_streams_beside_facts(server, attack, path, body):
    """They are counted apart, and take no place of calls for facts. They last as long as their callers like."""
    with attack(f"1,024 streams of {path.split('/')[1]} unread", memory=160) as watch:
        wires = unread(server, 8, BYTE, path, body, end=not body)
        refused = server.metric("dossier_calls_refused_total", reason="streams")
        meanwhile = ask(server, path, body)
        assert ask(server) == "OK"
        assert ask(server, frames.CHECK) == "OK", "a probe that asks once is always let in"
        close(wires)
        within(20, "their places are free", lambda: server.connections() < 8)
        assert ask(server, frames.REFLECTION, QUESTION) == "OK"
        watch.saw(f"{refused:.0f} refused for want of room; one of another meanwhile: {meanwhile}")


def test_pipelined_answers_unread(server, attack):
    """gRPC-Web by HTTP/1, calls behind each other, and nothing read: it takes no more than it can answer."""
    head = "POST /dossier.v1.FactService/ListEvents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc-web+proto\r\n"
    one = head.encode() + b"Content-Length: 5\r\n\r\n" + frames.message()
    with attack("HTTP/1: answers unread") as watch:
        wires = [Wire(server.address, greet=b"", room=4096) for _ in range(20)]
        taken = sum(wire.pour(one * 100, 0.1, reads=False) for wire in wires)
        answered = server.metric("dossier_calls_total", rpc="dossier.v1.FactService/ListEvents")
        watch.saw(f"{taken // len(one):,} requests went out on 20 connections, {answered:,.0f} calls were answered")
        close(wires)


@pytest.mark.serve("--max-call-time", str(TIME), events=True)
@pytest.mark.parametrize("path", [frames.EXPORT, frames.WATCH], ids=["exports", "watches"])
def test_streams_that_never_say_what_they_are_to_be(server, attack, path):
    """Half a request is waited for as long as a call may take, and no longer: it holds a place."""
    with attack(f"{path.rpartition('/')[2]}: 512 that are never asked for", 64) as watch:
        began = time.monotonic()
        wires = [Wire(server.address, answers=True) for _ in range(4)]
        for wire in wires:
            wire.send(b"".join(frames.opened(stream, path) for stream in range(1, 1 + 2 * STREAMS, 2)))
        for wire in wires:
            assert wire.answer(1) == "DEADLINE_EXCEEDED DEADLINE_EXCEEDED"
        watch.saw(f"all ended after {time.monotonic() - began:.1f} s")
        within(20, "all places are free", lambda: server.in_flight() < 10)
        close(wires)
