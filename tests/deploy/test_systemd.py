"""The unit for systemd, judged by systemd."""

import hashlib
import io
import os
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image

from cluster.programs import Program, accepts, free_port
from penstock.settings import Settings
from tests.deploy.programs import DEPLOY, ROOT, judged, program
from tests.support.process import PENSTOCK

UNIT = DEPLOY / "systemd" / "penstock.service"


def test_the_unit_is_as_tight_as_the_docs_say() -> None:
    """`systemd-analyze` finds the exposure that docs/deploy.md tells, or less."""
    [figure] = re.findall(r"exposure level of (\d\.\d)", (ROOT / "docs" / "deploy.md").read_text())
    threshold = round(float(figure) * 10)
    judged(program("systemd-analyze"), "security", "--offline=true", f"--threshold={threshold}", UNIT)


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """No setting is unknown, and no group of system calls."""
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text().replace("/opt/penstock/bin/penstock", "/bin/true"))
    assert judged("sh", "-c", f"{program('systemd-analyze')} verify --man=no {here} 2>&1") == ""


def test_a_stop_waits_for_requests() -> None:
    """systemd kills nothing that Penstock itself still waits for."""
    [timeout] = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.M)
    assert int(timeout) > Settings().shutdown_grace


def test_pictures_can_be_shut_in() -> None:
    """The system calls that confine a picture's process are allowed: without them drawings would have no text."""
    [allowed] = re.findall(r"^SystemCallFilter=(@.*)$", UNIT.read_text(), re.M)
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"} <= set(allowed.split())


def group(name: str) -> set[str]:
    """The system calls of a group, and of the groups in it."""
    told = judged(program("systemd-analyze"), "syscall-filter", name).splitlines()[1:]
    named = {line.strip() for line in told if line.strip() and not line.strip().startswith("#")}
    return set[str]().union(*(group(each) if each.startswith("@") else {each} for each in named))


def work(url: str, data: Path) -> None:
    """An upload, a picture, a sign-in, a removal."""
    account = ("olga", "--data", str(data))
    judged(PENSTOCK, "users", "add", *account, "--password-stdin", stdin="a password\n")
    made = io.BytesIO()
    Image.new("RGB", (300, 200), (9, 8, 200)).save(made, "JPEG")
    headers = {"Authorization": f"Bearer {judged(PENSTOCK, 'tokens', 'create', *account).strip()}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
        picture = {"identifier": hashlib.md5(made.getvalue()).hexdigest(), "width": "90"}
        files = {"file": ("a.jpg", made.getvalue())}
        assert api.post("/oss/api/media/image/upload", data=picture, files=files).status_code == 200
        sent = api.post("/api/files/upload", files={"file": ("a", bytes(1 << 20))}).json()["data"]
        assert len(api.get(f"/api/files/{sent['id']}/download").content) == 1 << 20
        assert api.post("/api/auth/login", json={"username": "olga", "password": "a password"}).status_code == 200
        assert api.delete(f"/api/files/{sent['id']}").status_code == 200


@pytest.mark.cluster
@pytest.mark.long
def test_no_system_call_is_refused(tmp_path: Path) -> None:
    """Whatever a server asks of the kernel, in its own process and in those of pictures, the unit allows."""
    trace, port = tmp_path / "trace", free_port()
    traced = [program("strace"), "-f", "-qq", "-o", str(trace)]
    command = [*traced, PENSTOCK, "serve", "--data", str(tmp_path / "data"), "--port", str(port)]
    with Program(command, tmp_path / "log", lambda: accepts(port), environment={"PENSTOCK_MIN_FREE": "0"}):
        work(f"http://127.0.0.1:{port}", tmp_path / "data")
    made = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.M))
    first, then = re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.M)
    allowed = set[str]().union(*(group(each) if each.startswith("@") else {each} for each in first.split()))
    assert "landlock_restrict_self" in made
    as_root = {"fchown"} if os.geteuid() == 0 else set[str]()  # SQLite gives its files to their owner
    assert made - (allowed - group(then.removeprefix("~"))) == as_root
