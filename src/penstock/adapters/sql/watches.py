"""Records of transactions that the chain may still forget (`ports.WatchRepository`)."""

import json
from collections.abc import Collection, Sequence

from penstock.adapters.sql.conditions import WATCHED
from penstock.adapters.sql.news import note_publication
from penstock.adapters.sql.publications import read_publication
from penstock.adapters.sql.replanning import let_go
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.chain import Block, Coin, Network, Survey, TxId
from penstock.model.news import Topic
from penstock.model.publication import PublicationId, Role
from penstock.ports import Unburied, Watched


class SqlWatches:
    """The port `WatchRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def trail(self, network: Network) -> list[Block]:
        """See `WatchRepository.trail`."""
        row = await self._database.look(_TRAIL, network=network)
        return _blocks(row["trail"]) if row is not None else []

    async def watched(self, network: Network) -> list[Watched]:
        """See `WatchRepository.watched`."""
        rows = await self._database.scan(_WATCHED, network=network, now=self._database.clock())
        return [_watched(row) for row in rows]

    async def surveyed(
        self, network: Network, before: Sequence[Block], txids: Collection[TxId], survey: Survey, deep: int
    ) -> int | None:
        """See `WatchRepository.surveyed`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _surveyed(tx, network, before, txids, survey, deep, now))

    async def lead(self, network: Network, worker: str, ttl: float) -> bool:
        """See `WatchRepository.lead`."""
        now = self._database.clock()
        values = {"network": network, "worker": worker, "now": now, "until": now + ttl}
        return bool(await self._database.write(lambda tx: tx.run(_LEAD, values)))

    async def offered_again(self, publication: PublicationId, pause: float) -> None:
        """See `WatchRepository.offered_again`."""
        values = {"id": publication, "now": self._database.clock(), "pause": pause, "longest": max(pause, MAX_PAUSE)}
        await self._database.write(lambda tx: tx.run(_OFFERED_AGAIN, values))

    async def seen(self, publication: PublicationId) -> None:
        """See `WatchRepository.seen`."""
        await self._database.write(lambda tx: tx.run(_SEEN, {"id": publication}))

    async def doubt(self, publication: PublicationId, height: int) -> int:
        """See `WatchRepository.doubt`."""
        values = {"id": publication, "height": height}
        return await self._database.write(lambda tx: _doubt(tx, values))

    async def overturn(self, publication: PublicationId, message: str, keep: Collection[TxId]) -> list[Coin]:
        """See `WatchRepository.overturn`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _overturn(tx, publication, message, keep, now))

    async def unburied(self) -> Unburied:
        """See `WatchRepository.unburied`."""
        [row] = await self._database.scan(_UNBURIED)
        return Unburied(row["count"], row["since"])


MAX_PAUSE = 600.0
"""The longest pause, in seconds, before a transaction that stays unknown is offered again."""


async def _surveyed(
    tx: Tx,
    network: Network,
    before: Sequence[Block],
    txids: Collection[TxId],
    survey: Survey,
    deep: int,
    now: float,
) -> int | None:
    await tx.lock(f"watch of {network}")
    row = await tx.one(_TRAIL, {"network": network})
    if row is not None and _blocks(row["trail"]) != list(before):
        return None
    watched = {row["txid"] for row in await tx.all(_WATCHED, {"network": network, "now": now})}
    if tuple(before[:1]) != survey.trail[:1] and not watched <= set(txids):
        return None
    trail = json.dumps([[block.height, block.hash] for block in survey.trail])
    await tx.run(_KEEP_TRAIL, {"network": network, "trail": trail})
    await tx.run(_TURN, {"network": network, "fork": survey.fork})
    mined = [
        {"network": network, "txid": txid, "height": block.height, "hash": block.hash}
        for txid, block in survey.mined.items()
    ]
    await tx.run_many(_MINED, mined)
    values = {"network": network, "bound": survey.tip.height - deep + 1, "now": now}
    buried = [row["id"] for row in await tx.all(_BURY, values)]
    others = [row["id"] for one in buried for row in await tx.all(_BURY_OTHERS, {"id": one, "now": now})]
    await _note_all(tx, Topic.PUBLICATION_BURIED, [*buried, *others], now)
    return len(buried)


async def _doubt(tx: Tx, values: dict[str, object]) -> int:
    height: int = (await tx.one(_DOUBT, values))["conflict_height"]
    return height


async def _overturn(tx: Tx, publication: PublicationId, message: str, keep: Collection[TxId], now: float) -> list[Coin]:
    values = {"id": publication, "message": message, "now": now}
    overturned = [row["id"] for row in await tx.all(_OVERTURN, values)]
    await _note_all(tx, Topic.PUBLICATION_FAILED, overturned, now)
    return await let_go(tx, publication, keep)


async def _note_all(tx: Tx, topic: Topic, publications: Sequence[str], now: float) -> None:
    for publication in publications:
        await note_publication(tx, topic, await read_publication(tx, PublicationId(publication)), now)


def _blocks(trail: str) -> list[Block]:
    return [Block(height, name) for height, name in json.loads(trail)]


def _watched(row: Row) -> Watched:
    return Watched(
        publication=PublicationId(row["publication_id"]),
        role=Role(row["role"]),
        txid=TxId(row["txid"]),
        accepted=row["accepted_at"] is not None,
        block=Block(row["block_height"], row["block_hash"]) if row["block_height"] is not None else None,
        due=row["offer_at"] <= row["now"],
        offers=row["offers"],
        failed=row["failed_at"] is not None,
        doubted=row["conflict_height"],
    )


# --- statements ------------------------------------------------------------------------------------------------------

_TRAIL = "SELECT trail FROM watches WHERE network = :network"
_KEEP_TRAIL = """
INSERT INTO watches (network, trail, worker_until) VALUES (:network, :trail, 0)
ON CONFLICT (network) DO UPDATE SET trail = excluded.trail
"""
_LEAD = """
INSERT INTO watches (network, trail, worker, worker_until) VALUES (:network, '[]', :worker, :until)
ON CONFLICT (network) DO UPDATE SET worker = excluded.worker, worker_until = excluded.worker_until
WHERE watches.worker IS NULL OR watches.worker = excluded.worker OR watches.worker_until <= :now
"""
_WATCHED = f"""
SELECT plans.publication_id, role, txid, accepted_at, block_height, block_hash, offer_at, offers, conflict_height,
    failed_at, CAST(:now AS DOUBLE PRECISION) AS now
FROM publications JOIN plans ON plans.publication_id = publications.id
WHERE network = :network AND {WATCHED} ORDER BY watched_at, publications.id, position
"""
_MINE = f"publication_id IN (SELECT id FROM publications WHERE network = :network AND {WATCHED})"
_TURN = f"""
UPDATE plans SET block_height = NULL, block_hash = NULL WHERE block_height > :fork AND {_MINE}
"""
_MINED = f"UPDATE plans SET block_height = :height, block_hash = :hash WHERE txid = :txid AND {_MINE}"
_BURY = f"""
UPDATE publications SET buried_at = :now, pinned = NULL, conflict_height = NULL
WHERE network = :network AND {WATCHED} AND completed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM plans WHERE publication_id = publications.id AND (block_height IS NULL OR block_height > :bound)
) RETURNING id
"""
_BURY_OTHERS = "UPDATE publications SET buried_at = :now WHERE plan_of = :id AND buried_at IS NULL RETURNING id"
_PAUSE = "CAST(:pause AS DOUBLE PRECISION) * (CAST(1 AS BIGINT) << CAST(offers AS INTEGER))"
_OFFERED_AGAIN = f"""
UPDATE publications SET offers = offers + 1,
    offer_at = :now + CASE WHEN offers < 20 AND {_PAUSE} < :longest THEN {_PAUSE} ELSE :longest END
WHERE id = :id
"""
_SEEN = "UPDATE publications SET offers = 0, offer_at = 0, conflict_height = NULL WHERE id = :id"
_DOUBT = """
UPDATE publications SET conflict_height = COALESCE(conflict_height, :height) WHERE id = :id RETURNING conflict_height
"""
_OVERTURN = """
UPDATE publications SET failed_at = :now, updated_at = :now, completed_at = NULL, message = :message, worker = NULL
WHERE plan_of = :id AND failed_at IS NULL RETURNING id
"""
_UNBURIED = """
SELECT count(*) AS count, MIN(completed_at) AS since FROM publications
WHERE completed_at IS NOT NULL AND buried_at IS NULL
"""
