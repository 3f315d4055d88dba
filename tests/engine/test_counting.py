"""What things cost, counted and not timed."""

import asyncio
import os
import sqlite3
from collections import Counter

import pytest

from penstock.adapters.disk import files, staging
from penstock.adapters.sql import database
from penstock.engine.media import HEAD
from tests.engine.conftest import Opener
from tests.support.bytes import noise
from tests.support.engine import EngineServer
from tests.support.waiting import eventually

PARTS = [noise(1000, seed) for seed in range(20)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the system was asked for each of these, and how many bytes were copied."""
    counted: Counter[str] = Counter()

    def count(module: object, name: str) -> None:
        real = getattr(module, name)

        def call(*args: object, **kwargs: object) -> object:
            counted[name] += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, call)

    for name in ("fdatasync", "fsync", "link", "posix_fallocate", "open", "close", "pwrite", "statvfs"):
        count(os, name)
    copy = files.copy_range

    def copy_range(*args: int) -> None:
        counted["copied"] += args[-1]
        copy(*args)

    monkeypatch.setattr(staging, "copy_range", copy_range)
    return counted


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every SQL statement that is run, on every connection opened from here on."""
    seen: list[str] = []
    connect = database.connect

    def traced(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)  # type: ignore[arg-type]
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(database, "connect", traced)
    return seen


async def test_one_sync_for_a_part(another: Opener, calls: Counter[str]) -> None:
    """Each part costs one sync of its bytes and a fixed handful of system calls; its bytes are written once, and the
    name of a plane is made durable once.
    """
    server = another("one", durable=True)
    upload = await server.open()
    await server.send(upload, 0, PARTS[0])
    before = calls.copy()
    for number in range(1, 20):
        await server.send(upload, number, PARTS[number])
    spent = calls - before
    once = ("fdatasync", "posix_fallocate", "open", "close", "pwrite", "statvfs")
    assert {name: spent[name] for name in (*once, "fsync")} == {**dict.fromkeys(once, 19), "fsync": 0}


async def test_no_sync_without_durability(server: EngineServer, calls: Counter[str]) -> None:
    """Where a power cut is accepted, nothing is synced for a part or a blob."""
    before = calls.copy()
    await server.store(PARTS[0])
    spent = calls - before
    assert (spent["fdatasync"], spent["fsync"]) == (0, 0)


async def test_no_byte_is_copied_for_an_orderly_upload(server: EngineServer, calls: Counter[str]) -> None:
    """Parts of one size, the last one shorter, in any order, are the file where they lie."""
    for order in (range(20), reversed(range(20))):
        contents = [*PARTS[:-1], PARTS[-1][:300]]
        upload = await server.open(20, sum(map(len, contents)))
        for number in order:
            await server.send(upload, number, contents[number])
        file = await server.seal(upload, 20)
        assert await server.content(file) == b"".join(contents)
    assert calls["copied"] == 0


@pytest.mark.parametrize("needs_md5", [True, False])
async def test_bytes_are_read_back_once(server: EngineServer, monkeypatch: pytest.MonkeyPatch, needs_md5: bool) -> None:
    """What arrives in order is read once behind its writer, however many digests are made of it, and never again; the
    blob's first bytes are, to tell its media type.
    """
    read = 0

    def preadv(handle: int, buffers: list[memoryview], offset: int, flags: int = 0) -> int:
        nonlocal read
        got = real(handle, buffers, offset, flags)
        read += got
        return got

    real = os.preadv
    monkeypatch.setattr(os, "preadv", preadv)
    contents = [noise(300_000, seed) for seed in range(5)]
    upload = await server.open(5, 5 * 300_000, needs_md5=needs_md5)
    for number, content in enumerate(contents):
        await server.send(upload, number, content)
    await server.seal(upload, 5)
    assert read == 5 * 300_000 + HEAD


async def test_only_strays_are_copied(server: EngineServer, calls: Counter[str]) -> None:
    """A part that was replaced is copied when sealing, and nothing else is."""
    upload = await server.open()
    await server.send(upload, 3, b"x" * 1000)
    for number, content in enumerate(PARTS[:10]):
        await server.send(upload, number, content)
    await server.seal(upload, 10)
    assert calls["copied"] == 1000


async def test_sealing_syncs_once(another: Opener, calls: Counter[str]) -> None:
    """A blob costs one sync of its bytes and of each folder that names it, however many parts it has."""
    server = another("one", durable=True)
    spent = []
    for count in (2, 20):
        upload = await server.open()
        for number in range(count):
            await server.send(upload, number, PARTS[number])
        before = calls.copy()
        await server.seal(upload, count)
        spent.append((calls - before)["fsync"])
        assert (calls - before)["link"] == 1
    assert max(spent) <= 1 + 3


async def test_statements_of_a_part(statements: list[str], another: Opener) -> None:
    """A part costs one look-up before its bytes and one in its transaction, of a fixed number of statements, the
    hundredth as much as the first; beside them its hasher looks for the next part.
    """
    server = another("one")
    upload = await server.open()
    await asyncio.sleep(0.05)
    spent = []
    for number in range(100):
        statements.clear()
        await server.send(upload, number, PARTS[number % 20])
        spent.append([sql.split()[0] for sql in statements if "chaser_until IS NULL" not in sql])
    writes = [
        Counter(verb for verb in verbs if verb in {"INSERT", "UPDATE", "DELETE", "COMMIT", "BEGIN"}) for verbs in spent
    ]
    assert all(counted == writes[0] for counted in writes)
    assert writes[0] == {"BEGIN": 1, "INSERT": 1, "UPDATE": 1, "COMMIT": 1}
    assert max(verbs.count("SELECT") for verbs in spent) <= 5


async def test_statements_of_a_seal_do_not_grow(statements: list[str], another: Opener) -> None:
    """Sealing many parts runs as many statements as sealing few, once their digests are there."""
    server = another("one")
    spent = []
    for count in (2, 20):
        upload = await server.open()
        for number in range(count):
            await server.send(upload, number, PARTS[number])
        await eventually(lambda: server.hashing._runs[upload.id].next == count)  # noqa: B023  # awaited here
        await asyncio.sleep(0.01)
        statements.clear()
        await server.seal(upload, count)
        await server.sealer.close()
        spent.append(len([sql for sql in statements if not sql.startswith("SELECT")]))
    assert spent[1] <= spent[0] + 2
