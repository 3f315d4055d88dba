"""Uppy's S3 client in a real browser, from another origin."""

import json
import shutil
import subprocess
from pathlib import Path

import httpx

from tests.support.bytes import md5, noise
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

HERE = Path(__file__).with_name("uppy")
SIZE = 50 << 20
PARTS = 10


def test_uppy_is_cut_off_and_goes_on(live: ServerProcess, live_token: str, tmp_path: Path) -> None:
    """A file of 50 MB, whose page is closed after some parts, is completed by a second page that sends the others."""
    node, chromium = shutil.which("node"), shutil.which("chromium")
    required_in_ci(node is not None and chromium is not None, "node or chromium")
    required_in_ci((HERE / "node_modules").exists(), "tests/journeys/uppy/node_modules (npm ci)")
    content = noise(SIZE, tmp_path)
    picked, digest = tmp_path / "film.mp4", md5(content)
    picked.write_bytes(content)
    done = subprocess.run(
        [str(node), str(HERE / "drive.mjs"), str(chromium), live.url, live_token, digest, str(picked)],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["result"]["errors"] == []
    assert len(report["first"]) >= 3
    sent_again = set(report["result"]["signed"])
    assert sent_again.isdisjoint(report["first"])
    assert set(report["first"]) | sent_again <= set(range(1, PARTS + 1))
    assert 0 < len(sent_again) <= PARTS - 3
    assert httpx.get(report["result"]["location"]).content == content
