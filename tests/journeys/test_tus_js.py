"""tus-js-client, which Uppy and many others stand on, as it comes from npm."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.journeys.widget_pages import PACKAGES
from tests.support.bytes import noise
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

CLIENTS = ["tus-js-client", "tus-js-client-5"]
PROTOCOLS = [("tus-v1", "/files/")]
WAYS = ["whole", "chunks", "creation", "deferred", "overridden", "abort"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("protocol", "endpoint"), PROTOCOLS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_file_arrives(
    live: ServerProcess, live_token: str, tmp_path: Path, client: str, protocol: str, endpoint: str, way: str
) -> None:
    """In every way that the client knows of: at once, in chunks, with its creation, of unknown length, with the method
    in a header, and cut off in the middle.
    """
    node = shutil.which("node")
    required_in_ci(node is not None, "node")
    required_in_ci(PACKAGES.exists(), "tests/journeys/widgets/node_modules (npm ci)")
    content, picked = noise(3_000_000, (client, protocol, way)), tmp_path / "picked.bin"
    picked.write_bytes(content)
    script, address = PACKAGES.with_name("tus.mjs"), f"{live.url}{endpoint}"
    done = subprocess.run(
        [str(node), str(script), client, protocol, address, live_token, str(picked), way],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[:2000]
    answer = httpx.get(done.stdout.strip(), headers={"Authorization": f"Bearer {live_token}"})
    assert answer.content == content
    assert "%E6%96%87%E4%BB%B6.bin" in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/x-penstock"
