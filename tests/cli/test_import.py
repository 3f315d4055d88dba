"""`penstock import tusd`: the folder of a tusd becomes uploads, under their addresses."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.bytes import noise
from tests.support.process import ServerProcess

WHOLE = noise(100_000, "whole")
DONE, BEGUN, DEFERRED = "25384c096c7bf3b6433555a5d090f3a7", "201757dd036bc3488c4f19a94ad522e2", "da58b2d4f7b610d4"
ONE, TWO, FINAL, EMPTY = "fd81ae8a0b695c10", "a70436365959d95d", "5f21f3510061d296", "19559923e3726958"
CHUNK = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


class Tusd:
    """A folder as tusd 2.9 leaves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def keep(self, name: str, content: bytes, size: int | None = None, **facts: Any) -> None:
        path = self.folder / name
        path.write_bytes(content)
        info = {
            "ID": name,
            "Size": len(content) if size is None else size,
            "SizeIsDeferred": False,
            "Offset": 0,
            "MetaData": {},
            "IsPartial": False,
            "IsFinal": False,
            "PartialUploads": None,
            "Storage": {"InfoPath": f"{path}.info", "Path": str(path), "Type": "filestore"},
        }
        Path(f"{path}.info").write_text(json.dumps(info | facts))


@pytest.fixture
def tusd(tmp_path: Path) -> Tusd:
    tusd = Tusd(tmp_path / "tusd")
    tusd.keep(DONE, WHOLE, MetaData={"filename": "文件.txt", "filetype": "text/plain", "empty": ""})
    tusd.keep(BEGUN, WHOLE[:40_000], len(WHOLE), MetaData={"name": "b.bin"})
    tusd.keep(DEFERRED, WHOLE[:10], 0, SizeIsDeferred=True)
    tusd.keep(ONE, b"abc", IsPartial=True)
    tusd.keep(TWO, b"de", 3, IsPartial=True)
    tusd.keep(FINAL, b"abcdef", IsFinal=True, PartialUploads=[ONE, TWO])
    tusd.keep(EMPTY, b"")
    return tusd


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data").start()
    yield server
    server.stop()


@pytest.fixture
def caller(server: ServerProcess) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.token('mo')}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as caller:
        yield caller


def run(server: ServerProcess, tusd: Tusd, owner: str = "mo") -> str:
    return server.command("import", "tusd", str(tusd.folder), "--owner", owner)


def refused(server: ServerProcess, folder: Path, owner: str = "mo") -> str:
    """What a run that fails says."""
    with pytest.raises(subprocess.CalledProcessError) as failure:
        server.command("import", "tusd", str(folder), "--owner", owner)
    return str(failure.value.stderr)


def state(caller: httpx.Client, name: str) -> dict[str, str]:
    answer = caller.head(f"/files/{name}", headers=CHUNK)
    assert answer.status_code == 200, name
    return dict(answer.headers)


def test_what_is_there_afterwards(server: ServerProcess, caller: httpx.Client, tusd: Tusd) -> None:
    """Finished uploads are files under their addresses, not copied, with their metadata; unfinished ones go on where
    they were; a second run has nothing to do.
    """
    assert run(server, tusd) == "finished, copied: 1, to be gone on with: 4, finished, not copied: 2\n"
    answer = caller.get(f"/files/{DONE}")
    assert (answer.content, answer.headers["content-type"]) == (WHOLE, "text/plain")
    assert "%E6%96%87%E4%BB%B6.txt" in answer.headers["content-disposition"]
    told = state(caller, DONE)
    assert told["upload-metadata"] == "filename 5paH5Lu2LnR4dA==,filetype dGV4dC9wbGFpbg==,empty"
    assert (told["upload-offset"], told["upload-length"]) == ("100000", "100000")
    assert caller.get(f"/files/{FINAL}").content == b"abcdef"
    assert state(caller, FINAL)["upload-concat"] == f"final;/files/{ONE} /files/{TWO}"
    assert caller.get(f"/files/{EMPTY}").content == b""
    blobs = {path.stat().st_ino for path in (server.data / "blobs").rglob("*") if path.is_file()}
    assert (tusd.folder / DONE).stat().st_ino in blobs
    assert state(caller, BEGUN)["upload-offset"] == "40000"
    headers = CHUNK | {"Upload-Offset": "40000"}
    assert caller.patch(f"/files/{BEGUN}", headers=headers, content=WHOLE[40_000:]).status_code == 204
    assert caller.get(f"/files/{BEGUN}").content == WHOLE
    assert (tusd.folder / BEGUN).read_bytes() == WHOLE[:40_000], "what goes on is a copy"
    assert state(caller, DEFERRED)["upload-defer-length"] == "1"
    assert (state(caller, ONE)["upload-concat"], state(caller, TWO)["upload-offset"]) == ("partial", "2")
    assert run(server, tusd) == "here before: 7\n"
    assert server.command("fsck").strip()


def test_an_interrupted_run_goes_on(server: ServerProcess, caller: httpx.Client, tusd: Tusd) -> None:
    """What came so far is gone on with, and what came by other ways since is left alone."""
    whole = (tusd.folder / BEGUN).read_bytes()
    (tusd.folder / BEGUN).write_bytes(whole[:1000])
    run(server, tusd)
    headers = CHUNK | {"Upload-Offset": "10"}
    assert caller.patch(f"/files/{DEFERRED}", headers=headers, content=b"more").status_code == 204
    (tusd.folder / BEGUN).write_bytes(whole)
    run(server, tusd)
    assert (state(caller, BEGUN)["upload-offset"], state(caller, DEFERRED)["upload-offset"]) == ("40000", "14")


def test_callers_without_a_token(tmp_path: Path, tusd: Tusd) -> None:
    """Clients that never had a token go on without one, where Penstock is open for them."""
    server = ServerProcess(tmp_path / "data", open="tus").start()
    try:
        run(server, tusd, "anonymous")
        assert httpx.get(f"{server.url}/files/{DONE}", timeout=30).content == WHOLE
    finally:
        server.stop()


@pytest.mark.parametrize(
    "odd", ["no json", "another id", "no bytes", "too long", "a link", "bad metadata", "too large"]
)
def test_what_cannot_be_taken_is_told(server: ServerProcess, caller: httpx.Client, tusd: Tusd, odd: str) -> None:
    """It is left, said so with its reason, and the rest is taken."""
    path, info = tusd.folder / DONE, tusd.folder / f"{DONE}.info"
    match odd:
        case "no json":
            info.write_text("{")
        case "another id":
            info.write_text(info.read_text().replace(DONE, "a/b"))
        case "no bytes":
            path.unlink()
        case "too long":
            path.write_bytes(WHOLE + b"x")
        case "a link":
            path.unlink()
            path.symlink_to("/etc/passwd")
        case "bad metadata":
            info.write_text(info.read_text().replace('"empty"', '"two words"'))
        case "too large":
            info.write_text(info.read_text().replace("100000", str(1 << 50)))
    assert f"left: {DONE}: " in refused(server, tusd.folder)
    assert caller.get(f"/files/{DONE}").status_code == 404
    assert caller.get(f"/files/{FINAL}").content == b"abcdef"


def test_a_tusd_at_work(server: ServerProcess, caller: httpx.Client, tusd: Tusd) -> None:
    """Nothing is taken while a tusd holds a lock; a lock that a killed one left is none."""
    lock = tusd.folder / f"{BEGUN}.lock"
    lock.write_text(f"{os.getpid()}\n")
    assert "Stop it first" in refused(server, tusd.folder)
    lock.write_text("4194305\n")
    run(server, tusd)
    assert state(caller, BEGUN)["upload-offset"] == "40000"


def test_nobody_and_nowhere(server: ServerProcess, tusd: Tusd, tmp_path: Path) -> None:
    """Neither for somebody who is not there, nor from a folder that is none."""
    assert "There is no user 'nobody'" in refused(server, tusd.folder, "nobody")
    assert "is no folder" in refused(server, tmp_path / "nowhere")
