"""`drive` over a server in a process of its own: what was done stays done whatever dies."""

import base64
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.bytes import noise
from tests.support.process import ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", workers=2, upkeep_interval="1").start()
    yield server
    server.stop()


class Program:
    """Somebody's program."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        self.server, self.headers = server, {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = httpx.request(method, f"{self.server.url}/drive/v1/{path}", headers=self.headers, timeout=60, **kwargs)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def try_to(self, method: str, path: str) -> None:
        """Ask, whatever comes of it."""
        with suppress(httpx.TransportError):
            self.ask(method, path)

    def send(self, name: str, folder: str, content: bytes) -> None:
        metadata = {"filename": name, "folder": folder}
        told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": told}
        headers["Content-Type"] = "application/offset+octet-stream"
        answer = httpx.post(f"{self.server.url}/files/", headers=self.headers | headers, content=content, timeout=60)
        assert answer.status_code == 201, answer.text

    def names(self, path: str) -> list[str]:
        [entries] = [value for value in self.ask("GET", path).values() if isinstance(value, list)]
        return [entry["name"] for entry in entries]


def test_a_life_of_files(server: ServerProcess) -> None:
    """Sent into a folder, found by two characters, thrown away with it; a server dies; they come back and are whole."""
    program = Program(server, server.token("dora"))
    top = program.ask("POST", "folders", json={"name": "项目"})["id"]
    inner = program.ask("POST", "folders", json={"name": "2024", "folder": top})["id"]
    contents = {f"年度报告{number}.txt": f"number {number}".encode() for number in range(12)}
    for name, content in contents.items():
        program.send(name, inner, content)
    assert len(program.names("search?q=报告")) == 12
    assert program.names("search?q=告1&limit=2") == ["年度报告11.txt", "年度报告10.txt"]
    program.ask("DELETE", f"folders/{top}")
    server.kill()
    server.start()
    assert program.names("trash") == ["项目"]
    assert program.names("search?q=报告") == []
    program.ask("POST", f"trash/{top}/restore")
    assert sorted(program.names(f"files?folder={inner}")) == sorted(contents)
    for file in program.ask("GET", "files", params={"folder": inner})["files"]:
        address = f"{server.url}/drive/v1/files/{file['id']}/content"
        assert httpx.get(address, headers=program.headers).content == contents[file["name"]]
    program.ask("DELETE", f"folders/{top}")
    program.ask("DELETE", f"trash/{top}")
    assert program.names("files") == program.names("trash") == []


def test_a_folder_that_was_half_thrown_away_follows(server: ServerProcess) -> None:
    """The process that was asked dies in the middle: another one finishes it, and nothing of it is listed any more."""
    program = Program(server, server.token("dora"))
    top = program.ask("POST", "folders", json={"name": "top"})["id"]
    for number in range(15):
        folder = program.ask("POST", "folders", json={"name": f"{number}", "folder": top})["id"]
        program.send("a.txt", folder, b"content")
    asked = threading.Thread(target=program.try_to, args=("DELETE", f"folders/{top}"))
    asked.start()
    time.sleep(0.01)
    server.kill()
    asked.join()
    server.start()
    if program.names("folders"):
        program.ask("DELETE", f"folders/{top}")  # nothing had happened yet
    deadline = time.monotonic() + 30
    while program.names("files"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    program.ask("POST", f"trash/{top}/restore")
    assert len(program.names("files")) == 15


def test_a_zip_survives(server: ServerProcess, tmp_path: Path) -> None:
    """A zip of old and new files is made by whichever process is asked, goes on after a kill in the middle of a
    download, unpacks with other programs, and breaks off when a file in it goes.
    """
    program = Program(server, server.token("dora"))
    folder = program.ask("POST", "folders", json={"name": "项目"})["id"]
    contents = {f"年度报告{number}.bin": noise(3 << 20, str(number)) for number in range(4)}
    for name, content in contents.items():
        program.send(name, folder, content)
    made = program.ask("POST", "zips", json={"ids": [folder], "name": "papers"})
    while made["state"] != "ready":
        made = program.ask("GET", f"zips/{made['id']}")
    url, got = f"{server.url}/drive/v1/zips/{made['id']}/content", b""
    with httpx.stream("GET", url, headers=program.headers) as answer, suppress(httpx.TransportError):
        etag = answer.headers["etag"]
        for piece in answer.iter_bytes(1 << 16):
            got += piece
            if len(got) > 5 << 20:
                server.kill()
                break
    server.start()
    rest = httpx.get(url, headers=program.headers | {"Range": f"bytes={len(got)}-", "If-Range": etag})
    assert rest.status_code == 206
    (tmp_path / "papers.zip").write_bytes(got + rest.content)
    assert len(got + rest.content) == made["size"]
    with zipfile.ZipFile(tmp_path / "papers.zip") as unpacked:
        assert {name: unpacked.read(f"项目/{name}") for name in contents} == contents
    unzip = shutil.which("bsdtar") or shutil.which("unzip")
    if unzip is not None:
        test = [unzip, "-tf" if unzip.endswith("tar") else "-tqq", str(tmp_path / "papers.zip")]
        subprocess.run(test, check=True, capture_output=True)
    last = program.ask("GET", "files", params={"folder": folder, "order": "desc"})["files"][0]["id"]
    program.ask("DELETE", f"files/{last}")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url, headers=program.headers)
