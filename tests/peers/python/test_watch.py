"""A watch from Python: what a reload changes, going on from where a stream ended, and the end when the server stops."""

import shutil
import signal

import grpc
import pytest
from conftest import ROOT, serving
from test_calls import details

SECONDS = 20


@pytest.fixture
def watched(tmp_path, contract):
    """Facts that the test may change, their server, and a stub that calls it."""
    facts = tmp_path / "facts"
    shutil.copytree(ROOT / "seeds", facts)
    with serving(facts) as (server, address), grpc.insecure_channel(address) as channel:
        yield facts, server, contract.stub(channel)


def test_a_watch_tells_what_a_reload_changes_and_goes_on_later(watched, contract):
    facts, server, stub = watched

    def served():
        return {event.name for event in stub.ListEvents(contract.messages.ListEventsRequest(page_size=1000)).events}

    before = served()
    watch = stub.WatchEvents(contract.messages.WatchEventsRequest(), timeout=SECONDS)
    first = next(watch)
    assert not first.changes and first.revision == first.resume_token

    shutil.copytree(ROOT / "examples/minusma-2023", facts / "minusma-2023")
    server.send_signal(signal.SIGHUP)
    step = next(watch)
    added = {change.name for change in step.changes if change.type == contract.messages.CHANGE_TYPE_ADDED}
    assert added and added == served() - before
    assert all(change.event.name == change.name for change in step.changes)
    watch.cancel()

    again = stub.WatchEvents(contract.messages.WatchEventsRequest(from_revision=first.resume_token), timeout=SECONDS)
    assert next(again) == step
    shutil.rmtree(facts / "minusma-2023")
    server.send_signal(signal.SIGHUP)
    back = next(again)
    assert back.revision == first.revision
    gone = {change.name for change in back.changes if change.reason == contract.messages.REMOVAL_REASON_DELETED}
    assert gone == added


def test_a_watch_ends_when_the_server_stops(watched, contract):
    _, server, stub = watched
    watch = stub.WatchEvents(contract.messages.WatchEventsRequest(), timeout=SECONDS)
    next(watch)
    server.terminate()
    with pytest.raises(grpc.RpcError) as raised:
        next(watch)
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    assert details(raised.value)["ErrorInfo"][0].reason == "SHUTTING_DOWN"
