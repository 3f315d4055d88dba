"""Stores that earlier versions made are read for ever."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from penstock.adapters.sql import migrations
from penstock.adapters.sql.upload_rows import read_digests
from penstock.bootstrap import back_up, open_container, restore
from penstock.bootstrap.container import Container
from penstock.model.ids import Md5
from penstock.model.principal import Principal
from penstock.model.upload import Declared
from penstock.settings import Settings, load

STORES = Path(__file__).parent / "stores"
GREETING, NUMBERS = b"hello, world\n", "".join(f"{number}\n" for number in range(1, 2001)).encode()
MD5 = Md5("22c3683b094136c3398391ae71b20f04")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A store whose blobs are named by their digests, as schema version 10 made them: two of them, and three files."""
    folder = tmp_path / "data"
    shutil.copytree(STORES / "digest-names" / "blobs", folder / "blobs")
    (folder / "format").write_text("1\n")
    connection = sqlite3.connect(folder / "penstock.db")
    connection.executescript((STORES / "digest-names" / "penstock.sql").read_text())
    migrations.migrate(connection)
    connection.close()
    return load({"data": str(folder), "min_free": 0, "reserve": 0}, {})


async def principal(container: Container) -> Principal:
    user = await container.engine.access.user("alice")
    return Principal(user.id, user.name)


async def contents(container: Container) -> dict[str, bytes]:
    """What every file of Alice's holds, read as a download reads it."""
    catalog, alice = container.engine.catalog, await principal(container)
    _, files = await catalog.page(alice, "", 0, 100)
    return {
        file.name: b"".join([piece async for piece in await catalog.read(file, 0, file.blob.size)]) for file in files
    }


async def test_blobs_named_by_their_digests_are_served(settings: Settings) -> None:
    """Every file reads back byte for byte, and the check of the store finds nothing wrong or unknown."""
    container = open_container(settings)
    assert await contents(container) == {"greeting.txt": GREETING, "again.txt": GREETING, "numbers.txt": NUMBERS}
    checked = [str(each.condition) async for each in container.fsck.run(repair=False)]
    assert checked == ["sound"] * 2
    await container.upkeep.once(orphans=True)
    assert len(await contents(container)) == 3
    await container.close()


async def test_new_files_stand_beside_them(settings: Settings) -> None:
    """The same bytes sent again share the old blob, others get one of today's names, and what is removed goes."""
    container = open_container(settings)
    alice = await principal(container)

    async def store(name: str, content: bytes) -> str:
        async def body() -> AsyncIterator[bytes]:
            yield content

        file = await container.engine.store(
            alice, "files", Declared(name, total=1), body(), limit=1 << 20, needs_md5=False
        )
        return file.blob.location

    assert "-" in (shared := await store("shared.txt", GREETING)).partition("/")[2].partition("/")[2]
    assert shared.startswith("85/3f/853ff93762a06ddb")
    fresh = await store("fresh.txt", b"fresh")
    assert "-" in fresh
    assert len(fresh.rpartition("/")[2]) == 36  # the id of its upload alone
    assert (await contents(container))["fresh.txt"] == b"fresh"
    assert await container.engine.catalog.by_hash(alice, MD5, len(GREETING)) is not None
    await container.close()


async def test_a_backup_brings_them_along(settings: Settings, tmp_path: Path) -> None:
    """A backup and what is restored of it have the old names, and serve the same files."""
    await back_up(settings, tmp_path / "kept", lambda done, total: None)
    copied = restore(tmp_path / "kept", tmp_path / "restored", lambda done, total: None)
    assert (copied.blobs, copied.wrong) == (2, [])
    container = open_container(load({"data": str(tmp_path / "restored"), "min_free": 0, "reserve": 0}, {}))
    assert (await contents(container))["numbers.txt"] == NUMBERS
    await container.close()


def test_a_crc_of_earlier_bytes_is_not_believed() -> None:
    """Code before version 16 replaces the SHA-256 of an upload's bytes and leaves the CRC that another node noted."""
    now = {"found_size": 1, "found_sha256": "a" * 64, "found_md5": None}
    kept, stale = (read_digests(now | {"found_crc32": f"{of * 64}:1f"}) for of in ("a", "b"))
    assert kept is not None
    assert stale is not None
    assert (kept.crc32, stale.crc32) == (0x1F, None)
