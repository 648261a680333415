#!/usr/bin/env python3
"""Lists what a build of dossier is made of, as CycloneDX 1.6 in JSON: each package of Cargo.lock with version, package URL,
checksum, and what it depends on. Needs Python 3.11 and nothing else.

    deploy/sbom.py >dossier.cdx.json
    deploy/sbom.py PATH/Cargo.lock

Equal lock files give equal bytes: there is no time in it, and its serial number is made of its content. A lock file also names
what only builds and tests use, and what only other systems need; so this lists what may be in the program, and nothing
that is in it is left out. What the image carries beside the program, it carries as itself: facts, licence, notice.
"""

import json
import pathlib
import sys
import tomllib
import urllib.parse
import uuid

ROOT = "dossier"
# A name space of our own, made once.
SPACE = uuid.UUID("6f0c2f0e-0f43-4e0c-9a1b-6d2f6f3b7c55")


def reference(package):
    """The package URL: its name and its version, which may have a plus sign."""
    return f"pkg:cargo/{package['name']}@{urllib.parse.quote(package['version'], safe='')}"


def component(package):
    made = {
        "type": "application" if package["name"] == ROOT else "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if "checksum" in package:
        made["hashes"] = [{"alg": "SHA-256", "content": package["checksum"]}]
    return made


def dependencies(packages):
    """What each package depends on. A dependency is written as a name, with the version where several are there."""
    versions = {}
    for package in packages:
        versions.setdefault(package["name"], []).append(package)
    for package in packages:
        on = []
        for dependency in package.get("dependencies", []):
            name, *version = dependency.split(" ")
            on += [reference(it) for it in versions[name] if not version or it["version"] == version[0]]
        yield {"ref": reference(package), "dependsOn": sorted(set(on))}


def bill(lock):
    packages = sorted(tomllib.loads(lock)["package"], key=lambda it: (it["name"], it["version"]))
    [program] = [it for it in packages if it["name"] == ROOT]
    components = [component(it) for it in packages if it is not program]
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(program) | {"licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": components,
        "dependencies": list(dependencies(packages)),
    }
    serial = uuid.uuid5(SPACE, json.dumps(made, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": serial.urn} | made


if __name__ == "__main__":
    beside = pathlib.Path(__file__).resolve().parents[1] / "Cargo.lock"
    file = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    json.dump(bill(file.read_text(encoding="utf-8")), sys.stdout, indent=1)
    print()
