"""The server as a process: started, told by signals, asked how it is, stopped. Nothing here hangs: every wait has an end."""

import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import grpc
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/debug/dossier"

# Longer than anything takes on a machine that is busy with other things: only what hangs gets there.
HANG = 60


def eventually(check, what, within=HANG):
    """Waits until `check` answers something, and answers that."""
    end = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < end, f"not within {within} s: {what}"
        time.sleep(0.02)
    return found


def free_port():
    """A port that nobody has, nor gets by chance: not of those that the system gives to clients."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


def environment(**more):
    """What a process inherits, without what the program would read of it."""
    ours = lambda name: name.startswith("DOSSIER_") or name == "RUST_LOG"
    return {name: value for name, value in os.environ.items() if not ours(name)} | more


def limited(**limits):
    """What a program is started by, so that it gets no more than this. Not by `preexec_fn`: the tests have threads."""
    if not shutil.which("prlimit"):
        lacks("no prlimit (util-linux)")
    return ["prlimit", *[f"--{name}={most}:{most}" for name, most in limits.items()]]


def lacks(reason):
    """Skips for want of a tool, or fails where all of them are required."""
    (pytest.fail if os.environ.get("DOSSIER_TEST_REQUIRE") == "1" else pytest.skip)(reason)


def run(*arguments, wrapper=(), **how):
    """Runs the program to its end."""
    how = {"timeout": HANG, "env": environment(), **how}
    return subprocess.run([*map(str, [*wrapper, PROGRAM, *arguments])], cwd=ROOT, capture_output=True, text=True, **how)


def raw(channel, method, kind="unary_unary"):
    """A method that takes and answers bytes."""
    return getattr(channel, kind)(method, request_serializer=bytes, response_deserializer=bytes)


class Server:
    """A server that runs. Its log is read as it comes, unless it goes elsewhere; `keeps` says which lines are kept."""

    def __init__(self, *arguments, wrapper=(), errors=subprocess.PIPE, out=subprocess.PIPE, waits=True, keeps=bool, **how):
        ports = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        command = [*wrapper, PROGRAM, "serve", *arguments, *ports, "--admin-listen", "127.0.0.1:0"]
        how = {"env": environment(), **how}
        self.process = subprocess.Popen([*map(str, command)], cwd=ROOT, stdout=out, stderr=errors, text=True, **how)
        self.log, self.keeps = [], keeps
        self.first_line = threading.Event()
        self.address = self.admin = None
        self.readers = []
        for stream, take in [(self.process.stdout, self._said), (self.process.stderr, self._told)]:
            if stream is not None:
                self.readers.append(threading.Thread(target=self._read, args=(stream, take), daemon=True))
                self.readers[-1].start()
        if waits:
            self.ready()

    def _read(self, stream, take):
        for line in stream:
            take(line.rstrip("\n"))

    def _told(self, line):
        if self.keeps(line):
            self.log.append(line)

    def _said(self, line):
        if line.startswith("listening on "):
            self.address = line.removeprefix("listening on ")
            self.first_line.set()

    def ready(self):
        """Waits until it says where it listens."""
        eventually(lambda: self.first_line.is_set() or not self.runs(), "the first line")
        assert self.first_line.wait(1), f"it did not start: {self.log}"
        if self.process.stderr is not None:
            self.admin = eventually(lambda: self.said("metrics are at /metrics"), "the address of operators")["address"]
        return self

    def said(self, message, **fields):
        """The last line of the log with this message and these fields."""
        for line in reversed(list(self.log)):
            if message in line:
                with contextlib.suppress(ValueError):
                    entry = json.loads(line)
                    if entry["message"] == message and all(fields[name] == entry.get(name) for name in fields):
                        return entry
        return None

    def signal(self, number):
        self.process.send_signal(number)

    def runs(self):
        return self.process.poll() is None

    def ends(self, within=HANG):
        """Waits for its end, and answers its exit code."""
        code = self.process.wait(timeout=within)
        for reader in self.readers:
            reader.join(HANG)
        return code

    def stop(self, within=HANG):
        """Tells it to stop; that ends well."""
        self.signal(signal.SIGTERM)
        code = self.ends(within)
        assert code == 0, f"a server told to stop ends well, not with {code}: {self.log[-5:]}"

    def metrics(self):
        """Its page of metrics: values by name with labels."""
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=HANG) as page:
            lines = page.read().decode().splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}

    def status(self, field):
        """A number of /proc/PID/status, such as RssAnon in KiB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s*(\w+)", text, re.MULTILINE)[1], 16 if field.startswith("Sig") else 10)

    def descriptors(self):
        """How many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def kill(self):
        """Ends it, whatever state it is in."""
        if self.runs():
            self.process.kill()
            self.process.wait(HANG)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextlib.contextmanager
def serving(*arguments, **how):
    """A server; stopped at the end, which has to go well if all before did."""
    server = Server(*arguments, **how)
    try:
        yield server
        if server.runs():
            server.stop()
    finally:
        server.kill()


def channel(address, credentials=None, **options):
    """A channel of its own: channels of equal arguments share a connection otherwise."""
    options = {"use_local_subchannel_pool": 1, "enable_http_proxy": 0, **options}
    options = [(f"grpc.{name}", value) for name, value in options.items()]
    if credentials is None:
        return grpc.insecure_channel(address, options=options)
    return grpc.secure_channel(address.replace("127.0.0.1", "localhost"), credentials, options=options)
