"""A server with TLS: handshakes that stop half-way, garbage, and callers that speak something else."""

import random
import ssl
import time

import frames
import pytest
from server import within
from wire import GREETING, Wire, exchange, hello

HALVES = 200
SECONDS = 1

pytestmark = pytest.mark.serve(tls=True)


@pytest.fixture
def context(certificates):
    context = ssl.create_default_context(cafile=certificates / "ca.crt")
    context.set_alpn_protocols(["h2"])
    return context


def refused(server):
    return server.metric("dossier_connections_refused_total", reason="handshake")


def test_handshakes_that_stop_half_way(server, attack):
    """While they wait; that they are let go after their time is seen beside the other tests (test_slow.py)."""
    first = hello()
    with attack(f"TLS: {HALVES} handshakes that stop half-way") as watch:
        wires = [Wire(server.address, greet=first[: len(first) // 2]) for _ in range(HALVES)]
        within(20, "all are let in", lambda: server.connections() >= HALVES)
        time.sleep(SECONDS)
        watch.saw(f"{(server.memory() - watch.before) / HALVES / 1024:.0f} KiB each while they wait")
        for wire in wires:
            wire.close()
        within(20, "all are counted as refused", lambda: refused(server) == HALVES)


def test_what_is_no_tls(server, attack):
    says = {
        "a call without TLS": GREETING + frames.call(1),
        "HTTP/1 without TLS": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a hello with garbage in it": hello()[:60] + random.Random(1).randbytes(2_000),
        "a record that is too long": bytes.fromhex("160301ffff") + bytes(70_000),
        "an alert": bytes.fromhex("15030300020228"),
        "data before a handshake": bytes.fromhex("1703030020") + bytes(32),
        **{f"garbage {seed}": random.Random(seed).randbytes(100 + seed) for seed in range(20)},
    }
    with attack(f"TLS: {len(says)} sorts of what is none") as watch:
        until, turns = time.monotonic() + SECONDS, 0
        while not turns or time.monotonic() < until:
            turns += 1
            for name, sent in says.items():
                # A first record that announces more than it has is waited for, as any handshake.
                answer, closed = exchange(server.address, sent, half_close=True)
                assert closed, name
                assert b"HTTP" not in answer and len(answer) <= 7, (name, answer)
        watch.saw(f"an alert or nothing, {turns} times")


def test_handshakes_without_calls(server, attack, context):
    """Each costs the server more than its client: others wait for the processor, and for nothing else."""
    with attack("TLS: whole handshakes, and no calls") as watch:
        until, count = time.monotonic() + SECONDS, 0
        while time.monotonic() < until and count < 10_000:
            Wire(server.address, context=context).close()
            count += 1
        watch.saw(f"{count:,} handshakes")


def test_memory_of_connections(server, attack, context):
    with attack("TLS: 300 idle connections", memory=48) as watch:
        before = server.memory()
        wires = [Wire(server.address, context=context, greet=GREETING + frames.call(1)) for _ in range(300)]
        assert {wire.answer() for wire in wires} == {"OK"}
        watch.saw(f"{(server.memory() - before) / 300 / 1024:.0f} KiB a connection once it has asked")
        for wire in wires:
            wire.close()
