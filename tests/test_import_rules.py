"""The directions between the layers hold, and each rule that says so can fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")

MUTATIONS: dict[str, list[tuple[str, str]]] = {
    "layers": [
        ("engine/uploads.py", "import penstock.http.routing.answers"),
        ("http/routing/answers.py", "import penstock.dialects.files"),
        ("ports/files.py", "import penstock.engine.media"),
        ("engine/media.py", "import penstock.publishing.plans"),
        ("publishing/plans.py", "import penstock.engine.media"),
        ("identity/access.py", "import penstock.engine.media"),
        ("chain/pins.py", "import penstock.ports"),
    ],
    "model": [("model/ids.py", "import xxhash"), ("model/ids.py", "import penstock.ports")],
    "engine": [
        ("engine/media.py", "import sqlite3"),
        ("ports/files.py", "import penstock.settings"),
        ("imaging/__init__.py", "import starlette"),
        ("chain/pins.py", "import sqlite3"),
        ("identity/access.py", "import sqlite3"),
    ],
    "dialects": [("dialects/files/wire.py", "import penstock.settings"), ("dialects/files/wire.py", "import sqlite3")],
    "strangers": [("dialects/files/wire.py", "import penstock.dialects.scratch.wire")],
    "adapters": [
        ("adapters/disk/files.py", "import penstock.engine.media"),
        ("adapters/disk/files.py", "import penstock.publishing.plans"),
    ],
    "technologies": [("adapters/disk/files.py", "import penstock.adapters.sql.database")],
    "imaging": [("engine/media.py", "import penstock.imaging"), ("ports/files.py", "import penstock.imaging")],
    "bootstrap": [("cli/common.py", "import penstock.adapters.disk")],
}
"""For each contract of `.importlinter`, files and the line that breaks it there."""


def contracts() -> list[str]:
    lines = (ROOT / ".importlinter").read_text().splitlines()
    return [line[1:-1].rpartition(":")[2] for line in lines if line.startswith("[importlinter:contract:")]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and its rules, to be spoilt."""
    folder = tmp_path_factory.mktemp("rules")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_rules_hold(copy: Path) -> None:
    """Nothing imports what it must not know."""
    done = lint(copy)
    assert done.returncode == 0, done.stdout


def test_every_rule_is_put_to_the_test() -> None:
    """A rule that is added without a mutation fails here."""
    assert set(contracts()) == set(MUTATIONS)


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [(contract, file, line) for contract, mutations in MUTATIONS.items() for file, line in mutations],
)
def test_a_rule_can_fail(copy: Path, contract: str, file: str, line: str) -> None:
    """One forbidden import breaks the rule that forbids it."""
    path = copy / "src" / "penstock" / file
    whole = path.read_text()
    path.write_text(f"{whole}\n{line}\n")
    try:
        done = lint(copy, "--contract", contract)
        assert done.returncode == 1, done.stdout
        assert "BROKEN" in done.stdout
    finally:
        path.write_text(whole)
