"""The benchmark runs: a small part of it, for real."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ci import required_in_ci

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.parametrize(
    ("part", "case", "figures"),
    [
        ("uploads", "survive power loss, or a crash alone", {"MiB/s", "CPU s/GiB", "peak RSS, MiB"}),
        ("sealing", "by number of parts", {"seal, ms", "seal, ms/GiB"}),
    ],
)
def test_a_quick_run_writes_its_results(tmp_path: Path, part: str, case: str, figures: set[str]) -> None:
    """`python -m bench PART --quick` measures, and leaves figures, tables and a plot. No figure is judged."""
    required_in_ci(shutil.which("cc") is not None, "a C compiler")
    command = [sys.executable, "-m", "bench", part, "--quick", "--rounds", "1", "--only", case]
    subprocess.run([*command, "--folder", tmp_path, "--out", tmp_path / "out"], cwd=ROOT, check=True, timeout=120)
    written = sorted((tmp_path / "out").iterdir())
    assert [path.suffix for path in written] == [".json", ".md", ".svg"]
    [found] = json.loads(written[0].read_text())["cases"]
    assert found["failed"] == {}
    assert all(figures <= set(spreads) for spreads in found["spreads"].values())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
