"""What the tests of operation share: the contract, and facts enough to take a while."""

import csv

import pytest
from contract import contract
from process import ROOT, run


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A snapshot of few facts, and a file with ten thousand: 6 MB, of which a snapshot of 10 MB is made."""
    folder = tmp_path_factory.mktemp("built")
    with open(ROOT / "tests/data/ucdp/ged231-sample1000.csv", newline="") as sample:
        heads, *rows = csv.reader(sample)
    with open(folder / "ged231.csv", "w", newline="") as many:
        # Rows of other numbers are other events.
        csv.writer(many).writerows([heads] + [[f"{copy}{row[0]}", *row[1:]] for copy in range(1, 11) for row in rows])
    made = run("import", "ucdp-ged", "--release", "23.1", folder / "ged231.csv", "-o", folder / "many.facts")
    assert made.returncode == 0, made.stderr
    assert run("build", "seeds", "-o", folder / "few.dossier").returncode == 0
    return folder
