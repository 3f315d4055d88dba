"""A dialect is one folder, one page, and the rows of its tests: nothing else knows its name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.process import ServerProcess

ROOT = Path(__file__).parents[1]
DROPIN = ROOT / "tests" / "dropin"
LINT = Path(sys.executable).with_name("lint-imports")

MATRICES = [
    "tests/dialects/test_who_may.py",
    "tests/dialects/test_bad_input.py",
    "tests/dialects/test_faults.py",
    "tests/http/docs/test_openapi.py",
    "tests/docs/test_pages.py",
]
"""What holds for every dialect that is here, its documentation pages among it."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repo with a small dialect dropped into it, and not a line edited."""
    folder = tmp_path_factory.mktemp("dropin")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".cache")
    for name in ("src", "tests", "docs", "cluster"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in (".importlinter", "pyproject.toml", "README.md", "README.zh-CN.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(DROPIN / "pocket", folder / "src" / "penstock" / "dialects" / "pocket", ignore=ignored)
    (folder / "tests" / "dialects" / "pocket").mkdir()
    shutil.copy(DROPIN / "calls.py", folder / "tests" / "dialects" / "pocket")
    shutil.copy(DROPIN / "pocket.md", folder / "docs" / "dialects")
    return folder


def environment(copy: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(copy / "src")}


def run(copy: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=copy, env=environment(copy), capture_output=True, text=True, check=False)


@pytest.mark.long
def test_a_folder_is_a_dialect(copy: Path, tmp_path: Path) -> None:
    """A dialect whose folder is there is served, has a setting, a page and a document, and may be opened."""
    server = ServerProcess(tmp_path / "data", open="pocket", pocket_limit="5")
    server.environment["PYTHONPATH"] = str(copy / "src")
    server.start()
    try:
        kept = httpx.put(f"{server.url}/pocket/files?name=hello.txt", content=b"hello").json()
        assert httpx.get(f"{server.url}/pocket/files/{kept['id']}").content == b"hello"
        assert httpx.put(f"{server.url}/pocket/files?name=hello.txt", content=b"hello!").status_code == 413
        assert 'href="docs/pocket"' in httpx.get(f"{server.url}/docs").text
        document = httpx.get(f"{server.url}/docs/pocket/openapi.json").json()
        assert set(document["paths"]) == {"/pocket/files", "/pocket/files/{id}"}
    finally:
        server.stop()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_matrices_hold_for_it(copy: Path) -> None:
    """It is tried with every bad value and every kind of credential, and its words and pages are held to the same."""
    chosen = "pocket or every_call or every_fault"
    done = run(copy, sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", chosen, *MATRICES)
    assert done.returncode == 0, done.stdout
    tried = run(
        copy, sys.executable, "-m", "pytest", "-q", "-n", "0", "--collect-only", "-k", "pocket", *MATRICES
    ).stdout
    assert all(f"{matrix}::" in tried for matrix in MATRICES), tried


def test_the_import_rules_hold_for_it(copy: Path) -> None:
    """The lint knows it by its folder: it holds, and a dialect that imports another is refused."""
    whole = run(copy, LINT, "--no-cache")
    assert whole.returncode == 0, whole.stdout
    wire = copy / "src" / "penstock" / "dialects" / "pocket" / "wire.py"
    text = wire.read_text()
    for line in ("import penstock.dialects.scratch.wire", "from penstock.settings import Settings"):
        wire.write_text(f"{text}\n{line}\n")
        broken = run(copy, LINT, "--no-cache")
        assert (broken.returncode, "BROKEN" in broken.stdout) == (1, True), broken.stdout
    wire.write_text(text)
