"""What became of those that say too little or too slowly: each is let go after its time, on both ports."""

import frames
import pytest
from conftest import note
from wire import GREETING, Wire

# After how many seconds the server should have enough of each: the limits that src/server/connection.rs gives.
FIRST_BYTE, HANDSHAKE, PINGED = 20, 10, 80
CALL, IDLE = 3, 5

# Later than that it may be on a busy machine, but not twice as late.
SLACK = 15

ENDED = {
    "nothing": FIRST_BYTE,
    "the first byte of HTTP/2": FIRST_BYTE,
    "the preface but for a byte": FIRST_BYTE,
    "the preface alone": PINGED,
    "HEADERS a byte at a time": PINGED,
    "DATA a byte at a time": PINGED,
    "the first byte of HTTP/1": FIRST_BYTE,
    "a head of HTTP/1 a byte at a time": FIRST_BYTE,
    "nothing after an answer of HTTP/1": FIRST_BYTE,
    "a body of HTTP/1 a byte at a time": CALL,
    "pongs, and no calls": IDLE,
    "pongs, and an answer unread": 3 * IDLE,
    "pongs, and an export unread": 3 * IDLE,
    "nothing to TLS": FIRST_BYTE,
    "half a hello of TLS": HANDSHAKE,
    "a hello of TLS a byte at a time": HANDSHAKE,
    "nothing once TLS is agreed on": FIRST_BYTE,
    "the preface alone by TLS": PINGED,
}
CASES = [pytest.param(name, of, id=name) for name, of in ENDED.items()]


@pytest.mark.parametrize("name, limit", CASES)
def test_ended(patience, name, limit):
    after = patience.after(name, limit + SLACK)
    note(f"slow: {name}", f"closed after {after:.0f} s" if after else f"stands after {limit + SLACK} s")
    assert after is not None
    assert after > limit * 0.9 or limit not in (FIRST_BYTE, HANDSHAKE), "nobody is hurried"


@pytest.mark.parametrize(
    "name, limit, what",
    [
        ("halves", HANDSHAKE, "200 handshakes that stop half-way"),
        ("deaf", PINGED, "128 answers that are not taken off the socket"),
    ],
    ids=["handshakes", "a socket that nobody reads"],
)
def test_all_ended(patience, name, limit, what):
    after = patience.after(name, limit + SLACK)
    note(f"slow: {what}", f"all closed after {after:.0f} s" if after else f"some stand after {limit + SLACK} s")
    assert after is not None


def test_operators_are_answered_though_others_begin_to_ask(patience):
    """64 connections that have said a byte: the oldest makes room for the next one."""
    after = patience.after("polite", HANDSHAKE + SLACK)
    note("operators: 64 that have said a byte", f"another's scrape is answered after {after:.0f} s" if after else "never")
    assert after is not None


def test_operators_are_answered_though_others_say_nothing(patience):
    after = patience.after("silent", HANDSHAKE + SLACK)
    note("operators: 64 that say nothing", f"another's scrape is answered after {after:.0f} s" if after else "scrapes hang")
    assert after is not None


def test_the_servers_go_on(patience):
    for server in patience.servers.values():
        assert server.lives
    with Wire(patience.servers["plain"].address, greet=GREETING + frames.call(1)) as wire:
        assert wire.answer() == "OK"
