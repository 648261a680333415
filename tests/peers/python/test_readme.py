"""The Python of README.md, and its commands for keys and certificates, run as they stand there."""

import contextlib
import io
import json
import os
import re
import subprocess

import pytest
from authority import Authority
from conftest import ROOT

PROGRAMS = f"{ROOT}/target/debug:{ROOT}/target/test-tools/bin:{os.environ['PATH']}"


def test_the_readmes_python(address, contract):
    code = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)[1]
    assert "localhost:50051" in code
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code.replace("localhost:50051", address), {})
    lines = printed.getvalue().splitlines()
    handovers, events, error = lines[:7], lines[7:-1], lines[-1]
    assert all("claims" in line for line in handovers), lines
    assert len(events) == 3 and all("EVENT_STATUS_" in line for line in events), lines
    assert error.startswith("UNKNOWN_NAME; ") and "camps/kidal" in error, lines
    assert any("Kidal" in line and "2023-11" in line for line in lines), lines
    assert any(line.startswith("3 unnamed camps") for line in lines), lines


def test_the_readmes_keys_and_certificates(tmp_path):
    part = (ROOT / "README.md").read_text().split("## Let in whom you know", 1)[1]
    makes_a_key, serves, asks = re.search(r"^```sh\n(.*?)^```", part, re.DOTALL | re.MULTILINE)[1].splitlines()
    if not (ROOT / "target/test-tools/bin/grpcurl").exists():
        pytest.skip("no grpcurl")
    authority = Authority()
    certificate, private = authority.issue("dossier", server=True)
    for name, text in {"tls.crt": certificate, "tls.key": private, "ca.crt": authority.pem}.items():
        (tmp_path / name).write_bytes(text)
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    how = dict(shell=True, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    environment = {**os.environ, "PATH": PROGRAMS}
    key = subprocess.run(makes_a_key, env=environment, check=True, **how).stderr.strip()
    with subprocess.Popen("exec " + serves.replace(":50051", ":0"), env=environment, **how) as server:
        try:
            port = server.stdout.readline().strip().rpartition(":")[2]
            asks = asks.replace(":50051", f":{port}")
            answer = subprocess.run(asks, env={**environment, "KEY": key}, check=True, **how).stdout
            assert json.loads(answer)["revision"]
            refused = subprocess.run(asks, env={**environment, "KEY": "a wrong one"}, **how)
            assert "Unauthenticated" in refused.stderr and refused.stdout == ""
        finally:
            server.terminate()
