"""A server on a free port with the shipped facts, and stubs generated from proto/ as any Python client would have."""

import contextlib
import json
import os
import pathlib
import subprocess
import time
import urllib.request

import grpc
import pytest
from contract import LONG, contract

ROOT = pathlib.Path(__file__).resolve().parents[3]


@contextlib.contextmanager
def serving(*arguments, log=os.devnull):
    """Starts a server and yields it and its address; the first line on standard output says it once it is ready."""
    command = [ROOT / "target/debug/dossier", "serve", "--listen", "127.0.0.1:0", *arguments]
    with open(log, "w") as errors:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        line = server.stdout.readline().strip()
        assert line.startswith("listening on "), f"the first line was {line!r}"
        yield server, line.removeprefix("listening on ")
    finally:
        server.terminate()
        assert server.wait(timeout=10) == 0, "a server told to stop ends well"


def admin_address(log):
    """Where the operators of a server ask, as its log says."""
    for line in log.read_text().splitlines():
        if "metrics are at" in line:
            return json.loads(line)["address"]
    raise AssertionError(f"no address of operators in {log}")


def metrics(admin):
    """The page of metrics: values by name with labels."""
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=LONG) as page:
        lines = page.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def eventually(check, what):
    """Waits until `check` answers something; only what never comes takes so long."""
    end = time.monotonic() + LONG
    while not check():
        assert time.monotonic() < end, f"not within {LONG} s: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def address():
    """Where the shipped facts are served."""
    with serving("seeds") as (_, address):
        yield address


@pytest.fixture
def channel(address):
    with grpc.insecure_channel(address) as channel:
        yield channel
