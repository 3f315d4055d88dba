"""A whole server in this process, with two people and their tokens. Only the sockets are left out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock.adapters.sql.tables import metadata
from penstock.bootstrap import Container, application, open_container, running
from penstock.dialects import every_dialect
from penstock.http.server.exchange import ENDING
from penstock.model.principal import EVERY_SCOPE, Tier
from penstock.settings import load, settings_type
from tests.support.backing import Backing, InFolder, OnCluster, Place, Records

LOCAL = ("127.0.0.1", 40000)
FAR = ("203.0.113.9", 40000)


MARGIN = 10.0
"""How long, in seconds, a test may count calls."""


@dataclass(frozen=True)
class People:
    """What every test begins with: two users, and their tokens."""

    backing: Backing
    alice: str
    bob: str


@dataclass(frozen=True)
class Server:
    """The server, and callers of it."""

    container: Container
    app: ASGIApp
    people: People
    place: Place

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
        transport = httpx.ASGITransport(_with_ends(self.app), client=address)
        credentials = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return httpx.AsyncClient(
            transport=transport, base_url="http://penstock", headers={**credentials, **headers}, timeout=30
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, as it lies there."""
        with self.database() as records:
            return [dict(row) for row in records.execute(f"SELECT * FROM {table}")]

    def everything(self) -> str:
        """Every row of every table, as text."""
        return "\n".join(str(row) for table in metadata.tables for row in self.rows(table))

    def staged(self) -> list[str]:
        """The ids of unfinished uploads that have bytes in staging."""
        return self.place.staged()

    def blobs(self) -> list[str]:
        """The locations of all blobs."""
        return self.place.blobs()

    def blob(self, location: str) -> bytes:
        """The bytes of a blob."""
        return self.place.blob(location)

    def lose_blob(self, location: str) -> None:
        """Remove a blob behind the server's back."""
        self.place.lose(location)

    def quarantined(self) -> list[bytes]:
        """What lies in quarantine."""
        return self.place.quarantined()

    def stored(self) -> dict[str, int]:
        """How many uploads, parts, files and uploads with bytes in staging there are."""
        rows = {table: len(self.rows(table)) for table in ("uploads", "parts", "files")}
        return rows | {"staged": len(self.staged())}

    def spoil(self) -> None:
        """Make every call of a signed-in caller meet a defect: a record that no code of ours writes."""
        with self.database() as connection:
            connection.execute("UPDATE users SET tier = 'SELECT * FROM users'")

    def forgive(self) -> None:
        """Forget how often anybody has called."""
        self.place.forgive()

    async def early_in(self, period: float) -> None:
        """Wait for the next window of so many seconds when this one is about to end: counts begin anew with each."""
        left = period - self.container.clock() % period
        if left < MARGIN:
            await asyncio.sleep(left)

    async def settle(self) -> None:
        """Wait until what sealed uploads left in staging is gone."""
        await self.container.engine.sealer.close()

    def database(self) -> AbstractContextManager[Records]:
        """The records behind the server's back."""
        return self.place.records()


def _with_ends(app: ASGIApp) -> ASGIApp:
    """The application, whose answers all end: httpx waits for the end of each, also of those that have none."""

    async def ending(scope: Scope, receive: Receive, send: Send) -> None:
        await app({ENDING: lambda: True, **scope}, receive, send)

    return ending


OpenServer = Callable[..., AbstractAsyncContextManager[Server]]
"""Opens a server with the settings it is given."""


def every_name() -> tuple[str, ...]:
    """What `dialects` takes: the name of every dialect that is here and not always on."""
    return tuple(dialect.name for dialect in every_dialect() if not dialect.always_on)


def make_people(folder: Path) -> People:
    """A data folder with Alice and Bob in it."""
    return People(InFolder(folder), *asyncio.run(_live_in({"data": str(folder)})))


def make_people_on_cluster(folder: Path, backing: OnCluster) -> People:
    """Alice and Bob in a database of their own; `folder` is for the servers."""
    place = backing.place_of(folder)
    tokens = asyncio.run(_live_in({"data": str(folder / "data"), **place.settings}))
    place.keep()
    return People(backing, *tokens)


async def _live_in(settings: dict[str, Any]) -> list[str]:
    container = open_container(load({**settings, "min_free": 0, "reserve": 0}, {}))
    access = container.engine.access
    for name in ("alice", "bob"):
        await access.add_user(name, "a password", tier=Tier.NORMAL, admin=False)
    tokens = [await access.create_token(name, EVERY_SCOPE, None) for name in ("alice", "bob")]
    await container.close()
    return tokens


@asynccontextmanager
async def run_server(people: People, folder: Path, **settings: Any) -> AsyncIterator[Server]:
    """The server with two people in it, with anonymous access, with these settings."""
    place = people.backing.peopled(folder)
    defaults: dict[str, Any] = {"data": str(folder), "min_free": 0, "reserve": 0, "durability": "process"}
    defaults |= {"upkeep_interval": 3600.0, "dialects": ("scratch", "instant", "files"), "open": ("instant", "metaid")}
    container = open_container(settings_type()(**{**defaults, **place.settings, **settings}))
    async with running(container):
        yield Server(container, application(container), people, place)
