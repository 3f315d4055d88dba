"""A backup of a live store, and the store that comes back."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from penstock.adapters.disk import copies
from penstock.bootstrap import BackupRefused, back_up, restore
from penstock.bootstrap import backup as backups
from penstock.engine.fsck import Condition
from tests.support.backing import InFolder
from tests.support.process import ServerProcess
from tests.support.server import OpenServer, People, Server, run_server

pytestmark = pytest.mark.on_folder("a cluster is backed up by the means of its database and its store")


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def unheard(done: int, total: int) -> None:
    """Nobody watches."""


async def store(server: Server, *contents: bytes) -> dict[str, bytes]:
    """Files by their ids."""
    files = {}
    for content in contents:
        answer = await server.alice.post("/api/files/upload", files={"file": ("a.bin", content)})
        files[answer.json()["data"]["id"]] = content
    return files


async def contents(server: Server, ids: Iterator[str]) -> dict[str, bytes]:
    """What the files hold."""
    return {name: (await server.alice.get(f"/api/files/{name}/download")).content for name in ids}


async def test_what_was_a_file_before_is_in_the_backup(open_server: OpenServer, tmp_path: Path) -> None:
    """Whatever is deleted, collected and uploaded while the bytes are copied, each file of before comes back."""
    async with open_server(blob_grace=0.0) as server:
        files = await store(server, *(bytes([number]) * 5000 for number in range(8)))
        upload = {"fileName": "later", "fileSize": 9, "totalChunks": 2}
        await server.alice.post("/api/files/chunked-upload/init", json=upload)
        loop = asyncio.get_running_loop()
        disturbed: list[int] = []

        async def disturb() -> None:
            for name in files:
                assert (await server.alice.delete(f"/api/files/{name}")).status_code == 200
            await server.container.upkeep.once(orphans=True)
            await store(server, b"meanwhile")

        def heard(done: int, total: int) -> None:
            if not disturbed:
                disturbed.append(done)
                asyncio.run_coroutine_threadsafe(disturb(), loop).result(60)

        copied = await back_up(server.container.settings, tmp_path / "backup", heard)
        assert (copied.wrong, copied.new, disturbed) == ([], 8, [0])
        assert (await server.container.upkeep.once(orphans=True)).collected_blobs == 8
        restore(tmp_path / "backup", tmp_path / "restored", unheard)
    people = People(InFolder(tmp_path / "restored"), server.people.alice, server.people.bob)
    async with run_server(people, tmp_path / "again") as back:
        assert await contents(back, iter(files)) == files
        assert [back.stored()[kind] for kind in ("uploads", "files")] == [8, 8]
        assert {checked.condition async for checked in back.container.fsck.run(repair=False)} == {Condition.SOUND}


async def test_a_backup_again_brings_what_is_new(open_server: OpenServer, tmp_path: Path) -> None:
    """The same folder again takes only new blobs, and lets go of those that the store has no more."""
    target = tmp_path / "backup"
    async with open_server(blob_grace=0.0) as server:
        first, _ = await store(server, b"one" * 1000, b"two" * 1000)
        assert (await back_up(server.container.settings, target, unheard)).new == 2
        await server.alice.delete(f"/api/files/{first}")
        await server.container.upkeep.once(orphans=False)
        await store(server, b"three" * 1000)
        copied = await back_up(server.container.settings, target, unheard)
        assert (copied.blobs, copied.new, copied.removed) == (2, 1, 1)
        assert len(list((target / "blobs").glob("*/*/*"))) == 2


async def test_an_interrupted_backup_goes_on(open_server: OpenServer, tmp_path: Path) -> None:
    """Until it is whole nothing is restored from it; the next run takes what is there, and the store lets go."""
    target = tmp_path / "backup"
    async with open_server(blob_grace=0.0) as server:
        await store(server, b"one" * 1000, b"two" * 1000)

        def interrupt(done: int, total: int) -> None:
            if done:
                raise Interrupted

        with pytest.raises(Interrupted):
            await back_up(server.container.settings, target, interrupt)
        with pytest.raises(BackupRefused):
            restore(target, tmp_path / "restored", unheard)
        copied = await back_up(server.container.settings, target, unheard)
        assert (copied.blobs, copied.new) == (2, 1)
        assert restore(target, tmp_path / "restored", unheard).new == 2


async def test_a_kill_before_a_blob_was_verified(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed run brought and had not verified yet is not taken for verified by the next one."""
    await store(server, b"one" * 1000)
    [blob] = [path for path in (server.folder / "blobs").rglob("*") if path.is_file()]
    blob.chmod(0o600)
    blob.write_bytes(b"two" * 1000)

    def killed(_: Path) -> str:
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(copies, "sha256_of", killed)
        with pytest.raises(Interrupted):
            await back_up(server.container.settings, tmp_path / "backup", unheard)
    assert len((await back_up(server.container.settings, tmp_path / "backup", unheard)).wrong) == 1
    assert not [path for path in (tmp_path / "backup" / "blobs").rglob("*") if path.is_file()]


async def test_a_flipped_byte_is_told_and_not_kept(server: Server, tmp_path: Path) -> None:
    """A blob whose bytes are wrong is named, and the backup does not count as whole."""
    await store(server, b"one" * 1000)
    [blob] = [path for path in (server.folder / "blobs").rglob("*") if path.is_file()]
    blob.chmod(0o600)
    blob.write_bytes(b"two" * 1000)
    copied = await back_up(server.container.settings, tmp_path / "backup", unheard)
    assert len(copied.wrong) == 1
    with pytest.raises(BackupRefused):
        restore(tmp_path / "backup", tmp_path / "restored", unheard)


async def test_a_backup_is_made_elsewhere(open_server: OpenServer, tmp_path: Path) -> None:
    """Neither a folder with other things in it, nor one within the store, nor one that another command holds."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thing").write_text("x")
    async with open_server() as server:
        for target in (tmp_path / "other", server.folder / "backup", server.folder.parent):
            with pytest.raises(BackupRefused):
                await back_up(server.container.settings, target, unheard)
        with backups._locked(tmp_path / "held"), pytest.raises(BackupRefused):
            await back_up(server.container.settings, tmp_path / "held", unheard)
        await back_up(server.container.settings, tmp_path / "backup", unheard)
    with pytest.raises(BackupRefused):
        restore(tmp_path / "backup", tmp_path / "other", unheard)
    assert (tmp_path / "other" / "thing").read_text() == "x"


def test_the_commands(tmp_path: Path) -> None:
    """While a server runs, `backup` and `backup` again; then `restore`, `fsck`, and a server on what came back."""
    server = ServerProcess(tmp_path / "data").start()
    token = server.token("olga")
    headers = {"Authorization": f"Bearer {token}"}
    sent = httpx.post(f"{server.url}/api/files/upload", headers=headers, files={"file": ("a", b"hello")}).json()["data"]
    assert "1 of 1 blobs were new (5 bytes)" in server.command("backup", str(tmp_path / "backup"))
    assert "0 of 1 blobs were new" in server.command("backup", str(tmp_path / "backup"))
    server.stop()
    shutil.rmtree(tmp_path / "data")
    assert "every one verified" in server.command("restore", str(tmp_path / "backup"))
    assert server.command("fsck") == "1 sound\n"
    server.start()
    got = httpx.get(f"{server.url}/api/files/{sent['id']}/download", headers=headers)
    assert got.content == b"hello"
    server.stop()
