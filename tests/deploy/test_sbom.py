"""The bill of materials names every package of Cargo.lock, and is the same each time."""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def bill(*arguments):
    made = subprocess.run([sys.executable, "deploy/sbom.py", *arguments], cwd=ROOT, check=True, capture_output=True)
    return made.stdout


def packages():
    """Read without a parser of TOML: name, version and checksum, as they stand in the lock file."""
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    for entry in lock.split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(name|version|checksum) = "([^"]*)"$', entry, re.MULTILINE))
        yield fields["name"], fields["version"], fields.get("checksum")


def test_every_package_is_listed_with_its_checksum():
    made = json.loads(bill())
    listed = {
        (it["name"], it["version"], it["hashes"][0]["content"] if "hashes" in it else None)
        for it in [made["metadata"]["component"], *made["components"]]
    }
    assert len(listed) > 100
    assert listed == set(packages())
    assert made["metadata"]["component"]["name"] == "dossier"


def test_what_depends_on_what_is_listed_and_resolves():
    made = json.loads(bill())
    references = {it["bom-ref"] for it in [made["metadata"]["component"], *made["components"]]}
    assert {it["ref"] for it in made["dependencies"]} == references
    edges = [on for it in made["dependencies"] for on in it["dependsOn"]]
    assert set(edges) <= references
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    assert len(edges) == len(re.findall(r'^ "[^"]+",$', lock, re.MULTILINE))
    # A plus sign in a version would be read as a space.
    assert not any("+" in reference for reference in references)


def test_equal_lock_files_give_equal_bytes():
    assert bill() == bill("Cargo.lock")
