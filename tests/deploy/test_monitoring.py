"""The dashboard and the alerts ask for what Penstock tells."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.deploy.programs import DEPLOY, judged, program
from tests.support.process import ServerProcess

DASHBOARD = json.loads((DEPLOY / "grafana" / "penstock.json").read_text())
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
RULES: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
TIMES = Path(__file__).with_name("alerts.yaml")

SHOWN = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
ASKED = SHOWN + [rule["expr"] for rule in RULES]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a node that has taken a part tells at /metrics."""
    server = ServerProcess(tmp_path_factory.mktemp("watched") / "data").start()
    headers = {"Authorization": f"Bearer {server.token('olga')}"}
    httpx.post(f"{server.url}/api/files/upload", files={"file": ("a", b"hello")}, headers=headers)
    yield httpx.get(f"{server.url}/metrics").text
    server.stop()


def test_every_metric_that_is_asked_for_is_told(told: str) -> None:
    """Dashboard and alerts name metrics, and labels of them, that `/metrics` has."""
    there = {line.partition("{")[0].split()[0] for line in told.splitlines() if not line.startswith("#")}
    for asked in ASKED:
        for name, labels in re.findall(r"(penstock_\w+)(?:\{([^}]*)\})?", asked):
            assert name in there
            wanted = set(re.findall(r"(\w+)=", labels)) - {"job", "instance"}
            assert wanted <= set(re.findall(r"(?<=[{,])(\w+)=", "".join(re.findall(rf"^{name}\{{.*", told, re.M))))


def test_every_metric_that_is_told_is_shown(told: str) -> None:
    """The dashboard leaves out none of Penstock's metrics."""
    families = {re.sub(r"_(total|created)$", "", name) for name in re.findall(r"^# TYPE (penstock_\w+)", told, re.M)}
    shown = " ".join(SHOWN)
    assert {family for family in families if family not in shown} == set()


def test_panels_do_not_overlap() -> None:
    """Every panel has an id and a place of its own."""
    places: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not own & places
        assert at["x"] + at["w"] <= 24
        places |= own
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_reads_what_the_dashboard_asks(tmp_path: Path) -> None:
    """Every query of the dashboard is one, once Grafana has put values in the places of its variables."""
    rules = [
        {"record": f"panel:{number}", "expr": expr.replace("$job", "penstock").replace("$__rate_interval", "5m")}
        for number, expr in enumerate(SHOWN)
    ]
    written = tmp_path / "dashboard.yaml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    judged(program("promtool"), "check", "rules", written)


def test_alerts_fire_when_they_should() -> None:
    """Every alert fires for what it is about, and for nothing else that is tried (tests/deploy/alerts.yaml)."""
    judged(program("promtool"), "check", "rules", ALERTS)
    judged(program("promtool"), "test", "rules", TIMES)
    tried = [one for test in yaml.safe_load(TIMES.read_text())["tests"] for one in test["alert_rule_test"]]
    assert {one["alertname"] for one in tried if one["exp_alerts"]} == {rule["alert"] for rule in RULES}
