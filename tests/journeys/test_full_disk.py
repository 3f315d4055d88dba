"""A disk that is full to the last byte, and the way out."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.process import ServerProcess

PARTS = "/api/files/chunked-upload"
MIB = 1 << 20

pytestmark = pytest.mark.on_folder("fills the disk that everything lies on")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 megabytes."""
    path = tmp_path / "small"
    path.mkdir()
    if os.system(f"mount -t tmpfs -o size=24m tmpfs {path} 2>/dev/null") != 0:
        pytest.skip("nobody may mount a disk here")
    yield path
    os.system(f"umount -l {path}")


def fill(disk: Path) -> None:
    """Take every byte that is left."""
    with (disk / "fill").open("ab", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@pytest.mark.long
def test_a_full_disk_has_a_way_out(small: Path) -> None:
    """On a full disk uploads are 507 with numbers, while deleting, cancelling, collecting and starting go through, and
    leave no drafts; once there is room uploads go on.
    """
    server = ServerProcess(small / "data", durability="process", blob_grace="0").start()
    headers = {"Authorization": f"Bearer {server.token('nell')}"}
    try:
        with httpx.Client(base_url=server.url, headers=headers, timeout=30) as caller:
            sent = caller.post("/api/files/upload", files={"file": ("one.bin", os.urandom(MIB))}).json()["data"]
            init = {"fileName": "a", "fileSize": 10, "totalChunks": 2}
            opened = caller.post(f"{PARTS}/init", json=init).json()["data"]["uploadId"]
            fill(small)
            while (answer := caller.post(f"{PARTS}/init", json=init)).status_code == 200:
                fill(small)
            assert (answer.status_code, set(answer.json()["data"])) == (507, {"free", "minFree"})
            assert caller.delete(f"/api/files/{opened}").status_code == 200
            assert caller.delete(f"/api/files/{sent['id']}").status_code == 200
            assert "nell" in server.command("users", "list")
            assert caller.post(f"{PARTS}/init", json=init).status_code == 507  # what was given up is not for everybody
        server.stop()
        fill(small)
        server.start("/healthz")
        with httpx.Client(base_url=server.url, headers=headers, timeout=30) as caller:
            assert caller.get(f"/api/files/{sent['id']}/info").status_code == 404
            assert "collected blobs: 1" in server.command("gc") or not list((small / "data/blobs").glob("*/*/*"))
            (small / "fill").unlink()
            server.command("gc")
            assert caller.post(f"{PARTS}/init", json=init).status_code == 200
            assert caller.get("/readyz").status_code == 200
    finally:
        server.stop()
    assert [path.name for path in (small / "data").iterdir() if path.name.startswith(".")] == []


@pytest.mark.long
def test_a_command_that_finds_no_room_says_so(small: Path) -> None:
    """A command that needs room on a full disk says in one line that there is none."""
    server = ServerProcess(small / "data", durability="process").start()
    server.stop()
    server.token("nell")

    def go_on() -> None:
        for _ in range(40):
            fill(small)
            server.command("tokens", "create", "nell")

    with pytest.raises(subprocess.CalledProcessError) as refused:
        go_on()
    assert refused.value.stderr.startswith("penstock: The disk is full: ")
    assert len(refused.value.stderr.splitlines()) == 1
