"""The chart, rendered by Helm itself and held against Kubernetes' own schemas."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from penstock import __version__
from penstock.settings import load
from tests.deploy.programs import DEPLOY, judged, program

kubernetes_validate = pytest.importorskip("kubernetes_validate")
pytestmark = [pytest.mark.cluster, pytest.mark.long]

CHART = DEPLOY / "helm" / "penstock"
KUBERNETES = ["1.29", "1.37"]
"""The oldest that the chart takes, and the newest whose schemas there are."""

NEEDED = {
    "image": {"repository": "registry.example/penstock"},
    "existingSecret": "penstock",
    "store": {"url": "s3://bucket?endpoint=https://s3.example&region=eu"},
}
EVERYTHING = NEEDED | {
    "imagePullSecrets": [{"name": "registry"}],
    "store": NEEDED["store"] | {"existingSecret": "bucket"},  # type: ignore[operator]
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/penstock"}},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "ingress": {"enabled": True, "className": "nginx", "host": "files.example", "tlsSecret": "files-example"},
    "settings": {"PENSTOCK_TRUSTED_PROXIES": "10.0.0.0/8", "PENSTOCK_PUBLIC_URL": "https://files.example"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "uploads", "operator": "Exists"}],
    "affinity": {"podAffinity": {}},
}
BARE = NEEDED | {"autoscaling": {"enabled": False}, "migration": {"enabled": False}, "topologySpread": False}
STRANGERS = {"ServiceMonitor"}
"""What Kubernetes' schemas know nothing of: Prometheus' operator brings it."""


def helm(command: str, values: Any, *more: str) -> str:
    """What Helm says of the chart with these values."""
    call = [program("helm"), command, *(["demo"] if command == "template" else []), str(CHART), "--values", "-", *more]
    return judged(*call, stdin=json.dumps(values))


def rendered(values: Any, version: str = KUBERNETES[-1]) -> list[dict[str, Any]]:
    """Every object of the chart."""
    text = helm("template", values, "--kube-version", version, "--namespace", "uploads")
    return [made for made in yaml.safe_load_all(text) if made]


def one(objects: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    [found] = [made for made in objects if made["kind"] == kind]
    return found


@pytest.mark.parametrize("values", [NEEDED, EVERYTHING, BARE], ids=["needed", "everything", "bare"])
def test_helm_finds_nothing_wrong(values: Any) -> None:
    """Not even a warning."""
    judgement = helm("lint", values, "--strict")
    assert "WARNING" not in judgement
    assert "ERROR" not in judgement


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", [NEEDED, EVERYTHING, BARE], ids=["needed", "everything", "bare"])
def test_kubernetes_takes_every_object(values: Any, version: str) -> None:
    """Every object has the fields that its schema has, and no other."""
    checked = [made for made in rendered(values, version) if made["kind"] not in STRANGERS]
    assert len(checked) >= 4
    for made in checked:
        kubernetes_validate.validate(made, f"{version}.0", strict=True)


def test_an_unknown_field_is_found() -> None:
    """The schemas are strict: what is misspelt does not pass."""
    deployment = one(rendered(NEEDED), "Deployment")
    deployment["spec"]["template"]["spec"]["terminationGracePeriod"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, f"{KUBERNETES[-1]}.0", strict=True)


@pytest.mark.parametrize("missing", NEEDED)
def test_what_is_needed_is_asked_for(missing: str) -> None:
    """Without an image, a secret or a store nothing is rendered, and Helm says which is missing."""
    with pytest.raises(AssertionError, match=missing):
        rendered({name: value for name, value in NEEDED.items() if name != missing})


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_a_pod_may_write_its_spool_alone(kind: str) -> None:
    """A pod is nobody special, its root is read-only, its folders are bounded, and it knows no token of Kubernetes."""
    pod = one(rendered(EVERYTHING), kind)["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not pod["automountServiceAccountToken"]
    assert all("secret" in volume or volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"])


def test_secrets_stay_where_they_are() -> None:
    """What is secret is named, and made by nobody here."""
    objects = rendered(EVERYTHING)
    assert "Secret" not in {made["kind"] for made in objects}
    [container] = one(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    secret = {"PENSTOCK_DATABASE", "PENSTOCK_LIMITS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert {variable["name"] for variable in container["env"] if "valueFrom" in variable} == secret


@pytest.mark.parametrize("values", [NEEDED, EVERYTHING], ids=["needed", "everything"])
def test_the_settings_are_settings(values: Any) -> None:
    """Penstock takes every value that a pod is given."""
    [container] = one(rendered(values), "Deployment")["spec"]["template"]["spec"]["containers"]
    given = {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}
    assert load({}, given).shutdown_grace == 60


def test_a_pod_is_drained_before_it_is_killed() -> None:
    """Kubernetes waits longer than the drain and the requests under way may take."""
    pod = one(rendered(NEEDED), "Deployment")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    [grace] = [each["value"] for each in container["env"] if each["name"] == "PENSTOCK_SHUTDOWN_GRACE"]
    drain = container["lifecycle"]["preStop"]["exec"]["command"][1]
    assert pod["terminationGracePeriodSeconds"] > int(grace) + int(drain)


def test_the_database_is_migrated_first() -> None:
    """A job before installation and upgrade, which needs nothing that the chart makes."""
    job = one(rendered(NEEDED), "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    pod = job["spec"]["template"]["spec"]
    assert "serviceAccountName" not in pod
    assert pod["containers"][0]["args"] == ["migrate"]


def test_pods_of_the_migration_get_no_requests() -> None:
    """The service, the budget and the spread count nodes alone."""
    objects = rendered(NEEDED)
    labels = one(objects, "Job")["spec"]["template"]["metadata"]["labels"]
    selectors = [one(objects, "Service")["spec"]["selector"]]
    selectors.append(one(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"])
    assert not [selector for selector in selectors if selector.items() <= labels.items()]


def test_one_thing_says_how_many_there_are() -> None:
    """Where the autoscaler counts, the deployment says no number that an upgrade would go back to."""
    scaled, fixed = rendered(NEEDED), rendered(BARE)
    assert "replicas" not in one(scaled, "Deployment")["spec"]
    assert one(fixed, "Deployment")["spec"]["replicas"] == 3
    assert "HorizontalPodAutoscaler" not in {made["kind"] for made in fixed}


def test_the_ingress_holds_nothing_back() -> None:
    """No buffering, no limit of size, and more patience than a merge needs."""
    annotations = one(rendered(EVERYTHING), "Ingress")["metadata"]["annotations"]
    told = {name.rpartition("/")[2]: value for name, value in annotations.items()}
    assert (told["proxy-request-buffering"], told["proxy-buffering"], told["proxy-body-size"]) == ("off", "off", "0")
    assert int(told["proxy-read-timeout"]) > load({}, {}).merge_wait
    assert "non_idempotent" not in told["proxy-next-upstream"]


def test_the_chart_is_of_this_version() -> None:
    """The image that is taken is the one of this Penstock."""
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == __version__
