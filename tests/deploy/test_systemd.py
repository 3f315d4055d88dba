"""The unit for systemd, judged by systemd."""

import re
from pathlib import Path

from penstock.settings import Settings
from tests.deploy.programs import DEPLOY, ROOT, judged, program

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
