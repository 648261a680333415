"""No call fails while facts are loaded anew, certificates are exchanged, and replicas are restarted one by one."""

import contextlib
import json

import grpc
import pytest
from callers import Callers
from contract import Begun, Request, service_config
from facts import Facts, Model
from operators import Operator
from process import HANG, Server, channel, eventually, free_port, serving

RELOADS, ROTATIONS, REPLICAS = 100, 20, 3

# On a machine that does other things a turn may come late; that calls are sent away then is tested elsewhere.
PATIENT = ["--max-queue-time", "20000"]

# Everything, what one actor takes part in, and what is in a region: the data sets differ in each.
FILTERS = [{}, {"actors": ["actors/minusma"]}, {"places": ["places/kidal-region"], "text": "camp"}]


def requests(contract):
    """A get, a list, a search around a place, a count, claims and names: what a map and a table ask."""
    messages = contract.messages
    asked = {
        "GetEvent": [messages.GetEventRequest(name="events/kidal-handover")],
        "ListEvents": [messages.ListEventsRequest(filter=given, page_size=7) for given in FILTERS],
        "GetEventsNear": [messages.GetEventsNearRequest(place="places/kidal", radius_meters=200_000)],
        "CountEvents": [messages.CountEventsRequest(group_by=["COUNT_DIMENSION_STATUS", "COUNT_DIMENSION_MONTH"])],
        "ListClaims": [messages.ListClaimsRequest(claimants=["actors/madou-diallo"])],
        "ResolveNames": [messages.ResolveNamesRequest(names=["Tombouctou", "Kidall"])],
    }
    return [Request(method, request.SerializeToString()) for method, all_of in asked.items() for request in all_of]


@contextlib.contextmanager
def channels(address, count, credentials=None, **options):
    """Channels that share no connection."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(channel(address, credentials, **options)) for _ in range(count)]


def load(callers, model, opened, asked):
    """A steady load on eight channels: answers the watches."""
    stub = model.contract.stub
    for each in opened[:3]:
        callers.asks(each, model, asked)
    callers.walks(stub(opened[3]), model)
    callers.walks(stub(opened[4]), model, number=1, page_size=1)
    return [callers.watches(stub(each), model, number) for number, each in enumerate(opened[5:8])]


def all_see(callers, watches, revision):
    """Waits until the copies of all watches are of a revision."""
    eventually(lambda: callers.wrong or {watch.revision for watch in watches} == {revision}, f"watches see {revision}")


@pytest.mark.parametrize("kind", ["folders", "snapshot"])
def test_a_hundred_loads(tmp_path, contract, kind):
    facts, asked, outcome = Facts(tmp_path, kind), requests(contract), contract.outcome
    model = Model(contract, facts, ["early", "late"], asked, FILTERS)
    with serving(facts.path, *PATIENT) as server, channels(server.address, 8) as opened:
        operator, callers = Operator(server, contract), Callers()
        watches = load(callers, model, opened, asked)
        for number in range(1, RELOADS + 1):
            name = ["early", "late"][number % 2]
            facts.swap(name)
            if number % 3:
                dataset = operator.hangs_up()
                came = dataset.last_reload_outcome, dataset.revision
            else:
                answer = operator.reloads()
                came = answer.reload.outcome, answer.revision
            assert came == (outcome.RELOAD_OUTCOME_LOADED, model.revisions[name])
            callers.go_on(20)
        all_see(callers, watches, model.revisions[name])
        print(f"\n{kind}, {RELOADS} loads: ", end="")
        callers.stop(*watches)
        metrics = server.metrics()
        assert metrics['dossier_reloads_total{outcome="loaded"}'] == RELOADS
        assert metrics['dossier_reloads_total{outcome="refused"}'] == 0 == metrics["dossier_reload_refused"]
        # Revisions that alternate stay served: nobody had to begin anew.
        assert not [what for what in callers.counts if what.endswith("anew")]
        assert callers.counts["walks"] and callers.counts["steps of watches"] >= len(watches)
        operator.close()


def test_an_error_tells_the_revision_that_it_is_of(tmp_path, contract):
    facts, stub = Facts(tmp_path), contract.stub
    facts.swap("late")
    with serving(facts.path) as server, channel(server.address) as opened:
        operator, messages = Operator(server, contract), contract.messages
        late = {event.name for event in stub(opened).ListEvents(messages.ListEventsRequest(page_size=1000)).events}
        begun = Begun(opened, "GetEvent")
        eventually(lambda: server.metrics()["dossier_calls_in_flight"] == 1, "a call in flight")
        facts.swap("early")
        revision = operator.reloads().revision
        early = {event.name for event in stub(opened).ListEvents(messages.ListEventsRequest(page_size=1000)).events}
        # What only the later facts have is asked of the earlier ones.
        call = begun.end(messages.GetEventRequest(name=min(late - early)).SerializeToString())
        assert call.code() == grpc.StatusCode.NOT_FOUND
        operator.close()
        assert dict([*call.initial_metadata(), *call.trailing_metadata()])["dossier-revision"] == revision


def test_walks_of_revisions_that_are_gone_begin_anew(tmp_path, contract):
    facts, names = Facts(tmp_path), ["early", "late", "other"]
    model = Model(contract, facts, names, filters=FILTERS[:1])
    with serving(facts.path, *PATIENT, "--older-revisions", "1") as server, channels(server.address, 3) as opened:
        operator, callers = Operator(server, contract), Callers()
        for page_size, each in zip([1, 2, 5], opened):
            # Slowly, as a person reads.
            callers.walks(contract.stub(each), model, page_size=page_size, pause=0.02)
        loads = 0
        while loads < 30 or not callers.counts["walks begun anew"] and loads < 1000:
            loads += 1
            facts.swap(names[loads % 3])
            operator.reloads()
            callers.go_on(3)
        print(f"\n{loads} loads of three data sets, of which two are served: ", end="")
        # Left alone, they get through.
        before = callers.counts["walks"]
        eventually(lambda: callers.wrong or callers.counts["walks"] > before + len(opened), "walks to the end")
        callers.stop()
        assert callers.counts["walks begun anew"]
        operator.close()


def test_twenty_certificates(tmp_path, contract):
    from certificates import Certificates

    facts, asked, secrets = Facts(tmp_path), requests(contract), Certificates(tmp_path / "secrets")
    model = Model(contract, facts, ["early", "late"], asked, FILTERS)
    loaded = 'dossier_secret_reloads_total{outcome="loaded"}'
    arguments = [facts.path, *PATIENT, *secrets.arguments]
    with serving(*arguments) as server, channels(server.address, 8, secrets.credentials) as opened:
        operator, callers, states = Operator(server, contract, secrets.credentials), Callers(), []
        for each in opened:
            each.subscribe(states.append)
        watches = load(callers, model, opened, asked)
        ready = grpc.ChannelConnectivity.READY
        eventually(lambda: callers.wrong or states.count(ready) == len(opened), "connections that stand")
        assert secrets.serial(server.address) == secrets.shown and server.metrics()[loaded] == 0
        for number in range(1, ROTATIONS + 1):
            before, shown = server.metrics()[loaded], secrets.rotate()
            operator.hangs_up()
            assert secrets.serial(server.address) == shown, f"certificate {number}"
            assert server.metrics()[loaded] > before
            with channel(server.address, secrets.credentials) as fresh:
                assert contract.stub(fresh).GetDataset(contract.messages.GetDatasetRequest(), timeout=HANG).revision
            callers.go_on(20)
        # What stood at the start still does: facts that are loaded now reach the watches.
        facts.swap("late")
        assert operator.hangs_up().revision == model.revisions["late"]
        all_see(callers, watches, model.revisions["late"])
        print(f"\n{ROTATIONS} certificates: ", end="")
        callers.stop(*watches)
        assert states.count(ready) == len(opened), "a connection was made anew"
        assert grpc.ChannelConnectivity.TRANSIENT_FAILURE not in states
        assert "watches resumed" not in callers.counts
        operator.close()


class Replicas:
    """Servers of the same facts on ports that stay theirs."""

    def __init__(self, data):
        self.data, self.logs = data, []
        self.addresses = [f"127.0.0.1:{free_port()}" for _ in range(REPLICAS)]
        self.servers = [Server(data, *PATIENT, "--listen", address) for address in self.addresses]

    def answered(self, number):
        """How many calls for facts a replica has answered since it started."""
        metrics = self.servers[number].metrics().items()
        return sum(count for name, count in metrics if name.startswith('dossier_calls_total{rpc="dossier.v1'))

    def restart(self, number):
        """Tells one to stop, starts it again where it was, and waits until callers have found it."""
        self.servers[number].stop()
        self.logs += self.servers[number].log
        self.servers[number] = Server(self.data, *PATIENT, "--listen", self.addresses[number])
        eventually(lambda: self.answered(number) > 20, f"callers come back to replica {number}")

    def stop(self):
        for server in self.servers:
            server.stop()
            self.logs += server.log

    def kill(self):
        for server in self.servers:
            server.kill()


def test_replicas_are_restarted_one_by_one(tmp_path, contract):
    facts, asked = Facts(tmp_path), requests(contract)
    model = Model(contract, facts, ["early", "late"], asked, FILTERS)
    replicas, callers = Replicas(facts.path), Callers()
    # A list of addresses makes no name of a server, which each call has to bear.
    options = {"service_config": service_config(), "default_authority": "dossier"}
    try:
        with channels("ipv4:" + ",".join(replicas.addresses), 8, **options) as opened:
            watches = load(callers, model, opened, asked)
            for number in range(REPLICAS):
                eventually(lambda: callers.wrong or replicas.answered(number) > 20, f"calls on replica {number}")
            for number in range(REPLICAS):
                replicas.restart(number)
            # Other facts, on one replica after the other.
            facts.swap("late")
            for server in replicas.servers:
                operator = Operator(server, contract)
                assert operator.hangs_up().revision == model.revisions["late"]
                operator.close()
            all_see(callers, watches, model.revisions["late"])
            for number in range(REPLICAS):
                replicas.restart(number)
            print(f"\n{2 * REPLICAS} restarts of {REPLICAS} replicas: ", end="")
            callers.stop(*watches)
        replicas.stop()
        assert callers.counts["watches resumed"], "a watch was on each replica that stopped"
        # What the service configuration had the clients try again.
        ended = [json.loads(line) for line in replicas.logs if '"call"' in line]
        again = [call for call in ended if call["status"] == "UNAVAILABLE" and not call["rpc"].endswith("WatchEvents")]
        print(f"{len(ended)} calls ended at replicas, {len(again)} of them as UNAVAILABLE; exit code 0 each time")
    finally:
        replicas.kill()
