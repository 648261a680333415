"""Everything at once, for some time: every method, right and wrong; loads and rotations; callers that cancel, dawdle, leave.

Answers are compared, byte for byte, with those of servers that nothing happened to; memory and descriptors have to stay level.
"""

import collections
import contextlib
import http.client
import pathlib
import random
import re
import statistics
import sys
import tempfile
import time

import grpc
from callers import Callers
from certificates import Certificates
from contract import FACTS, STREAMS, Answer, Request, ask, load
from facts import Facts, Model
from grpc_health.v1 import health_pb2, health_pb2_grpc
from operators import Operator
from process import HANG, channel, eventually, raw, run, serving
from questions import Asker
from rough import Rough, framed

SEED = 20231009

# Of each method; half as many again are damaged.
REQUESTS = 30

FILTERS = [{}, {"actors": ["actors/minusma"]}]

# How much memory may grow from the end of the first third on: a share of it, or what an allocator may hold back.
SHARE, LEAST = 0.2, 24 << 10

# Connections age within the run, turns may come late on a machine that does other things, and who reads nothing is cut off.
ARGUMENTS = ["--max-connection-age", "15", "--max-connection-age-grace", "10"]
ARGUMENTS += ["--max-queue-time", "60000", "--max-stream-wait", "5"]

# Errors tell the revision from when their call began, which may be another than they are of: either counts as right until they
# tell their own. How often that was is printed.
ERRORS_TELL_ANOTHER = False


class World:
    """A server, what it should answer, and who calls it."""

    def __init__(self, folder, seconds):
        self.seconds, self.random = seconds, random.Random(SEED)
        (folder / "stubs").mkdir()
        (folder / "facts").mkdir()
        self.contract, self.secrets = load(folder / "stubs"), Certificates(folder / "secrets")
        self.facts = Facts(folder / "facts")
        # What is refused.
        (self.facts.folder / "broken").mkdir()
        (self.facts.folder / "broken/events.yaml").write_text("events:\n- name: events/nowhere\n  title: [\n")
        scopes = ["--scope", "read", "--scope", "export", "--scope", "admin"]
        self.keys = {name: run("key", name, *scopes) for name in ("steady", "first", "second")}
        self.access = folder / "access.toml"
        self.admit("steady", "first")
        plain = [Request(method, b"") for method in ("ListEvents", "ExportEvents", "ListSources", "ListPlaces")]
        self.requests = plain + Asker(self.random, self.contract, self.names()).requests(REQUESTS)
        self.model = Model(self.contract, self.facts, ["early", "late"], self.requests, FILTERS)
        self.callers, self.samples, self.opened = Callers(), [], []

    def names(self):
        """The names of all resources, of both data sets."""
        names = collections.defaultdict(set)
        with serving(self.facts.at("late")) as server, channel(server.address) as quiet:
            for kind in ["Events", "Places", "Actors", "Camps", "Sources"]:
                asks = getattr(self.contract.messages, f"List{kind}Request")(page_size=1000)
                answer = getattr(self.contract.stub(quiet), f"List{kind}")(asks)
                names[kind.lower()] |= {each.name for each in getattr(answer, kind.lower())}
        return {kind: sorted(all_of) for kind, all_of in names.items()}

    def admit(self, *names):
        """These keys, and no others."""
        aside = self.access.with_name("aside")
        aside.write_text("".join(self.keys[name].stdout for name in names))
        aside.replace(self.access)

    def header(self, name="steady"):
        return f"Bearer {self.keys[name].stderr.strip()}"

    def credentials(self, name):
        """Of calls that carry a key, on connections by TLS."""
        call = grpc.access_token_call_credentials(self.keys[name].stderr.strip())
        return grpc.composite_channel_credentials(self.secrets.credentials, call)

    def channel(self):
        """A channel of its own."""
        self.opened.append(channel(self.server.address, self.credentials("steady")))
        return self.opened[-1]

    def run(self):
        arguments = [self.facts.path, *ARGUMENTS, *self.secrets.arguments, "--access", self.access, "--anonymous", "none"]
        with serving(*arguments, keeps=lambda line: '"message":"call"' not in line) as self.server:
            before = self.server.descriptors()
            watches = self.begin()
            began = time.monotonic()
            while time.monotonic() - began < self.seconds and not self.callers.wrong:
                took = time.monotonic() - began
                self.samples.append((took, self.server.status("RssAnon"), self.server.descriptors()))
                time.sleep(0.25)
            self.callers.stop(*watches)
            metrics = self.server.metrics()
            for each in self.opened:
                each.close()
            # Whoever waits for a first byte is let go after twenty seconds.
            eventually(lambda: self.server.descriptors() <= before + 4, "descriptors are given back", within=2 * HANG)
            after = self.server.descriptors()
            assert not [line for line in self.server.log if "panic" in line], self.server.log
        self.tell(metrics, before, after)

    def begin(self):
        """All callers."""
        callers, stub = self.callers, self.contract.stub
        for number in range(3):
            callers.go(self.asks(random.Random(number)))
        callers.go(self.cancels(random.Random(3)))
        for number in range(3):
            rough = Rough(number, self.server.address, self.secrets, self.header(), self.model)
            callers.go(lambda rough=rough: callers.count(rough.turn()))
        callers.walks(stub(self.channel()), self.model, page_size=3)
        watches = [callers.watches(stub(self.channel()), self.model, number) for number in range(2)]
        callers.go(self.browses(random.Random(5)))
        callers.go(self.looks())
        callers.go(self.operates(random.Random(4)))
        return watches

    def asks(self, dice):
        """Compares answers. A new connection is made now and then, beside those that end of age."""
        opened = self.channel()

        def turn():
            nonlocal opened
            if dice.random() < 0.002:
                opened.close()
                opened = self.channel()
            request = dice.choice(self.requests)
            self.compare(request, ask(opened, request))
            self.callers.count("answers compared")

        return turn

    def compare(self, request, answer):
        """Whether an answer is right; `said` is None where it was not read."""
        rights = {revision: self.model.answers[revision, request] for revision in self.model.revisions.values()}
        if answer.said is None:
            rights = {revision: right._replace(said=None) for revision, right in rights.items()}
        if answer == rights[answer.revision]:
            return
        others = [right._replace(revision=answer.revision) for right in rights.values()]
        assert ERRORS_TELL_ANOTHER and answer.code != "OK" and answer in others, f"{request}: {answer} instead of {rights}"
        self.callers.count("errors that told another revision")

    def cancels(self, dice):
        """Takes calls back, or gives them next to no time."""
        opened = self.channel()

        def turn():
            request = dice.choice(self.requests)
            if request.method in STREAMS:
                call = raw(opened, FACTS + request.method, "unary_stream")(request.bytes, timeout=HANG)
            else:
                short = dice.choice([HANG, HANG, 0.0005, 0.002])
                call = raw(opened, FACTS + request.method).future(request.bytes, timeout=short)
            time.sleep(dice.choice([0, 0, 0.001, 0.005]))
            call.cancel()
            self.callers.count("calls taken back")
            assert call.code().name not in ("UNAVAILABLE", "INTERNAL", "UNKNOWN", "RESOURCE_EXHAUSTED"), f"{request}: {call}"

        return turn

    def browses(self, dice):
        """Asks as pages in a browser do: gRPC-Web, over HTTP/1.1."""
        requests = [request for request in self.requests if request.method not in STREAMS]
        heads = {"content-type": "application/grpc-web+proto", "authorization": self.header()}

        def turn():
            connection = http.client.HTTPConnection("localhost")
            connection.sock = self.secrets.connect(self.server.address, "http/1.1")
            with contextlib.closing(connection):
                for request in dice.choices(requests, k=5):
                    connection.request("POST", FACTS + request.method, framed(request.bytes), heads)
                    response = connection.getresponse()
                    content = response.read()
                    status = response.getheader("grpc-status") or re.search(rb"grpc-status: *(\d+)", content)[1]
                    messages = []
                    # A frame with the highest bit set holds the trailers.
                    while content and content[0] == 0:
                        length = int.from_bytes(content[1:5])
                        messages.append(content[5 : 5 + length])
                        content = content[5 + length :]
                    code = next(code.name for code in grpc.StatusCode if code.value[0] == int(status))
                    self.compare(request, Answer(code, None, tuple(messages), response.getheader("dossier-revision")))
                    self.callers.count("answers in a browser compared")

        return turn

    def looks(self):
        """What probes and explorers ask."""
        opened, alone = self.channel(), self.channel()

        def turn():
            asked = health_pb2.HealthCheckRequest(service="dossier.v1.FactService")
            assert health_pb2_grpc.HealthStub(opened).Check(asked, timeout=HANG).status == health_pb2.HealthCheckResponse.SERVING
            dataset = self.contract.stub(alone).GetDataset(self.contract.messages.GetDatasetRequest(), timeout=HANG)
            assert dataset.revision in self.model.revisions.values()
            self.callers.count("looks")

        return turn

    def operates(self, dice):
        """Loads facts, right and wrong ones, and exchanges certificates and keys."""
        operator = Operator(self.server, self.contract, self.credentials("steady"), [("authorization", self.header())])
        self.opened += operator.channels
        outcome, keys = self.contract.outcome, ["first", "second"]

        def turn():
            name = dice.choice(["early", "late", "late", "broken"])
            self.facts.swap(name)
            answer = operator.reloads() if dice.random() < 0.5 else operator.hangs_up()
            last = answer.reload.outcome if hasattr(answer, "reload") else answer.last_reload_outcome
            refused = last == outcome.RELOAD_OUTCOME_REFUSED
            assert refused == (name == "broken") and (refused or answer.revision == self.model.revisions[name])
            self.callers.count(f"loads, {outcome.Name(last).removeprefix('RELOAD_OUTCOME_').lower()}")
            if dice.random() < 0.3:
                shown = self.secrets.rotate()
                operator.hangs_up()
                assert self.secrets.serial(self.server.address) == shown
                self.callers.count("certificates exchanged")
            if dice.random() < 0.3:
                keys.reverse()
                self.admit("steady", keys[0])
                operator.hangs_up()
                assert [self.is_let_in(key) for key in keys] == [True, False]
                self.callers.count("keys exchanged")
            time.sleep(dice.uniform(0, 0.4))

        return turn

    def is_let_in(self, name):
        with channel(self.server.address, self.secrets.credentials) as fresh:
            try:
                return bool(raw(fresh, FACTS + "GetDataset")(b"", metadata=[("authorization", self.header(name))], timeout=HANG))
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
                return False

    def tell(self, metrics, before, after):
        """The table, and whether memory and descriptors stayed level."""
        rows = collections.defaultdict(dict)
        for name, count in metrics.items():
            if name.startswith("dossier_calls_total{"):
                _, rpc, _, code, _ = name.split('"')
                rows[rpc.removeprefix("dossier.v1.FactService/")][code] = int(count)
        for rpc, codes in sorted(rows.items()):
            print(f"{rpc:40}", "  ".join(f"{code} {count}" for code, count in sorted(codes.items())))
        missing = [method for method in self.contract.methods if "OK" not in rows[method] and method != "WatchEvents"]
        assert not missing and rows["WatchEvents"], f"never answered: {missing}"
        assert not {code for codes in rows.values() for code in codes} & {"INTERNAL", "UNKNOWN", "DATA_LOSS"}
        away = {name: count for name, count in metrics.items() if name.startswith("dossier_calls_refused") and count}
        assert not away, f"calls were sent away: {away}"

        def around(share, which):
            near = [sample[which] for sample in self.samples if abs(sample[0] / self.seconds - share) <= 0.05]
            return statistics.median(near)

        third, end, most = around(1 / 3, 1), around(0.95, 1), max(sample[1] for sample in self.samples)
        first = self.samples[0][1]
        print(f"memory of its own, KiB: {first} at the start, {third:g} after a third, {end:g} at the end, {most} at most")
        level = f"{around(1 / 3, 2):g} after a third, {around(0.95, 2):g} at the end"
        print(f"descriptors: {before} at the start, {level}, {after} when all had left")
        assert end - third < max(SHARE * third, LEAST), "memory grows"


def main():
    seconds = float(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="dossier-soak-") as folder:
        World(pathlib.Path(folder), seconds).run()
    print(f"soak: {seconds:g} s, and nothing went wrong")


if __name__ == "__main__":
    main()
