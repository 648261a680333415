"""A server that the system gives no more descriptors, threads, or turns: it goes on with what it has, and takes more later."""

import os
import resource
import shutil
import signal
import socket
import time

import grpc
import pytest
from callers import Callers
from contract import FACTS, Request, ask
from operators import Operator
from process import HANG, ROOT, Server, channel, eventually, limited, raw, run, serving

# All that a server may have open: a few dozen connections beside what it needs itself.
DESCRIPTORS = 64

# Threads take descriptors too; as many on every machine.
FACTS_BY_TWO = ["seeds", "--workers", "2"]

LIST = Request("ListEvents", b"")


class Crowd:
    """Connections that ask for nothing, more than there are descriptors for."""

    def __init__(self, server):
        host, port = server.address.rsplit(":", 1)
        self.server = server
        self.sockets = [socket.create_connection((host, int(port)), timeout=HANG) for _ in range(3 * DESCRIPTORS)]
        for each in self.sockets:
            # Who says nothing at all is let go soon.
            each.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        eventually(lambda: server.said("cannot accept connections; trying again"), "no descriptor is left")
        assert server.descriptors() >= DESCRIPTORS - 1

    def leave(self):
        for each in self.sockets:
            each.close()
        eventually(lambda: self.server.descriptors() < DESCRIPTORS // 2, "descriptors are free again")


def test_descriptors_that_others_use_up(contract):
    with serving(*FACTS_BY_TWO, wrapper=limited(nofile=DESCRIPTORS)) as server, channel(server.address) as opened:
        operator, before = Operator(server, contract), ask(opened, LIST)
        watch = raw(opened, FACTS + "WatchEvents", "unary_stream")(b"")
        next(watch)
        assert operator.dataset().revision == before.revision
        crowd = Crowd(server)
        assert [ask(opened, LIST) for _ in range(100)] == 100 * [before], "connections that stand go on"
        # A load needs descriptors too: what is served stays.
        dataset = operator.hangs_up()
        refused = contract.outcome.RELOAD_OUTCOME_REFUSED, contract.refusal.RELOAD_REFUSAL_UNREADABLE
        assert (dataset.last_reload_outcome, dataset.last_reload_refusal) == refused
        assert "Too many open files" in server.said("not loaded; what was served before still is")["reason"]
        assert ask(opened, LIST) == before
        crowd.leave()
        with channel(server.address) as fresh:
            assert ask(fresh, LIST) == before, "new connections are served again"
        assert operator.hangs_up().last_reload_outcome == contract.outcome.RELOAD_OUTCOME_UNCHANGED
        assert server.metrics()["dossier_reload_refused"] == 0 and watch.is_active()
        watch.cancel()
        operator.close()


def test_a_secret_that_could_not_be_read_is_read_later(tmp_path):
    keys = {name: run("key", name, "--scope", "read") for name in ("old", "new")}
    secrets = tmp_path / "access.toml"
    secrets.write_text(keys["old"].stdout)

    def let_in(opened, name):
        metadata = [("authorization", f"Bearer {keys[name].stderr.strip()}")]
        try:
            return bool(raw(opened, FACTS + "GetDataset")(b"", metadata=metadata, timeout=HANG))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
            return False

    few, guarded = limited(nofile=DESCRIPTORS), [*FACTS_BY_TWO, "--access", secrets]
    with serving(*guarded, wrapper=few) as server, channel(server.address) as opened:
        assert let_in(opened, "old") and not let_in(opened, "new")
        crowd = Crowd(server)
        (tmp_path / "aside").write_text(keys["new"].stdout)
        (tmp_path / "aside").replace(secrets)
        server.signal(signal.SIGHUP)
        line = eventually(lambda: server.said("not loaded; what was said before still holds"), "a line of the log")
        assert "Too many open files" in line["reason"] and let_in(opened, "old")
        crowd.leave()
        server.signal(signal.SIGHUP)
        # Files are looked at every five seconds.
        eventually(lambda: let_in(opened, "new") and not let_in(opened, "old"), "the key that was taken away ends", within=25)


def test_a_secret_whose_reading_hangs_stops_nothing_else(tmp_path):
    secrets = tmp_path / "access.toml"
    secrets.write_text(run("key", "maps", "--scope", "read").stdout)
    with serving("seeds", "--access", secrets, "--anonymous", "read") as server, channel(server.address) as opened:
        before = ask(opened, LIST)
        # As a file on a network disk that does not answer: whoever opens it waits for somebody who writes.
        os.mkfifo(tmp_path / "aside")
        (tmp_path / "aside").replace(secrets)
        server.signal(signal.SIGHUP)
        time.sleep(1)
        assert ask(opened, LIST) == before
        with channel(server.address) as fresh:
            assert ask(fresh, LIST, timeout=10) == before


def test_a_file_of_facts_whose_reading_hangs_does_not_stop_later_loads(tmp_path, contract):
    shutil.copytree(ROOT / "seeds", tmp_path / "facts")
    with serving(tmp_path / "facts") as server:
        operator, pipe = Operator(server, contract), next((tmp_path / "facts").iterdir()) / "pipe.yaml"
        assert operator.dataset()
        os.mkfifo(pipe)
        server.signal(signal.SIGHUP)
        eventually(lambda: server.said("loading anew"), "a load")
        pipe.unlink()
        answer = operator.admin.Reload(contract.admin.ReloadRequest(), timeout=10)
        assert answer.reload.outcome == contract.outcome.RELOAD_OUTCOME_UNCHANGED
        operator.close()


class Threadless:
    """How a server is started that gets no thread more than it needs to serve."""

    # A user that runs nothing else: root may have as many threads as it likes.
    USER = 61_234

    def __init__(self):
        with serving(*FACTS_BY_TWO) as server:
            self.threads = server.status("Threads")

    def start(self):
        if os.geteuid() != 0:
            server = Server(*FACTS_BY_TWO)
            # Fewer than this user has already.
            resource.prlimit(server.process.pid, resource.RLIMIT_NPROC, (1, 1))
            return server
        another = ["setpriv", f"--reuid={self.USER}", f"--regid={self.USER}", "--clear-groups"]
        try:
            return Server(*FACTS_BY_TWO, wrapper=[*limited(nproc=self.threads), *another])
        except (FileNotFoundError, AssertionError) as error:
            pytest.skip(f"another user than root cannot run target/debug/dossier here: {error}")


def test_a_load_that_gets_no_thread_is_refused_and_the_next_is_tried(contract):
    server = Threadless().start()
    try:
        operator = Operator(server, contract)
        before = operator.dataset().revision
        for _ in range(3):
            answer = operator.reloads()
            # With or without a thread: it is told.
            assert contract.outcome.Name(answer.reload.outcome) in ("RELOAD_OUTCOME_REFUSED", "RELOAD_OUTCOME_UNCHANGED")
            assert answer.revision == before
        operator.close()
        server.stop()
    finally:
        server.kill()


def test_a_server_that_is_held_up_goes_on(contract):
    with serving("seeds", "--max-queue-time", "60000") as server, channel(server.address) as opened:
        before, callers = ask(opened, LIST), Callers()
        watch = raw(opened, FACTS + "WatchEvents", "unary_stream")(b"")
        next(watch)
        for _ in range(3):
            callers.go(lambda: callers.count("the same" if ask(opened, LIST) == before else "others"))
        callers.go_on(20)
        server.signal(signal.SIGSTOP)
        time.sleep(3)
        server.signal(signal.SIGCONT)
        callers.go_on(200)
        with channel(server.address) as fresh:
            assert ask(fresh, LIST) == before
        assert watch.is_active()
        watch.cancel()
        print("\nheld up for three seconds: ", end="")
        callers.stop()
        assert set(callers.counts) == {"the same"}
