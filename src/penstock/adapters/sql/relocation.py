"""Records of which store has the bytes (`ports.RelocationRepository`)."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from penstock.adapters.sql.files import read_blob
from penstock.adapters.sql.tx import Database, Tx, among
from penstock.model.file import Blob
from penstock.model.ids import ID_LENGTH, Location, Sha256, UploadId
from penstock.ports import Holding

BATCH = 1000
"""How many records are changed at a time."""


class SqlRelocation:
    """The port `RelocationRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self) -> str | None:
        """See `RelocationRepository.store`."""
        row = await self._database.look("SELECT value FROM about WHERE key = 'store'")
        return row["value"] if row is not None else None

    async def holding(self) -> Holding:
        """See `RelocationRepository.holding`."""
        [row] = await self._database.scan(_HOLDING)
        return Holding(int(row["blobs"]), int(row["bytes"]), int(row["unfinished"]))

    async def sound(self, after: Sha256, count: int) -> Sequence[Blob]:
        """See `RelocationRepository.sound`."""
        return [read_blob(row) for row in await self._database.scan(_SOUND, after=after, count=count)]

    async def brought(self, uploads: Collection[UploadId]) -> set[UploadId]:
        """See `RelocationRepository.brought`. In every store a location ends with the upload's id."""
        return {UploadId(row["id"]) for row in await among(self._database, _BROUGHT, uploads)}

    async def move(self, store: str, moved: Callable[[Location], Location], damaged: Collection[Sha256]) -> None:
        """See `RelocationRepository.move`."""
        now = self._database.clock()
        await self._database.write(partial(_move, store=store, moved=moved, damaged=damaged, now=now))


async def _move(
    tx: Tx, store: str, moved: Callable[[Location], Location], damaged: Collection[Sha256], now: float
) -> None:
    after = ""
    while rows := await tx.all(_LOCATIONS, {"after": after, "count": BATCH}):
        after = rows[-1]["sha256"]
        changed = [{"sha256": row["sha256"], "location": moved(Location(row["location"]))} for row in rows]
        await tx.run_many("UPDATE blobs SET location = :location WHERE sha256 = :sha256", changed)
    await tx.run_many("UPDATE blobs SET damaged = 1 WHERE sha256 = :sha256", [{"sha256": each} for each in damaged])
    await tx.run("UPDATE uploads SET state = 'open' WHERE state = 'sealing'")
    await tx.run(
        "UPDATE uploads SET state = 'expired', ended_at = :now WHERE state IN ('open', 'placing')", {"now": now}
    )
    await tx.run(_NOTE, {"store": store})


_HOLDING = """
SELECT count(*) AS blobs, COALESCE(SUM(size), 0) AS bytes, (
    SELECT count(*) FROM uploads WHERE state IN ('open', 'sealing', 'placing')
) AS unfinished FROM blobs WHERE damaged = 0
"""
_SOUND = "SELECT * FROM blobs WHERE damaged = 0 AND sha256 > :after ORDER BY sha256 LIMIT :count"
_UPLOAD = f"substr(location, length(location) - {ID_LENGTH - 1})"
_BROUGHT = f"SELECT {_UPLOAD} AS id FROM blobs WHERE {_UPLOAD} IN ({{}})"
_LOCATIONS = "SELECT sha256, location FROM blobs WHERE sha256 > :after ORDER BY sha256 LIMIT :count"
_NOTE = """
INSERT INTO about (key, value) VALUES ('store', :store) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
