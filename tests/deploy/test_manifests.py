"""What no schema knows of the manifests: that their parts fit each other, and that pods are as restricted as they say."""

import re
import subprocess
import tomllib

import pytest

from conftest import ROOT

# Flags that a program without the feature of that name does not have.
OF_FEATURES = {"otlp-endpoint"}

FOLDERS = ["deploy/kubernetes/base", "deploy/kubernetes/overlays/tls"]


class Cluster:
    """The manifests of a folder, by kind."""

    def __init__(self, manifests):
        self.manifests = manifests
        [self.deployment] = self.all("Deployment")
        self.pod = self.deployment["spec"]["template"]["spec"]
        self.labels = self.deployment["spec"]["template"]["metadata"]["labels"]
        [self.container] = self.pod["containers"]
        self.ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        self.environment = {it["name"]: it.get("value") for it in self.container["env"]}

    def all(self, kind):
        return [it for it in self.manifests if it["kind"] == kind]

    def configuration(self):
        """The text of dossier.toml as it is mounted, and where."""
        [mount] = [it for it in self.container["volumeMounts"] if it["name"] == "configuration"]
        [volume] = [it for it in self.pod["volumes"] if it["name"] == "configuration"]
        [text] = [it["data"] for it in self.all("ConfigMap") if it["metadata"]["name"] == volume["configMap"]["name"]]
        assert f"{mount['mountPath']}/dossier.toml" in self.container["args"]
        return text["dossier.toml"]

    def selects(self, selector):
        return selector.items() <= self.labels.items()


@pytest.fixture(params=FOLDERS)
def cluster(request, kustomize):
    return Cluster(kustomize(request.param))


def test_pods_are_restricted(cluster):
    [namespace] = cluster.all("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    whole = cluster.pod["securityContext"]
    assert whole["runAsNonRoot"] and whole["runAsUser"] == 65532
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in cluster.pod["initContainers"] + cluster.pod["containers"]:
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] and own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
    [account] = cluster.all("ServiceAccount")
    assert cluster.pod["automountServiceAccountToken"] is account["automountServiceAccountToken"] is False
    # A service named dossier would make a variable DOSSIER_PORT.
    assert cluster.pod["enableServiceLinks"] is False


def test_parts_name_each_other(cluster):
    for service in cluster.all("Service"):
        assert cluster.selects(service["spec"]["selector"])
        assert service["spec"]["clusterIP"] == "None"
        for port in service["spec"]["ports"]:
            assert cluster.ports[port["targetPort"]] == port["port"]
    [policy] = cluster.all("NetworkPolicy")
    assert cluster.selects(policy["spec"]["podSelector"]["matchLabels"])
    let_in = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    assert let_in == cluster.ports.keys()
    [budget] = cluster.all("PodDisruptionBudget")
    assert cluster.selects(budget["spec"]["selector"]["matchLabels"])
    [autoscaler] = cluster.all("HorizontalPodAutoscaler")
    assert autoscaler["spec"]["scaleTargetRef"]["name"] == cluster.deployment["metadata"]["name"]
    # Else each apply sets back what the autoscaler chose.
    assert "replicas" not in cluster.deployment["spec"] and autoscaler["spec"]["minReplicas"] == 3
    names = {volume["name"] for volume in cluster.pod["volumes"]}
    assert {mount["name"] for mount in cluster.container["volumeMounts"]} == names


def test_the_configuration_fits_the_pod(cluster):
    settings = tomllib.loads(cluster.configuration())
    for key, port in [("listen", "grpc"), ("admin-listen", "admin")]:
        assert settings[key].endswith(f":{cluster.ports[port]}")
    # Whoever is killed amid the drain answers nobody.
    assert settings["drain-time"] < cluster.pod["terminationGracePeriodSeconds"]
    probes = [cluster.container[f"{kind}Probe"] for kind in ["startup", "readiness", "liveness"]]
    for probe in probes:
        assert len(probe.keys() & {"grpc", "httpGet"}) == 1
        if "httpGet" in probe:
            # A cluster's gRPC probes speak no TLS, and its HTTP probes speak what the port speaks.
            assert probe["httpGet"].get("scheme", "HTTP") == ("HTTPS" if settings.get("admin-tls") else "HTTP")
        else:
            assert "tls-cert" not in settings and probe["grpc"]["port"] == cluster.ports["grpc"]


def test_who_may_read_is_said_once(cluster):
    settings = tomllib.loads(cluster.configuration())
    if "access" in settings:
        assert "anonymous" not in settings
        # The image's own variable would go before the file.
        assert cluster.environment["DOSSIER_ANONYMOUS"] == "none"
    else:
        assert settings["anonymous"] == "read"


def test_files_of_the_configuration_are_mounted(cluster):
    settings = tomllib.loads(cluster.configuration())
    files = {value for value in settings.values() if isinstance(value, str) and value.startswith("/")}
    mounted = set()
    for volume in cluster.pod["volumes"]:
        [mount] = [it for it in cluster.container["volumeMounts"] if it["name"] == volume["name"]]
        for source in volume.get("projected", {}).get("sources", []):
            mounted |= {f"{mount['mountPath']}/{item['path']}" for item in source["secret"]["items"]}
        assert "subPath" not in mount, "what is mounted by a subPath is never replaced"
    assert files == mounted


def test_each_setting_is_a_flag(cluster, program):
    text = subprocess.run([program, "serve", "--help"], check=True, capture_output=True, text=True).stdout
    flags = set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", text, re.MULTILINE))
    configuration = cluster.configuration()
    # What is shown as a comment is a setting too.
    shown = re.sub(r"^# (?=[a-z-]+ = )", "", configuration, flags=re.MULTILINE)
    settings = tomllib.loads(shown)
    assert len(settings) > len(tomllib.loads(configuration))
    unknown = settings.keys() - flags - OF_FEATURES
    assert not unknown, sorted(unknown)


def test_the_data_is_where_the_init_container_puts_it(cluster):
    [init] = cluster.pod["initContainers"]
    assert cluster.container["args"][:2] == ["serve", "/facts/facts.dossier"]
    assert init["args"] == ["build", "/seeds", "-o", "/facts/facts.dossier"]
    assert init["image"] == cluster.container["image"], "a snapshot is made by the version that serves it"


def test_facts_of_ones_own_are_copied_whole(kustomize):
    own = ROOT / "target/deploy/own"
    own.mkdir(parents=True, exist_ok=True)
    folders = "resources: [../../../deploy/kubernetes/base]\ncomponents: [../../../deploy/kubernetes/components/facts-image]\n"
    (own / "kustomization.yaml").write_text(folders, encoding="utf-8")
    [init] = Cluster(kustomize("target/deploy/own")).pod["initContainers"]
    assert init["image"].startswith("dossier-facts:") and init["command"] == ["/bin/sh", "-c"]
    # A rename: a copy that is broken off is no snapshot.
    assert re.fullmatch(r"cp (\S+) (\S+) && mv \2 /facts/facts\.dossier", init["args"][0])
    assert init["securityContext"]["readOnlyRootFilesystem"]
