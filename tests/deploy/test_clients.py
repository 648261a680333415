"""The service configuration of docs/operations.md: calls are spread over replicas, walks go on at another one, and a replica that
stops takes no call with it."""

import contextlib
import json
import subprocess

import grpc
import pytest
from contract import contract, service_config

from conftest import ROOT

CALLS = 300


class Replica:
    """A server on a free port, and how many calls for facts it had."""

    def __init__(self, program, key, log):
        self.log = log
        arguments = ["serve", "seeds", "--listen", "127.0.0.1:0", "--page-token-key", key]
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        line = self.process.stdout.readline().strip()
        assert line.startswith("listening on "), line
        self.address = line.removeprefix("listening on ")

    def stop(self):
        """Answers how many calls it had. Only then: its log is whole once it has ended."""
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0, "a server told to stop ends well"
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return sum(line.get("rpc", "").startswith("dossier.v1.") for line in lines)


@pytest.fixture
def replicas(program, tmp_path):
    key = tmp_path / "page-token-key"
    key.write_bytes(bytes(range(32)))
    with contextlib.ExitStack() as stack:
        started = [Replica(program, key, tmp_path / f"log{number}") for number in range(3)]
        for replica in started:
            stack.callback(replica.process.kill)
        yield started


@pytest.fixture
def facts(replicas, contract):
    target = "ipv4:" + ",".join(replica.address for replica in replicas)
    # A list of addresses is no name that a request may carry; a client that asks DNS sends the one it asked for.
    options = [("grpc.service_config", service_config()), ("grpc.default_authority", "dossier")]
    with grpc.insecure_channel(target, options=options) as channel:
        grpc.channel_ready_future(channel).result(timeout=10)
        yield contract.stub(channel)


def test_calls_are_spread_and_walks_go_on_elsewhere(replicas, facts, contract):
    pages, token = 0, ""
    names = []
    while pages == 0 or token:
        answer = facts.ListEvents(contract.messages.ListEventsRequest(page_size=1, page_token=token))
        names += [event.name for event in answer.events]
        token, pages = answer.next_page_token, pages + 1
    assert pages == len(set(names)) == len(names) > 10
    asked = [replica.stop() for replica in replicas]
    assert sum(asked) == pages and min(asked) >= pages // 6, asked


def test_a_replica_that_stops_takes_no_call_with_it(replicas, facts, contract):
    for number in range(CALLS):
        if number == CALLS // 3:
            replicas[0].process.terminate()
        if number == 2 * CALLS // 3:
            replicas[1].process.terminate()
        facts.GetDataset(contract.messages.GetDatasetRequest())
    assert sum(replica.stop() for replica in replicas) == CALLS
