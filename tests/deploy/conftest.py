"""What these tests share: where the repository is, its tools, and what is missing of them."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "target/test-tools/bin"
PROGRAM = ROOT / "target/debug/dossier"


def missing(reason):
    """Skips a test, and says why; with DOSSIER_TEST_REQUIRE=1 that is a failure."""
    if os.environ.get("DOSSIER_TEST_REQUIRE") == "1":
        pytest.fail(f"{reason}; DOSSIER_TEST_REQUIRE=1 makes this a failure")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def program():
    """The program, as cargo builds it."""
    if not PROGRAM.exists():
        missing("no target/debug/dossier (make build)")
    return PROGRAM


@pytest.fixture(scope="session")
def kustomize():
    """Answers the manifests of a folder, as a list."""
    import yaml

    kubectl = shutil.which("kubectl", path=f"{TOOLS}:{os.environ['PATH']}")
    if kubectl is None:
        missing("no kubectl (make setup)")

    def build(folder):
        built = subprocess.run([kubectl, "kustomize", folder], cwd=ROOT, check=True, capture_output=True, text=True)
        return list(yaml.safe_load_all(built.stdout))

    return build
