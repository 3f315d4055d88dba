"""The sample clients printed in a contract run as they are printed, against a live server."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from tests.contracts.documents import sample
from tests.support.bytes import noise, sha256
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

SIZE = 2_500_000


@pytest.fixture
def picked(tmp_path: Path) -> list[Path]:
    """Two files that a person picks: one of three parts, one of a single part."""
    files = [tmp_path / "first.bin", tmp_path / "second.bin"]
    for file, size in zip(files, (SIZE, 1000), strict=True):
        file.write_bytes(noise(size, file.name))
    return files


def fetched(live: ServerProcess, token: str, url: str) -> bytes:
    return httpx.get(live.url + url, headers={"Authorization": f"Bearer {token}"}).content


def test_the_javascript_sample_uploads_every_file_that_is_picked(
    live: ServerProcess, live_token: str, picked: list[Path], tmp_path: Path
) -> None:
    """The page's script, unmodified, uploads two files one after the other under its one id, and asks for both."""
    node = shutil.which("node")
    required_in_ci(node is not None, "node")
    script = tmp_path / "sample.js"
    script.write_text(sample("scratch", "javascript"))
    harness = Path(__file__).with_name("samples.js")
    done = subprocess.run(
        [str(node), str(harness), str(script), live.url, live_token, *map(str, picked)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    events = [json.loads(line) for line in done]
    assert [event for event in events if event["event"] == "error"] == []
    logged = [event["value"] for event in events if event["event"] == "log"]
    results = [words[1]["file"] for words in logged if words[0] == "Upload successful:"]
    assert [result["name"] for result in results] == ["first.bin", "second.bin"]
    for result, file in zip(results, picked, strict=True):
        assert fetched(live, live_token, result["url"]) == file.read_bytes()
    statuses = [event["value"] for event in events if event["event"] == "status"]
    assert [(status["chunks"], status["completed"]) for status in statuses] == [([0, 1, 2], True), ([0], True)]
    assert events[-1]["value"]["status"] == "error"  # what is complete is not cancelled


@pytest.fixture
def integers_in_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today's `requests` refuses integer header values; write them as the digits they are."""
    post = requests.post

    def posted(url: str, headers: Mapping[str, Any], **rest: Any) -> requests.Response:
        return post(url, headers={name: str(value) for name, value in headers.items()}, **rest)

    monkeypatch.setattr(requests, "post", posted)


@pytest.mark.usefixtures("integers_in_headers")
def test_the_python_sample_uploads_its_file(
    live: ServerProcess, live_token: str, picked: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The script, with its address, token and path filled in, uploads the file and is told that it is complete."""
    text = sample("scratch", "python")
    filled = iter([live.url, live_token, str(picked[0])])
    text = re.sub(r"(?<=StreamUploader\()'([^']*)', '([^']*)'", lambda _: literals(filled, 2), text)
    text = re.sub(r"(?<=upload_file\()'([^']*)'", lambda _: literals(filled, 1), text)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "scratch.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "Upload successful:" in printed, printed
    assert names["result"]["file"]["sha256"] == sha256(picked[0].read_bytes())
    assert fetched(live, live_token, names["result"]["file"]["url"]) == picked[0].read_bytes()
    assert names["uploader"].get_upload_status()["chunks"] == [0, 1, 2]
    assert names["uploader"].cancel_upload()["status"] == "error"  # what is complete is not cancelled


def literals(values: Iterator[str], count: int) -> str:
    return ", ".join(repr(next(values)) for _ in range(count))
