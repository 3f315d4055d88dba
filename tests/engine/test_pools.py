"""Whoever waits keeps nobody else waiting: merges, syncs, reads, passwords and scans have threads of their own."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from penstock.adapters.disk import DiskStaging, files
from penstock.adapters.sql.database import SqliteDatabase
from tests.engine.conftest import Opener
from tests.support.bytes import noise
from tests.support.engine import EngineServer
from tests.support.waiting import eventually

MANY = 40
"""More than any pool has threads."""


class Gate:
    """Holds up whatever thread comes by, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = threading.Event()
        self._patch = monkeypatch
        self.reached = threading.Event()

    def hold(self, owner: object, name: str) -> None:
        """Let every call of this function wait here first."""
        real = getattr(owner, name)

        def held(*args: Any, **kwargs: Any) -> Any:
            self.reached.set()
            self._open.wait()
            return real(*args, **kwargs)

        self._patch.setattr(owner, name, held)

    def open(self) -> None:
        """Let everybody pass."""
        self._open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open()


@pytest.fixture
def server(another: Opener) -> EngineServer:
    """Syncs are waited for."""
    return another("one", durable=True)


async def merging(server: EngineServer, gate: Gate) -> list[Coroutine[Any, Any, object]]:
    uploads = [await server.open(1) for _ in range(MANY)]
    for upload in uploads:
        await server.send(upload, 0, b"x")
    gate.hold(DiskStaging, "_compose")
    return [server.sealer.seal(upload.id, upload.declared) for upload in uploads]


async def reading(
    server: EngineServer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> list[Coroutine[Any, Any, object]]:
    file = await server.store(noise(1000))
    monkeypatch.setattr(files, "_read_cached", lambda *_: None)
    gate.hold(os, "pread")
    return [server.content(file) for _ in range(MANY)]


async def scanning(server: EngineServer, gate: Gate) -> list[Coroutine[Any, Any, object]]:
    gate.hold(SqliteDatabase, "_scan")
    return [server.engine.access.users() for _ in range(MANY)]


async def syncing(server: EngineServer, gate: Gate) -> list[Coroutine[Any, Any, object]]:
    uploads = [await server.open(1) for _ in range(MANY)]
    gate.hold(os, "fdatasync")
    return [server.send(upload, 0, b"x") for upload in uploads]


async def held_up(gate: Gate, work: list[Coroutine[Any, Any, object]]) -> list[asyncio.Task[object]]:
    """Begin all of it; return once it waits."""
    tasks = [asyncio.create_task(each) for each in work]
    await eventually(gate.reached.is_set, within=30)
    return tasks


@pytest.mark.parametrize("kind", ["merging", "reading", "scanning"])
async def test_nobody_keeps_a_part_waiting(
    server: EngineServer, gate: Gate, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """However many merges, downloads or scans of the database are under way, a part is acknowledged."""
    upload = await server.open(1)
    makers: dict[str, Callable[[], Coroutine[Any, Any, list[Coroutine[Any, Any, object]]]]] = {
        "merging": lambda: merging(server, gate),
        "reading": lambda: reading(server, gate, monkeypatch),
        "scanning": lambda: scanning(server, gate),
    }
    tasks = await held_up(gate, await makers[kind]())
    async with asyncio.timeout(30):
        assert (await server.send(upload, 0, b"y" * 10)).upload.received == 1
    assert not any(task.done() for task in tasks)
    gate.open()
    await asyncio.gather(*tasks)


async def test_parts_keep_nobody_waiting(server: EngineServer, gate: Gate) -> None:
    """However many parts wait for the disk, a merge, a scan of the database and a sign-in get through."""
    upload = await server.open(1)
    await server.send(upload, 0, b"y" * 10)
    tasks = await held_up(gate, await syncing(server, gate))
    async with asyncio.timeout(30):
        file = await server.sealer.seal(upload.id, upload.declared)
        assert await server.content(file) == b"y" * 10
        assert await server.engine.access.users() == []
        assert await server.engine.access.user_with("nobody", "a password") is None
    assert not any(task.done() for task in tasks)
    gate.open()
    await asyncio.gather(*tasks)
