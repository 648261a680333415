"""The Python of README.md runs as it stands there."""

import contextlib
import io
import re

from conftest import ROOT


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
