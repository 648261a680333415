"""A server of one's own on a free port, and what can be seen of it from outside: memory, descriptors, metrics, the log."""

import contextlib
import json
import os
import pathlib
import re
import resource
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/debug/dossier"

MIB = 1 << 20


def raise_descriptors():
    """Takes as many descriptors as the system gives; answers how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def host_and_port(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


class Server:
    """A server with the shipped facts. It is told to stop at the end, and must do so well."""

    def __init__(self, log, *arguments, descriptors=None):
        self.log = log
        limit = lambda: descriptors and resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        # A busy machine makes calls wait that nobody attacks: they show in the other client's times, and are not sent away.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIER_")}
        environment["DOSSIER_MAX_QUEUE_TIME"] = "5000"
        command = [PROGRAM, "serve", "seeds", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", *arguments]
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, preexec_fn=limit
            )
        line = self.process.stdout.readline().strip()
        assert line.startswith("listening on "), f"the first line was {line!r}: {log.read_text()[:2000]}"
        self.address = line.removeprefix("listening on ")
        self.admin = next(
            json.loads(line)["address"] for line in log.read_text().splitlines() if "metrics are at" in line
        )

    @property
    def lives(self):
        return self.process.poll() is None

    def memory(self):
        """Bytes that no file backs."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def page(self, path="/metrics", timeout=20):
        with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=timeout) as answer:
            return answer.read().decode()

    def metric(self, name, **labels):
        """The sum of all samples of a name that have these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        total = 0.0
        for line in self.page().splitlines():
            found = re.match(r"(\w+)(\{[^}]*\})? (\S+)$", line)
            if found and found[1] == name and all(label in (found[2] or "") for label in wanted):
                total += float(found[3])
        return total

    def connections(self):
        return int(self.metric("dossier_connections"))

    def in_flight(self):
        return int(self.metric("dossier_calls_in_flight"))

    def faults(self):
        """Lines of the log that say that something of ours is broken."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            return [line.strip() for line in log if '"level":"ERROR"' in line or "panicked" in line]

    def stop(self):
        """Ends it; what it leaves behind must be in order."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        finally:
            self.process.kill()
        faults = self.faults()
        # Lines of a hundred thousand calls are nothing to keep.
        self.log.unlink()
        assert code == 0, f"a server told to stop ends well, not with {code}"
        assert not faults, faults[:5]


def within(seconds, what, of):
    """Waits until something is so, and fails if it does not become so."""
    until = time.monotonic() + seconds
    while True:
        found = of()
        if found:
            return found
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.05)
