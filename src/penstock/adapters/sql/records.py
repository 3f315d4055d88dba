"""Every record of one database in another: copied table by table, and compared.

Laws kept here:
- A table is filled in one transaction: it is whole, or empty.
- From the first change on until everything is compared, the database says (`COPYING` in the table `about`) that it is
  no store yet, so that nothing else opens it.
- What a database says of itself (its schema, and whose code may work on it) stays, and so does what is sealed in it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

import msgspec
from sqlalchemy import Table

from penstock.adapters.sql.migrations import COPYING, NEWEST
from penstock.adapters.sql.tables import about, metadata, secrets
from penstock.model.faults import Refusal
from penstock.ports import Stage

BATCH = 1000
"""How many rows are in memory at a time."""

TABLES: Sequence[Table] = [table for table in metadata.sorted_tables if table not in {about, secrets}]
"""Every table that is copied, each behind those that it refers to."""

_ITS_OWN = {"schema", "oldest_code", COPYING}
"""What the table `about` says of a database, and not of the installation in it."""

Rows = Sequence[Sequence[Any]]
"""Rows, with their values in the order of the table's columns."""


class CopyRefused(Refusal):
    """What was asked for cannot be copied; the text says why and what to do."""


class Records(Protocol):
    """A database that nobody else uses."""

    async def about(self) -> Mapping[str, str]:
        """What the table `about` says, and under `schema` the version of the schema."""

    async def count(self, table: str) -> int:
        """How many rows a table has."""

    def batches(self, table: Table) -> AsyncIterator[Rows]:
        """Every row of a table, at most `BATCH` at a time, in any order."""

    async def fill(self, table: Table, batches: AsyncIterator[Rows]) -> None:
        """Add these rows in one transaction. Raises `CopyRefused` for a row that the database does not take."""

    async def empty(self, tables: Sequence[Table]) -> None:
        """Remove every row of these tables, each of which comes before those that it refers to."""

    async def note(self, entries: Mapping[str, str], without: Sequence[str]) -> None:
        """In one transaction, let the table `about` say this, and nothing of the keys `without`."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many rows a table has, and what they are."""

    rows: int
    digest: int


async def fingerprint(batches: AsyncIterator[Rows]) -> Fingerprint:
    """The fingerprint of these rows. The digests of all rows are added up, so that their order does not matter: the
    databases sort text differently, and to sort a table takes long.
    """
    rows, digest = 0, 0
    async for batch in batches:
        rows += len(batch)
        for row in batch:
            digest += int.from_bytes(sha256(msgspec.msgpack.encode(tuple(row))).digest()[:16])
    return Fingerprint(rows, digest % (1 << 128))


class RecordCopy:
    """The copying of one database. It may be killed at any moment; another one goes on."""

    def __init__(self, source: Records, target: Records, heard: Stage) -> None:
        self._source = source
        self._target = target
        self._heard = heard
        self._done = self._total = 0

    async def begin(self) -> bool:
        """Make sure that the target is this copy's, or nobody's; false when it was finished before. Raises
        `CopyRefused`.
        """
        mine, theirs = await self._source.about(), await self._target.about()
        if COPYING in mine:
            raise CopyRefused("The database to copy from is a copy itself, and was not finished.")
        if {mine["schema"], theirs["schema"]} != {str(NEWEST)}:
            raise CopyRefused(f"Both databases need the schema version {NEWEST}: run `penstock migrate` first.")
        if theirs["instance"] == mine["instance"]:
            return COPYING in theirs
        if await self._holds_any(*TABLES, secrets):
            raise CopyRefused("The database to copy to holds another installation. Make an empty one.")
        await self._target.note({"instance": mine["instance"], COPYING: ""}, ())
        return True

    async def run(self) -> None:
        """Copy every table that is not there. What is there is compared, and removed from the first difference on,
        since what comes behind may refer to it.
        """
        await self._count()
        kept = await self._equal_tables() if await self._holds_any(*TABLES) else 0
        await self._target.empty(TABLES[: kept - len(TABLES) - 1 : -1])
        for table in TABLES[kept:]:
            await self._target.fill(table, self._told("copying records", self._source.batches(table)))

    async def differences(self) -> tuple[list[str], int]:
        """The names of the tables that are not the same in both, and how many rows were compared."""
        await self._count()
        return [table.name for table in TABLES if not await self._is_equal(table)], self._total

    async def end(self) -> None:
        """Everything is there: let the target be a store."""
        mine = _about_the_installation(await self._source.about())
        theirs = _about_the_installation(await self._target.about())
        await self._target.note(mine, [COPYING, *(theirs.keys() - mine.keys())])

    async def _holds_any(self, *tables: Table) -> bool:
        for table in tables:
            if await self._target.count(table.name):
                return True
        return False

    async def _count(self) -> None:
        self._done = 0
        self._total = sum([await self._source.count(table.name) for table in TABLES])

    async def _equal_tables(self) -> int:
        """How many tables, from the first one on, are the same in both."""
        for number, table in enumerate(TABLES):
            before = self._done
            if not await self._is_equal(table):
                self._done = before
                return number
        return len(TABLES)

    async def _is_equal(self, table: Table) -> bool:
        there = await fingerprint(self._target.batches(table))
        return there == await fingerprint(self._told("comparing records", self._source.batches(table)))

    async def _told(self, stage: str, batches: AsyncIterator[Rows]) -> AsyncIterator[Rows]:
        async for batch in batches:
            yield batch
            self._done += len(batch)
            self._heard(stage, self._done, self._total)


def _about_the_installation(about: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in about.items() if key not in _ITS_OWN and not key.startswith("backup:")}
