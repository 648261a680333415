"""Many connections: as many as there may be, and more, in all and from one address."""

import time

import frames
import pytest
from crowd import Crowd
from server import MIB, raise_descriptors, within
from wire import GREETING, Wire

# Some are the server's own: listeners, workers, the other client.
MOST = min(10_000, raise_descriptors() - 300)
BEYOND = 100

# What SECURITY.md and docs/operations.md say that a connection costs.
EACH = 55 << 10


@pytest.mark.serve("--max-connections", str(MOST))
def test_as_many_as_there_may_be_and_more(server, attack):
    # All ask at once: others wait for ten thousand answers.
    name = f"{MOST:,} idle connections, and {BEYOND}"
    with attack(name, MOST * EACH / MIB + 64, newcomers=False, slowest=10.0) as watch:
        before = server.memory()
        crowd = Crowd(server.address, MOST + BEYOND, first=GREETING)
        standing = crowd.standing()
        greeted = server.memory()
        refused = server.metric("dossier_connections_refused_total", reason="full")
        assert server.connections() == MOST
        assert standing < MOST, "the other client has some"
        assert refused >= MOST + BEYOND - standing
        assert crowd.standing(frames.call(1, frames.DATASET)) == standing
        asked = server.memory()
        watch.saw(
            f"{standing:,} let in, {refused:.0f} closed at once; {server.descriptors():,} descriptors; KiB a connection: "
            f"{(greeted - before) / standing / 1024:.1f} greeted, {(asked - before) / standing / 1024:.1f} once it has asked"
        )
        with Wire(server.address) as late:
            assert late.read_to_the_end(), "who comes late is closed at once"
        crowd.leave()
        within(60, "there is room again", lambda: server.connections() < MOST / 2)
        with Wire(server.address, greet=GREETING + frames.call(1)) as later:
            assert later.answer() == "OK"


@pytest.mark.serve("--max-connections-per-address", "50")
def test_as_many_as_one_address_may_have(server, attack):
    with attack("200 connections of one address that may have 50") as watch:
        crowd = Crowd(server.address, 200, source="127.0.0.2", first=GREETING)
        within(20, "50 are let in", lambda: crowd.standing() == 50)
        refused = server.metric("dossier_connections_refused_total", reason="address")
        assert refused == 150
        # Others come from their own addresses: the other client from 127.0.0.1, and somebody new.
        with Wire(server.address, source="127.0.0.3", greet=GREETING + frames.call(1)) as other:
            assert other.answer() == "OK"
        with Wire(server.address, source="127.0.0.2") as same:
            assert same.read_to_the_end()
        crowd.leave()
        within(20, "its places are free", lambda: server.connections() < 20)
        with Wire(server.address, source="127.0.0.2", greet=GREETING + frames.call(1)) as same:
            assert same.answer() == "OK"
        watch.saw(f"{refused:.0f} closed at once, 50 let in; other addresses are let in")


@pytest.mark.parametrize("says", ["nothing", "a greeting"])
def test_connections_that_come_and_go(server, attack, says):
    greet = GREETING if says == "a greeting" else b""
    with attack(f"connections that come, say {says} and go") as watch:
        until, count = time.monotonic() + 1, 0
        # Below the ports that a machine has for one address.
        while time.monotonic() < until and count < 10_000:
            Wire(server.address, greet=greet).close()
            count += 1
        watch.saw(f"{count:,} of them")


def test_heads_that_stop_just_below_the_limit(server, attack):
    """What 1,000 connections can have the server hold of heads that are not done, by either version of HTTP."""
    begun = frames.block() + b"\x00\x01x" + frames.integer(60_000, 7)
    # HTTP/1 may have 64 KiB, beside what a connection takes anyway; what the first thousand had, the second may have again.
    with attack("1,000 heads that stop below the limit", memory=1_000 * 128 / 1024) as watch:
        for name, first in {
            "HTTP/2": GREETING + frames.headers(1, begun + bytes(16_000), done=False),
            "HTTP/1": b"GET / HTTP/1.1\r\nX: " + b"a" * 60_000,
        }.items():
            before = server.memory()
            crowd = Crowd(server.address, 1_000, first=first)
            standing = crowd.standing()
            watch.saw(f"{name}: {standing:,} stand, {(server.memory() - before) / standing / 1024:.0f} KiB each")
            crowd.leave()
            within(20, "they are gone", lambda: server.connections() < 100)


@pytest.mark.serve(descriptors=120)
def test_more_connections_than_descriptors(server, attack):
    """Those that are open go on; new ones wait until there are descriptors again."""
    with attack("200 connections, and 120 descriptors", newcomers=False) as watch:
        wires = [Wire(server.address) for _ in range(200)]
        within(20, "all descriptors are taken", lambda: server.descriptors() >= 115)
        time.sleep(1)
        taken = server.descriptors()
        for wire in wires:
            wire.close()
        within(20, "there are some again", lambda: server.descriptors() < 60)
        with Wire(server.address, greet=GREETING + frames.call(1)) as wire:
            assert wire.answer() == "OK"
        watch.saw(f"{taken} descriptors taken; others' connections go on, new ones are let in afterwards")
