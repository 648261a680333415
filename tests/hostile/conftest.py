"""What attacks share: a server each, the other client, the watch over both, and the table of figures at the end."""

import contextlib
import subprocess
import threading
import time

import pytest
from neighbour import Neighbour
from patience import Patience
from server import MIB, PROGRAM, ROOT, Server, raise_descriptors, within

# The other client's slowest call in a hundred, in seconds: up to a quarter of one on two cores that attacker and server share.
SLOWEST = 2.0

# What any attack may take, in MiB: buffers of two workers, and an allocator that takes memory in steps and keeps some of it.
SOME = 32

ROWS = []


def pytest_configure(config):
    config.addinivalue_line("markers", "serve(*arguments, tls, events, descriptors): how the server of a test is started")
    raise_descriptors()


def pytest_collection_modifyitems(items):
    # What waits for time to pass began with the first test, and is asked for last.
    items.sort(key=lambda item: item.path.name == "test_slow.py")


def pytest_terminal_summary(terminalreporter):
    heads = ["attack", "MiB before", "peak", "after", "calls", "p50 ms", "p99 ms", "longest", "what the attacker saw"]
    rows = [heads, *ROWS]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads) - 1)]
    terminalreporter.section("figures")
    for row in rows:
        told = [cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths))]
        terminalreporter.write_line("  ".join([*told, row[-1]]))


def note(name, said):
    """Adds a row of which only the outcome is known."""
    ROWS.append([name, *["-"] * 7, said])
    print(name, said)


@pytest.fixture(scope="session", autouse=True)
def patience(request, tmp_path_factory, certificates):
    """Begins with the first test, if anybody asks for it in the end."""
    if all(item.path.name != "test_slow.py" for item in request.session.items):
        yield None
        return
    patience = Patience(tmp_path_factory.mktemp("patience"), certificates)
    yield patience
    patience.stop()


@pytest.fixture(scope="session")
def neighbour():
    client = Neighbour()
    yield client
    client.stop()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Files of a certificate, its key, and who signed it."""
    from authority import Authority

    folder, authority = tmp_path_factory.mktemp("tls"), Authority()
    certificate, private = authority.issue("dossier", server=True)
    for name, text in {"tls.crt": certificate, "tls.key": private, "ca.crt": authority.pem}.items():
        (folder / name).write_bytes(text)
    return folder


@pytest.fixture(scope="session")
def events(tmp_path_factory):
    """A thousand events, for answers that are worth holding."""
    out = tmp_path_factory.mktemp("events") / "events.facts"
    sample = ROOT / "tests/data/ucdp/ged231-sample1000.csv"
    command = [PROGRAM, "import", "ucdp-ged", sample, "--release", "23.1", "-o", out]
    subprocess.run(command, check=True, capture_output=True)
    return out


@pytest.fixture
def server(request, tmp_path):
    """A server of the test's own, started as its mark `serve` says."""
    mark = request.node.get_closest_marker("serve")
    arguments = list(mark.args) if mark else []
    if mark and mark.kwargs.get("tls"):
        folder = request.getfixturevalue("certificates")
        arguments += ["--tls-cert", folder / "tls.crt", "--tls-key", folder / "tls.key"]
    if mark and mark.kwargs.get("events"):
        arguments.append(request.getfixturevalue("events"))
    server = Server(tmp_path / "log", *arguments, descriptors=mark and mark.kwargs.get("descriptors"))
    try:
        yield server
    finally:
        server.stop()


class Watch:
    """Looks at a server while it is attacked."""

    def __init__(self, server):
        self.server = server
        self.before = self.peak = self.after = server.memory()
        self.descriptors = server.descriptors()
        self.said = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self):
        while not self._over.wait(0.02):
            with contextlib.suppress(OSError, StopIteration):
                self.peak = max(self.peak, self.server.memory())

    def saw(self, what):
        self.said.append(what)

    @property
    def grown(self):
        return (self.peak - self.before) / MIB

    def stop(self):
        self._over.set()
        self._thread.join()


@pytest.fixture
def attack(request, server, neighbour):
    """Watches server and other client during an attack, prints the figures, and holds them against bounds."""
    mark = request.node.get_closest_marker("serve")
    authority = request.getfixturevalue("certificates") / "ca.crt" if mark and mark.kwargs.get("tls") else None

    @contextlib.contextmanager
    def attack(name, memory=SOME, fails=(), newcomers=True, slowest=SLOWEST):
        """At most so many MiB more; calls of others may fail in these ways alone, and take so many seconds."""
        neighbour.go(server.address, authority, newcomers)
        open_before = server.connections()
        watch = Watch(server)
        try:
            neighbour.report()
            yield watch
            assert server.lives, f"the server ended with {server.process.poll()}"
            report = neighbour.report()
            within(30, "connections of the attacker are gone", lambda: server.connections() <= open_before)
            within(30, "calls of the attacker are gone", lambda: server.in_flight() == 0)
            within(10, "descriptors are free", lambda: server.descriptors() <= watch.descriptors + 4)
            watch.after = server.memory()
            afterwards = neighbour.report()
        finally:
            watch.stop()
            neighbour.rest()
        tell(name, watch, report)
        for calls in (report, afterwards):
            judge(calls, fails, slowest)
        assert watch.grown < memory, f"memory grew by {watch.grown:.1f} MiB, not by less than {memory:.0f}"

    return attack


def tell(name, watch, report):
    """Adds a row to the table, and prints it for whoever looks at this test alone."""
    ms = lambda seconds: "-" if seconds is None else f"{seconds * 1000:.0f}"
    said = list(watch.said)
    if report["failed"]:
        said.append(f"others' calls failed: {report['failed']}")
    row = [name, *(f"{of / MIB:.1f}" for of in (watch.before, watch.peak, watch.after)), str(report["calls"])]
    row += [ms(report["p50"]), ms(report["p99"]), ms(report["longest"]), "; ".join(said)]
    ROWS.append(row)
    print("  ".join(row))


def judge(report, fails, slowest):
    """Holds what became of others' calls against what may."""
    failed = {code: count for code, count in report["failed"].items() if code not in fails}
    assert not failed, f"calls of others failed: {failed}"
    assert report["differed"] == 0, f"{report['differed']} answers to others were not as before"
    assert (report["p99"] or 0) < slowest, f"others waited {report['p99']:.2f} s"
    turned_away = [outcome for outcome in report["newcomers"] if isinstance(outcome, str) and outcome not in fails]
    assert not turned_away, f"who connected meanwhile was turned away: {turned_away}"
