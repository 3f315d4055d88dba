"""A whole server in this process: real disk, real SQLite, two people with tokens. Only the sockets are left out."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from penstock.bootstrap import Container, application, open_container, running
from penstock.dialects import every_dialect
from penstock.model.principal import EVERY_SCOPE, Tier
from penstock.settings import load, settings_type

LOCAL = ("127.0.0.1", 40000)
FAR = ("203.0.113.9", 40000)


MARGIN = 10.0
"""How long, in seconds, a test may count calls."""


@dataclass(frozen=True)
class People:
    """A data folder that two users live in, to be copied, and their tokens."""

    folder: Path
    alice: str
    bob: str


@dataclass(frozen=True)
class Server:
    """The server, and callers of it."""

    container: Container
    app: ASGIApp
    people: People

    @cached_property
    def alice(self) -> httpx.AsyncClient:
        """Somebody signed in."""
        return self.caller(self.people.alice)

    @cached_property
    def bob(self) -> httpx.AsyncClient:
        """Somebody else, signed in."""
        return self.caller(self.people.bob)

    @cached_property
    def anyone(self) -> httpx.AsyncClient:
        """Somebody without a token."""
        return self.caller()

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.container.settings.folder

    def caller(
        self, token: str | None = None, *, address: tuple[str, int] = LOCAL, headers: Mapping[str, str] = {}
    ) -> httpx.AsyncClient:
        """Somebody who calls from `address` and always sends these headers."""
        transport = httpx.ASGITransport(self.app, client=address)
        credentials = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return httpx.AsyncClient(
            transport=transport, base_url="http://penstock", headers={**credentials, **headers}, timeout=30
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, as it lies on the disk."""
        with self.database() as connection:
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]

    def staged(self) -> list[Path]:
        """Every folder of an unfinished upload that is on the disk."""
        return sorted(path for path in (self.folder / "staging").glob("*/*") if path.is_dir())

    def stored(self) -> dict[str, int]:
        """How many uploads, parts, files and staging folders there are."""
        rows = {table: len(self.rows(table)) for table in ("uploads", "parts", "files")}
        return rows | {"staged": len(self.staged())}

    def spoil(self) -> None:
        """Make every call of a signed-in caller meet a defect: a record that no code of ours writes."""
        with self.database() as connection:
            connection.execute("UPDATE users SET tier = 'SELECT * FROM users'")

    def forgive(self) -> None:
        """Forget how often anybody has called."""
        with self.database() as connection:
            connection.execute("DELETE FROM limits")

    async def early_in(self, period: float) -> None:
        """Wait for the next window of so many seconds when this one is about to end: counts begin anew with each."""
        left = period - self.container.clock() % period
        if left < MARGIN:
            await asyncio.sleep(left)

    async def settle(self) -> None:
        """Wait until what sealed uploads left in staging is gone."""
        await self.container.engine.sealer.close()

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The database behind the server's back."""
        connection = sqlite3.connect(self.folder / "penstock.db", isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()


OpenServer = Callable[..., AbstractAsyncContextManager[Server]]
"""Opens a server with the settings it is given."""


def every_name() -> tuple[str, ...]:
    """What `dialects` takes: the name of every dialect that is here and not always on."""
    return tuple(dialect.name for dialect in every_dialect() if not dialect.always_on)


def make_people(folder: Path) -> People:
    """A data folder with Alice and Bob in it."""

    async def make() -> People:
        container = open_container(load({"data": str(folder), "min_free": 0, "reserve": 0}, {}))
        access = container.engine.access
        for name in ("alice", "bob"):
            await access.add_user(name, "a password", tier=Tier.NORMAL, admin=False)
        tokens = [await access.create_token(name, EVERY_SCOPE, None) for name in ("alice", "bob")]
        await container.close()
        return People(folder, *tokens)

    return asyncio.run(make())


@asynccontextmanager
async def run_server(people: People, folder: Path, **settings: Any) -> AsyncIterator[Server]:
    """The server on a copy of the folder, with anonymous access, with these settings."""
    shutil.copytree(people.folder, folder)
    defaults: dict[str, Any] = {"data": str(folder), "min_free": 0, "reserve": 0, "durability": "process"}
    defaults |= {"upkeep_interval": 3600.0, "dialects": ("scratch", "instant", "files"), "open": ("instant", "metaid")}
    container = open_container(settings_type()(**{**defaults, **settings}))
    async with running(container):
        yield Server(container, application(container), people)
