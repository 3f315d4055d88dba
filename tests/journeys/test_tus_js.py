"""tus-js-client, which many others stand on, as it comes from npm: in tus, and in versions 5 and 6 of the draft."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.journeys.widget_pages import PACKAGES
from tests.support.bytes import noise
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

WAYS = ["whole", "chunks", "creation", "deferred", "overridden", "parallel", "abort"]
SPOKEN = [("tus-js-client", "tus-v1", way) for way in WAYS] + [("tus-js-client-5", "tus-v1", way) for way in WAYS]
SPOKEN += [
    ("tus-js-client-5", draft, way)
    for draft in ("ietf-draft-03", "ietf-draft-05")
    for way in ("whole", "chunks", "creation", "abort")
]
"""Each client with what it speaks, and in which ways."""


@pytest.mark.parametrize(("client", "protocol", "way"), SPOKEN)
def test_a_file_arrives(
    live: ServerProcess, live_token: str, tmp_path: Path, client: str, protocol: str, way: str
) -> None:
    """In every way that the client knows of: at once, in chunks, with its creation, of unknown length, with the method
    in a header, in parts side by side, and cut off in the middle.
    """
    node = shutil.which("node")
    required_in_ci(node is not None, "node")
    required_in_ci(PACKAGES.exists(), "tests/journeys/widgets/node_modules (npm ci)")
    content, picked = noise(3_000_000, (client, protocol, way)), tmp_path / "picked.bin"
    picked.write_bytes(content)
    script, address = PACKAGES.with_name("tus.mjs"), f"{live.url}{'/files/' if protocol == 'tus-v1' else '/resumable/'}"
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
    if protocol == "tus-v1":  # the client tells no metadata in the others
        assert "%E6%96%87%E4%BB%B6.bin" in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == "application/x-penstock"
