"""The shell sessions of the `metaid` contract, run as printed against a live server."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contracts.documents import examples
from tests.dialects.metaid.client import ADDRESS, META_ID
from tests.support.bytes import noise
from tests.support.ci import required_in_ci
from tests.support.pictures import photo
from tests.support.process import ServerProcess

SCRIPTS = Path(__file__).parents[2] / "scripts"
PUBLIC = "https://file.metaid.io/metafile-uploader"
FLOW = "完整上传流程"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    started = ServerProcess(tmp_path_factory.mktemp("flow") / "data", open="metaid").start()
    started.command("wallet", "fund")
    yield started
    started.stop()


def block(heading: str, holding: str) -> str:
    """The shell block under a heading that holds these words."""
    required_in_ci(shutil.which("jq") is not None, "jq")
    [found] = [
        text
        for place, text in examples("metaid").items()
        if place.heading.endswith(heading) and isinstance(text, str) and holding in text
    ]
    return found


def dispatch(folder: Path, picture: bytes) -> Path:
    """A folder as the contract's user has it: the scripts, an account, files."""
    (folder / "scripts").symlink_to(SCRIPTS)
    account = {"accountList": [{"mvcAddress": ADDRESS}]}
    (folder / "account.json").write_text(json.dumps(account))
    (folder / "res" / "file").mkdir(parents=True)
    for name in ("test.png", "image.jpg"):
        (folder / "res" / "file" / name).write_bytes(picture)
    return folder


def run(script: str, folder: Path, server: ServerProcess, **variables: str) -> str:
    """Run a block with the service's address changed. A body too long for a command line goes through standard input
    (Linux takes no argument over 128 KiB).
    """
    script = script.replace(PUBLIC, f"{server.url}/metafile-uploader")
    script = script.replace('-d "{', '--data-binary @- <<< "{')
    environment = os.environ | {"API_BASE": "", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def content(server: ServerProcess, pin: str) -> bytes:
    return httpx.get(f"{server.url}/metafile-uploader/api/v1/files/content/{pin}", timeout=60).content


def test_the_whole_flow_of_a_small_file(server: ServerProcess, tmp_path: Path) -> None:
    """The script publishes a picture at once and prints a PIN whose content is the picture."""
    picture = photo(400, 300)
    printed = run(block(FLOW, "API_BASE="), dispatch(tmp_path, picture), server)
    assert "Using direct upload..." in printed
    [pin] = re.findall(r"PinID: ([0-9a-f]{64}i0)", printed)
    assert content(server, pin) == picture


def test_the_whole_flow_of_a_large_file(server: ServerProcess, tmp_path: Path) -> None:
    """The same script publishes a large file in chunks, watches the task and prints its end."""
    picture = photo(400, 300) + noise(7 << 20)
    printed = run(block(FLOW, "API_BASE="), dispatch(tmp_path, picture), server)
    assert "Using chunked upload..." in printed
    ended = json.loads(printed.splitlines()[-1])
    assert (ended["success"], ended["chunkCount"]) == (True, 4)
    assert content(server, ended["pinId"]) == picture
    assert httpx.get(ended["viewUrls"]["content"], timeout=60).content == picture


def test_the_sample_of_a_direct_upload(server: ServerProcess, tmp_path: Path) -> None:
    """The sample under `direct-upload` ends with a success."""
    printed = run(block("direct-upload", "完整示例"), dispatch(tmp_path, photo(40, 40)), server)
    assert json.loads(printed)["data"]["status"] == "success"


def test_the_samples_around_a_task(server: ServerProcess, tmp_path: Path) -> None:
    """The samples that create a task, poll it and page through tasks run one after the other."""
    folder = dispatch(tmp_path, b"")
    variables = {
        "address": ADDRESS,
        "metaId": META_ID,
        "fileContent": "aGVsbG8=",
        "API_BASE": f"{server.url}/metafile-uploader",
    }
    printed = run(block("chunked-upload-task", "创建任务"), folder, server, **variables)
    [task] = re.findall(r"Task ID: (task_[0-9a-f]{32})", printed)
    assert json.loads(printed.splitlines()[-1])["success"] is True
    polled = run(block(":taskId", "手动轮询").replace("task_abc123def456", task), folder, server, **variables)
    assert "Status: success | Progress: 100%" in polled
    pages = run(block("files/tasks", "获取下一页"), folder, server, **variables)
    assert task in pages
