"""Floods of frames that cost their sender little, on a connection to each worker, for as long as the server lets them."""

import collections
import concurrent.futures
import time

import frames
import pytest
from frames import frame
from wire import GREETING, Wire

SECONDS = 0.75

# Who is cut off comes again, so less of that shows as much.
CUT_SECONDS = 0.4

# Frames that are sent at once, so that the attacker is not the slow one.
MANY = 2_000

# How a flood ends: cut off with a code, or not, since it does no harm but take its turn.
CALM, WRONG, BEYOND, NOT = "ENHANCE_YOUR_CALM", "PROTOCOL_ERROR", "FLOW_CONTROL_ERROR", None

BLOCK = frames.block(frames.EVENTS)

# A head with a value that goes on and on.
HALF = frames.headers(1, BLOCK + b"\x00" + frames.text("x-filler") + frames.integer(1 << 24, 7), done=False)

# A call that is open and whose answers may not be sent: what comes for it waits.
STALLED = frames.settings(**{"4": 0}) + frames.opened(1, frames.REFLECTION)

CHANGES = frames.settings(**{"4": 0}) + frames.settings(**{"4": 1})
OPENED = b"".join(frames.opened(stream) for stream in range(1, 2 * MANY, 2))

# Name: what comes first, what comes over and over, how it ends.
FLOODS = {
    "CONTINUATION without an end": (HALF, frame(frames.CONTINUATION, 0, 1, bytes(16_000)), CALM),
    "CONTINUATION of nothing": (HALF, frame(frames.CONTINUATION, 0, 1), CALM),
    "CONTINUATION of a byte": (HALF, frame(frames.CONTINUATION, 0, 1, b"a"), CALM),
    "SETTINGS": (b"", frames.settings(**{"1": 0, "4": 1000}), NOT),
    "SETTINGS that change windows": (STALLED, CHANGES, NOT),
    "PING": (b"", frames.ping(), NOT),
    "answers to no PING": (b"", frames.ping(ack=True), NOT),
    "empty DATA of a call": (frames.opened(1), frames.data(1), CALM),
    "empty DATA that nobody reads": (STALLED, frames.data(1), CALM),
    "DATA of padding": (frames.opened(1), frame(frames.DATA, frames.PADDED, 1, b"\xff" + bytes(255)), CALM),
    "DATA of a byte that nobody reads": (STALLED, frames.data(1, b"\0"), CALM),
    "DATA of an idle stream": (b"", frames.data(1, b"a"), WRONG),
    "RST_STREAM of an idle stream": (b"", frames.reset(1), WRONG),
    "RST_STREAM of an ended stream": (frames.call(1), frames.reset(1), NOT),
    "WINDOW_UPDATE of the connection": (b"", frames.window(1), NOT),
    "WINDOW_UPDATE of a stream": (STALLED, frames.window(1, 1), NOT),
    "WINDOW_UPDATE of an idle stream": (b"", frames.window(1, 1), WRONG),
    "WINDOW_UPDATE of nothing": (b"", frames.window(0), WRONG),
    "WINDOW_UPDATE beyond all bounds": (b"", frames.window((1 << 31) - 1), BEYOND),
    "PRIORITY": (b"", frame(frames.PRIORITY, 0, 1, bytes([0, 0, 0, 3, 16])), NOT),
    "PUSH_PROMISE": (b"", frame(frames.PUSH_PROMISE, 4, 1, bytes([0, 0, 0, 2]) + BLOCK), WRONG),
    "frames of unknown types": (b"", frame(0xFA, 0xFF, 7, bytes(8)), NOT),
    "more streams than there may be": (b"", OPENED, CALM),
}

# Those that are answered, of which nothing is read: what the server has to say may not pile up.
UNREAD = ["SETTINGS", "PING", "SETTINGS that change windows", "more streams than there may be"]
CASES = [(name, True) for name in FLOODS] + [(name, False) for name in UNREAD]


class Flood:
    """One attacker: floods, and comes again when it is cut off."""

    def __init__(self, address, reads):
        self.address, self.reads = address, reads
        self.wires, self.bytes, self.seen = 0, 0, collections.Counter()

    def run(self, first, chunk, seconds):
        until = time.monotonic() + seconds
        # Below the ports that a machine has for one address.
        while time.monotonic() < until and self.wires < 5_000:
            greet = frames.PREFACE + frames.settings() if first.startswith(STALLED) else GREETING
            with Wire(self.address, greet=greet + first, room=None if self.reads else 4096) as wire:
                self.bytes += wire.pour(chunk, max(0.1, until - time.monotonic()), reads=self.reads)
                if wire.refused:
                    # What was said before the end is still there to be read.
                    wire.read_to_the_end(5)
                self.seen[wire.outcome().split(",")[0]] += 1
            self.wires += 1
        return self


@pytest.mark.parametrize("name, reads", CASES, ids=[name + ("" if reads else ", unread") for name, reads in CASES])
def test_flood(server, attack, name, reads):
    first, again, ends = FLOODS[name]
    chunk = again if again is OPENED else again * MANY
    seconds = CUT_SECONDS if ends else SECONDS
    # What may be sent unread takes the most: two windows of single bytes.
    with attack(f"flood: {name}{'' if reads else ', unread'}", memory=64) as watch:
        attackers = [Flood(server.address, reads) for _ in range(2)]
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            for running in [threads.submit(attacker.run, first, chunk, seconds) for attacker in attackers]:
                running.result()
        seen = sum((attacker.seen for attacker in attackers), collections.Counter())
        taken = sum(attacker.bytes for attacker in attackers) * MANY // len(chunk)
        told = ", ".join(f"{count:,} x {what}" for what, count in seen.most_common(3))
        watch.saw(f"{told}; {taken:,} frames went out")
    # What comes behind the end of a head that was given up is told to be wrong, sometimes instead.
    cut = sum(seen[f"GOAWAY {code}"] for code in {ends, WRONG})
    if ends and reads:
        assert cut > 0.9 * seen.total(), told
    elif not ends:
        assert seen["stands"] + seen["takes nothing more"] == 2, told
