"""The image and the compose file, judged without a builder: by linters, by nginx, by the compose specification."""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.settings import Settings, load
from tests.deploy.programs import DEPLOY, ROOT, judged, program

HERE = DEPLOY / "container"
DOCKERFILE = (HERE / "Dockerfile").read_text()
WRITTEN = (HERE / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(WRITTEN)["services"]
NODES = ("node1", "node2", "node3")
NEEDED = re.compile(r"\$\{(\w+):\?[^}]*\}")


def test_the_image_is_written_well() -> None:
    """hadolint finds nothing, but for Debian's packages, whose versions follow the base image."""
    judged(program("hadolint"), "--failure-threshold", "style", HERE / "Dockerfile")


def test_the_image_takes_what_it_copies_and_nothing_else() -> None:
    """Whatever is copied in is there and not ignored; folders of data, tests and keys are."""
    ignored, *kept = [
        line for line in (HERE / "Dockerfile.dockerignore").read_text().splitlines() if not line.startswith("#")
    ]
    assert ignored == "*"
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M) for name in line.split()]
    assert {line[1:] for line in kept if line.startswith("!")} == {name.removeprefix("./") for name in copied}
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_runs_as_nobody_special() -> None:
    """It has a user without rights, which is a number (`runAsNonRoot` knows no names), and looks after itself."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER \d{5}:\d{5}$", last, re.M)
    assert "HEALTHCHECK" in last
    assert "gcc" not in last


def test_the_settings_are_settings() -> None:
    """Penstock takes every value that a node is given."""
    given = {name: NEEDED.sub("abc", str(value)) for name, value in SERVICES["node1"]["environment"].items()}
    assert load({}, given).trusted_proxies == ("10.89.80.0/24",)


@pytest.mark.parametrize("node", NODES)
def test_a_node_may_write_its_spool_alone(node: str) -> None:
    """Its root is read-only, it has no capability, and a stop waits for its requests."""
    service = SERVICES[node]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert [volume.partition(":")[2] for volume in service["volumes"]] == ["/var/lib/penstock"]
    assert float(service["stop_grace_period"].removesuffix("s")) > Settings().shutdown_grace


def test_nodes_differ_in_their_spool_alone() -> None:
    """Three nodes are one thing, three times."""
    first, *others = ({**SERVICES[node], "volumes": None} for node in NODES)
    assert all(other == first for other in others)


def test_every_image_of_others_has_a_version() -> None:
    """What is pulled is no surprise."""
    for name, service in SERVICES.items():
        if "build" not in service:
            assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", service["image"]), name


def test_the_head_of_the_file_makes_every_secret() -> None:
    """Whoever types what stands there has every variable, and the file, that is asked for."""
    head = WRITTEN.partition("\nname:")[0]
    [names] = re.findall(r"for name in ([A-Z0-9 ]+);", head)
    assert {f"{name}_PASSWORD" for name in names.split()} == set(NEEDED.findall(WRITTEN))
    assert "> secret" in head


def test_nginx_reads_what_compose_gives_it(tmp_path: Path) -> None:
    """The configuration is one, and hands on as the one in deploy/nginx does."""
    text = re.sub(r"node\d:", "127.0.0.1:", (HERE / "nginx.conf").read_text())
    for volume in SERVICES["nginx"]["volumes"]:
        source, target, _ = volume.split(":")
        text = text.replace(target, str((HERE / source).resolve()))
    own = "".join(f"{kind}_temp_path {tmp_path};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = tmp_path / "conf"
    conf.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {own} {text} }}")
    judged(program("nginx"), "-t", "-q", "-e", "stderr", "-p", tmp_path, "-c", conf)


@pytest.mark.cluster
def test_the_file_keeps_the_compose_specification(tmp_path: Path) -> None:
    """compose-go, with which `docker compose` itself reads files, finds nothing wrong."""
    filled = tmp_path / "compose.yaml"
    filled.write_text(NEEDED.sub("abc", WRITTEN))
    assert all(f"{node}:" in judged(program("compose-spec"), filled) for node in NODES)
    filled.write_text(filled.read_text().replace("read_only: true", "readonly: true"))
    with pytest.raises(AssertionError):
        judged(program("compose-spec"), filled)


def test_only_what_is_needed_is_sent_to_the_builder() -> None:
    """Libraries that were built here are not taken for the image's own."""
    ignored = (HERE / "Dockerfile.dockerignore").read_text().splitlines()
    assert any(fnmatch("src/penstock/multibuffer/md5.so", pattern) for pattern in ignored if pattern != "*")
