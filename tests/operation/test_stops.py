"""SIGTERM at whatever moment: the server ends soon, with the right code, and leaves nothing behind. Logs that nobody reads."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import grpc
import pytest
from contract import FACTS, Begun, Request, ask
from operators import Operator
from process import HANG, ROOT, Server, channel, eventually, free_port, raw, run, serving

LIST = Request("ListEvents", b"")

# Calls whose lines of the log take more than twice what a pipe holds.
CALLS = 700


@contextlib.contextmanager
def leaving_nothing(folder):
    """Facts of one's own for a server, which are as they were when it has ended."""
    data = folder / "facts"
    shutil.copytree(ROOT / "seeds", data)
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    yield data
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def hears(server):
    """Whether it would hear SIGTERM: else the system ends it."""
    try:
        return server.status("SigCgt") & (1 << (signal.SIGTERM - 1))
    except (FileNotFoundError, ProcessLookupError, TypeError):
        return False


def ended(server):
    """It ends soon with this code; whoever starts next can have its port."""
    began = time.monotonic()
    code = server.ends()
    took = time.monotonic() - began
    if server.address:
        host, port = server.address.rsplit(":", 1)
        with socket.socket() as next_one:
            next_one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            next_one.bind((host, int(port)))
    assert not [line for line in server.log if '"panic"' in line], server.log
    return code, took


@contextlib.contextmanager
def starting(*arguments, **how):
    """A server that is not waited for."""
    server = Server(*arguments, waits=False, **how)
    try:
        yield server
    finally:
        server.kill()


def test_just_after_it_was_started(tmp_path):
    codes = []
    with leaving_nothing(tmp_path) as data:
        for milliseconds in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]:
            with starting(data) as server:
                time.sleep(milliseconds / 1000)
                heard = hears(server)
                server.signal(signal.SIGTERM)
                code, _ = ended(server)
                # Before it hears signals it has done nothing yet, and the system ends it.
                assert code == 0 or code == -signal.SIGTERM and not heard, f"after {milliseconds} ms: {code}"
                codes.append(code)
    print(f"\ntold some milliseconds after the start: {codes}")


@pytest.mark.parametrize("times", [1, 2])
def test_while_it_loads(tmp_path, built, times):
    with leaving_nothing(tmp_path) as data, starting(data, built / "many.facts") as server:
        eventually(lambda: hears(server), "it hears signals")
        for _ in range(times):
            server.signal(signal.SIGTERM)
            time.sleep(0.05)
        code, took = ended(server)
        assert code in ([0] if times == 1 else [0, 1]), server.log
        assert server.said("serving") is None, "the load is not waited for"
        print(f"\ntold {times} times while it loads: exit code {code} after {took:.2f} s")


def test_as_soon_as_it_is_ready(tmp_path):
    with leaving_nothing(tmp_path) as data:
        for _ in range(5):
            with starting(data) as server:
                server.first_line.wait(HANG)
                server.signal(signal.SIGTERM)
                assert ended(server)[0] == 0


@pytest.mark.parametrize("times", [1, 2])
def test_while_it_loads_anew(tmp_path, built, times):
    with leaving_nothing(tmp_path) as data, starting(data, built / "many.facts") as server:
        server.ready().signal(signal.SIGHUP)
        eventually(lambda: server.said("loading anew"), "a load")
        for _ in range(times):
            server.signal(signal.SIGTERM)
            time.sleep(0.05)
        code, took = ended(server)
        # A load under way is not waited for, so it may be over before the second.
        assert code in ([0] if times == 1 else [0, 1]), server.log
        amid = "amid it" if server.said("loaded anew") is None else "just after it"
        print(f"\ntold {times} times while it loads anew, {amid}: exit code {code} after {took:.2f} s")


def test_a_stop_that_is_announced(tmp_path):
    """Probes and balancers hear of it first; whoever has not is still answered, old callers and new."""
    delay = 3
    with leaving_nothing(tmp_path) as data, starting(data, "--shutdown-delay", delay, "--reflection", "open") as server:
        with channel(server.ready().address) as opened:
            before, began = ask(opened, LIST), time.monotonic()
            watch = raw(opened, FACTS + "WatchEvents", "unary_stream")(b"")
            next(watch)
            server.signal(signal.SIGTERM)
            eventually(lambda: server.metrics()["dossier_ready"] == 0, "probes hear of it")
            health = run("health", server.address)
            assert (health.returncode, health.stdout) == (1, "NOT_SERVING\n")
            with channel(server.address) as fresh:
                assert ask(fresh, LIST) == ask(opened, LIST) == before
            assert watch.is_active() and server.runs()
            with pytest.raises(grpc.RpcError) as raised:
                next(watch)
            assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
        code, _ = ended(server)
        assert code == 0 and time.monotonic() - began >= delay


@pytest.mark.parametrize("patient", [True, False])
def test_while_it_drains(tmp_path, patient):
    with leaving_nothing(tmp_path) as data, starting(data, "--drain-time", "600") as server:
        with channel(server.ready().address) as opened:
            before = ask(opened, LIST)
            call = Begun(opened, "ListEvents")
            eventually(lambda: server.metrics()["dossier_calls_in_flight"] == 1, "a call in flight")
            server.signal(signal.SIGTERM)
            assert eventually(lambda: server.said("stopping"), "it stops")["in_flight"] == 1
            time.sleep(0.5)
            assert server.runs(), "a call in flight is waited for"
            if patient:
                assert call.end(b"").result() == before.messages[0], "and answered"
                assert ended(server)[0] == 0
            else:
                server.signal(signal.SIGTERM)
                assert ended(server)[0] == 1
                with pytest.raises(grpc.RpcError):
                    call.call.result()
                call.leave()


def test_many_signals_and_operators_at_once(contract):
    with serving("seeds") as server:
        operator, outcomes = Operator(server, contract), []
        assert operator.dataset() and operator.reloads()
        threads = [threading.Thread(target=lambda: outcomes.append(operator.reloads().reload.outcome)) for _ in range(20)]
        for thread in threads:
            thread.start()
        # Some of them leave before they are answered.
        for _ in range(10):
            operator.admin.Reload.future(contract.admin.ReloadRequest()).cancel()
        for _ in range(300):
            server.signal(signal.SIGHUP)
        for thread in threads:
            thread.join(HANG)
        assert outcomes == 20 * [contract.outcome.RELOAD_OUTCOME_UNCHANGED], "each of them is answered"
        assert operator.hangs_up().last_reload_outcome == contract.outcome.RELOAD_OUTCOME_UNCHANGED
        operator.close()


def test_the_reader_of_the_log_goes_away():
    read, write = os.pipe()
    # As in `dossier serve 2> >(head -1)`.
    head = subprocess.Popen(["head", "-1"], stdin=read, stdout=subprocess.PIPE)
    with serving("seeds", errors=write) as server:
        os.close(read)
        os.close(write)
        assert b"metrics are at" in head.communicate(timeout=HANG)[0]
        with channel(server.address) as opened:
            before = ask(opened, LIST)
            assert [ask(opened, LIST) for _ in range(CALLS)] == CALLS * [before]


@pytest.mark.parametrize("closed", [[1], [2], [1, 2], [0, 1, 2]], ids=str)
def test_what_it_would_print_on_is_closed(tmp_path, closed):
    address = f"127.0.0.1:{free_port()}"
    closing = ["sh", "-c", 'exec "$@" ' + " ".join(f"{descriptor}>&-" for descriptor in closed), "sh"]
    with leaving_nothing(tmp_path) as data, starting(data, "--listen", address, wrapper=closing) as server:
        with channel(address) as opened:
            eventually(lambda: ask(opened, LIST).code == "OK" or not server.runs(), "it serves")
        server.stop()


def test_a_log_on_a_full_disk():
    with open("/dev/full", "w") as full, serving("seeds", errors=full) as server, channel(server.address) as opened:
        assert {ask(opened, LIST).code for _ in range(CALLS)} == {"OK"}


def test_a_log_that_nobody_reads_stops_nothing():
    read, write = os.pipe()
    room = fcntl.fcntl(read, fcntl.F_GETPIPE_SZ)
    server = Server("seeds", errors=write)
    os.close(write)
    try:
        answered, code = 0, None
        with channel(server.address) as opened:
            while answered < CALLS and ask(opened, LIST, timeout=10).code == "OK":
                answered += 1
        server.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = server.ends(within=10)
        print(f"\na pipe of {room} bytes that nobody reads: {answered} of {CALLS} calls answered; told to stop: {code}")
        assert (answered, code) == (CALLS, 0)
    finally:
        server.kill()
        os.close(read)
