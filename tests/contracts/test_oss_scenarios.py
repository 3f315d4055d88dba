"""The three scenario scripts of the `oss` contract run as they are printed, twice each, against a live server."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contracts.documents import text_of
from tests.support.bytes import md5, noise
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

MIB = 1 << 20


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """The scripts of the section on scenarios, together in one file."""
    section = text_of("oss").partition("\n## 使用场景示例\n")[2].partition("\n## ")[0]
    blocks = [block.partition("```")[0] for block in section.split("```javascript\n")[1:]]
    assert len(blocks) == 3
    script = tmp_path / "scenarios.js"
    script.write_text("\n".join(blocks))
    return script


class Node:
    """Runs a scenario and tells what happened."""

    def __init__(self, scenarios: Path, live: ServerProcess, token: str) -> None:
        node = shutil.which("node")
        required_in_ci(node is not None, "node")
        self.command = [str(node), str(Path(__file__).with_name("scenarios.js")), str(scenarios), live.url, token]

    def run(self, function: str, *arguments: str) -> tuple[Any, list[list[Any]], list[str]]:
        """The scenario's result, the calls it made, the words it logged."""
        done = subprocess.run(
            [*self.command, function, *arguments], capture_output=True, text=True, check=True, timeout=120
        )
        events = [json.loads(line) for line in done.stdout.splitlines()]
        told = {kind: [event["value"] for event in events if event["event"] == kind] for kind in ("call", "log")}
        return events[-1]["value"], told["call"], [words[0] for words in told["log"]]


@pytest.fixture
def node(scenarios: Path, live: ServerProcess, live_token: str) -> Node:
    return Node(scenarios, live, live_token)


def test_a_small_file_is_sent_once_and_then_found(node: Node, tmp_path: Path) -> None:
    """The first run uploads; the second finds the file by its MD5 and sends nothing."""
    picked = tmp_path / "small.bin"
    picked.write_bytes(noise(2 * MIB, tmp_path))
    first, calls, words = node.run("uploadSmallFile", str(picked))
    assert [status for _, _, status in calls] == [404, 200]
    assert words == ["上传成功:"]
    assert httpx.get(first["path"]).content == picked.read_bytes()
    second, calls, words = node.run("uploadSmallFile", str(picked))
    assert [(path, status) for _, path, status in calls] == [("/api/file/multipart/isExits", 200)]
    assert words == ["秒传成功:"]
    assert second == first


def test_a_large_file_is_sent_in_parts_and_then_found(node: Node, tmp_path: Path) -> None:
    """The first run opens an upload, PUTs every part to its presigned address and merges; the second sends nothing."""
    picked = tmp_path / "large.mp4"
    picked.write_bytes(noise(12 * MIB, tmp_path))
    first, calls, _ = node.run("uploadLargeFile", str(picked))
    assert [method for method, _, _ in calls] == ["GET", "POST", "PUT", "PUT", "PUT", "GET"]
    assert {status for _, _, status in calls} == {200}
    assert (first["name"], first["size"], first["type"]) == ("large.mp4", 12 * MIB, "video/mp4")
    assert httpx.get(first["path"]).content == picked.read_bytes()
    second, calls, words = node.run("uploadLargeFile", str(picked))
    assert [path for _, path, _ in calls] == ["/api/file/multipart/check"]
    assert (words, second["path"]) == (["文件已上传:"], first["path"])


def test_a_large_file_that_was_cut_off_goes_on(
    node: Node, live: ServerProcess, live_token: str, tmp_path: Path
) -> None:
    """After some parts of an earlier try, only those that are missing are sent."""
    picked = tmp_path / "resumed.mp4"
    content = noise(12 * MIB, tmp_path)
    picked.write_bytes(content)
    headers = {"Authorization": f"Bearer {live_token}"}
    payload = {
        "identifier": md5(content),
        "fileName": "resumed.mp4",
        "fileSize": len(content),
        "partNum": 3,
        "partSize": 5 * MIB,
    }
    begun = httpx.post(f"{live.url}/api/file/multipart/init", headers=headers, json=payload).json()["data"]
    httpx.put(begun["uploadUrl"]["2"], content=content[5 * MIB : 10 * MIB]).raise_for_status()
    done, calls, _ = node.run("uploadLargeFile", str(picked))
    assert [method for method, _, _ in calls] == ["GET", "PUT", "PUT", "GET"]
    assert httpx.get(done["path"]).content == content


def test_a_download_goes_on_where_it_stopped(node: Node, live: ServerProcess, live_token: str, tmp_path: Path) -> None:
    """Half a file on the disk becomes the whole; asked again, there is nothing more to fetch."""
    content = noise(3 * MIB, tmp_path)
    digest, place = md5(content), tmp_path / "fetched.bin"
    headers = {"Authorization": f"Bearer {live_token}"}
    sent = httpx.post(
        f"{live.url}/api/file/upload?identifier={digest}", headers=headers, files={"file": ("f.bin", content)}
    )
    assert sent.status_code == 200, sent.text
    place.write_bytes(content[:MIB])
    _, calls, words = node.run("downloadWithResume", digest, str(place))
    assert [status for _, _, status in calls] == [206]
    assert place.read_bytes() == content
    assert words[-1].startswith("下载进度: ")
    _, calls, words = node.run("downloadWithResume", digest, str(place))
    assert ([status for _, _, status in calls], words) == ([416], ["文件已完整下载"])
    place.unlink()
    _, calls, words = node.run("downloadWithResume", digest, str(place))
    assert ([status for _, _, status in calls], place.read_bytes()) == ([200], content)
    assert words[-1] == "下载进度: 100%"
