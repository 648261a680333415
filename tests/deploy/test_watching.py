"""Dashboards, alerts and compose.yaml: what Grafana, Prometheus and an engine would only say once they run."""

import itertools
import json
import re

import pytest
import yaml

from conftest import ROOT

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def overlap(one, other):
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in [("x", "w"), ("y", "h")])


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.name)
def test_panels_have_room_and_say_what_they_show(file):
    board = json.loads(file.read_text(encoding="utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in itertools.combinations(places, 2) if overlap(*pair)]
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for panel in panels:
        if panel["type"] == "row":
            continue
        assert panel["title"] and panel["description"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(panel)))
        assert used <= variables | {"__rate_interval"}, panel["title"]


def test_dashboards_and_their_source_are_provisioned():
    boards = [json.loads(file.read_text(encoding="utf-8")) for file in DASHBOARDS]
    assert len({board["uid"] for board in boards}) == len(boards) == 2
    compose = read("compose.yaml")["services"]["grafana"]
    [provider] = read("deploy/grafana/provisioning/dashboards/dossier.yml")["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in compose["volumes"]
    assert "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in compose["volumes"]
    [source] = read("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"]
    assert source["url"] == "http://prometheus:9090" and source["isDefault"]


def test_every_alert_says_what_to_do():
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    tested = (ROOT / "deploy/prometheus/alerts.test.yml").read_text(encoding="utf-8")
    alerts = [rule for group in read("deploy/prometheus/alerts.yml")["groups"] for rule in group["rules"] if "alert" in rule]
    assert len(alerts) > 10
    for alert in alerts:
        name, notes = alert["alert"], alert["annotations"]
        assert alert["labels"]["severity"] in {"warning", "critical"}, name
        file, anchor = notes["runbook"].split("#")
        assert file == "docs/operations.md" and anchor in anchors, f"{name}: no heading for {anchor}"
        assert f"`{name}`" in page, f"{name} does not stand in docs/operations.md"
        assert f"alertname: {name}\n" in tested, f"{name} has no test"


def test_rules_are_read_and_dossier_is_asked():
    for file in ["prometheus.yml", "kubernetes.yml"]:
        configuration = read(f"deploy/prometheus/{file}")
        assert configuration["rule_files"] == ["alerts.yml"]
        assert "dossier" in {job["job_name"] for job in configuration["scrape_configs"]}
    services = read("compose.yaml")["services"]
    port = services["dossier"]["environment"]["DOSSIER_ADMIN_LISTEN"].split(":")[1]
    [job] = [job for job in read("deploy/prometheus/prometheus.yml")["scrape_configs"] if job["job_name"] == "dossier"]
    assert job["static_configs"] == [{"targets": [f"dossier:{port}"]}]


def test_containers_are_kept_in():
    compose = read("compose.yaml")
    for name, service in compose["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"] and service["pids_limit"], name
        # Without an address, every machine that reaches this one gets in.
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        if name == "dossier":
            assert "profiles" not in service, "it starts alone"
        else:
            assert service["profiles"] == ["watch"]
            assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", service["image"]), f"{name}: a whole version is named"
    assert ":9090" not in str(compose["services"]["dossier"]["ports"]), "the port of operators is not published"


def test_the_image_says_what_it_is():
    final = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("FROM scratch")[1]
    labels = dict(re.findall(r"org\.opencontainers\.image\.(\w+)=(\S+|\"[^\"]*\")", final))
    assert {"title", "description", "licenses", "version", "revision", "source", "created"} <= labels.keys()
    for variable in [value.strip('"$') for value in labels.values() if value.startswith("$")]:
        assert f'ARG {variable}=""' in final
