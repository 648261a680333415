"""Calls that end before their answer does, by deadline or because nobody waits for it: the server goes on with none of them."""

import subprocess

import grpc
import pytest
from conftest import ROOT, admin_address, eventually, metrics, serving
from contract import LONG, Begun

# Seconds: time enough for calls to begin on a machine that is busy.
DEADLINE = 3

# Nothing is compressed, and no window grows, lest an export fits into what may be sent unread.
NARROW = [("grpc.compression_enabled_algorithms_bitset", 1), ("grpc.http2.bdp_probe", 0)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Where a thousand events are served, and where its operators ask."""
    folder = tmp_path_factory.mktemp("ends")
    facts, sample = folder / "events.facts", ROOT / "tests/data/ucdp/ged231-sample1000.csv"
    command = [ROOT / "target/debug/dossier", "import", "ucdp-ged", "--release", "23.1", sample, "-o", facts]
    subprocess.run(command, check=True, capture_output=True)
    with serving(facts, "--admin-listen", "127.0.0.1:0", log=folder / "log") as (_, address):
        yield address, admin_address(folder / "log")


@pytest.fixture
def begin(server, contract):
    """Begins calls that do not end by themselves: one whose request goes on, an export that is not read, a watch."""
    with grpc.insecure_channel(server[0], options=NARROW) as channel:
        stub, messages, begun = contract.stub(channel), contract.messages, []

        def begin(timeout):
            begun.append(Begun(channel, "GetEvent", timeout))
            export = stub.ExportEvents(messages.ExportEventsRequest(), timeout=timeout)
            watch = stub.WatchEvents(messages.WatchEventsRequest(), timeout=timeout)
            next(watch)
            return [begun[0].call, export, watch]

        yield begin
        for each in begun:
            each.leave()


def counts(server):
    """Calls for facts that are in flight, watches apart; calls that ended well; all that ended."""
    page = metrics(server[1])
    ended = {name: count for name, count in page.items() if name.startswith("dossier_calls_total")}
    well = sum(count for name, count in ended.items() if 'code="OK"' in name)
    return page["dossier_calls_in_flight"], well, sum(ended.values())


def test_calls_that_are_cancelled(server, begin):
    _, well, ended = counts(server)
    calls = begin(LONG)
    eventually(lambda: counts(server) == (2, well, ended), "all have begun, and go on")
    for call in calls:
        call.cancel()
        assert call.code() == grpc.StatusCode.CANCELLED
    eventually(lambda: counts(server) == (0, well, ended + len(calls)), "none goes on")


def test_calls_whose_deadline_passes(server, begin):
    _, well, ended = counts(server)
    calls = begin(DEADLINE)
    for call in calls:
        assert call.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    eventually(lambda: counts(server) == (0, well, ended + len(calls)), "none goes on")
