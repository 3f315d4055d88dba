"""Records of a rescan of the chain (`ports.RescanRepository`)."""

import secrets
from collections.abc import Collection

from penstock.adapters.sql.coins import coin_columns
from penstock.adapters.sql.conditions import EQUAL
from penstock.adapters.sql.news import note_publication
from penstock.adapters.sql.publications import order_columns, read_publication
from penstock.adapters.sql.tx import Database, Tx
from penstock.model.chain import Holdings, Network, TxId
from penstock.model.news import Topic
from penstock.model.publication import PublicationId
from penstock.ports import Recovered


class SqlRescans:
    """The port `RescanRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reached(self, network: Network) -> int:
        """See `RescanRepository.reached`."""
        row = await self._database.look(_REACHED, key=_key(network))
        return int(row["value"]) if row is not None else -1

    async def learnt(
        self,
        network: Network,
        height: int,
        paying: Holdings,
        spent: Collection[tuple[TxId, int]],
        recovered: list[Recovered],
    ) -> tuple[int, int]:
        """See `RescanRepository.learnt`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _learnt(tx, network, height, paying, spent, recovered, now))


async def _learnt(
    tx: Tx,
    network: Network,
    height: int,
    paying: Holdings,
    spent: Collection[tuple[TxId, int]],
    recovered: list[Recovered],
    now: float,
) -> tuple[int, int]:
    await tx.lock(f"rescan of {network}")
    coins_new = 0
    for coins, state in ((paying.ripe, "free"), (paying.unripe, "unripe")):
        coins_new += await tx.run_many(_RECORD_PAID, [coin_columns(network, coin) | {"state": state} for coin in coins])
    await tx.run_many(_SPENT, [{"network": network, "txid": txid, "vout": vout} for txid, vout in spent])
    publications = sum([await _recover(tx, one, now) for one in recovered])
    await tx.run(_REACH, {"key": _key(network), "height": str(height)})
    return coins_new, publications


async def _recover(tx: Tx, recovered: Recovered, now: float) -> bool:
    """Record it, unless its last transaction is on record; equal pending publications take over its plan."""
    _, last, _, _ = recovered.transactions[-1]
    if await tx.one(_ON_RECORD, {"network": recovered.order.network, "txid": last}) is not None:
        return False
    created = PublicationId(f"task_{secrets.token_hex(16)}")
    times = {"id": created, "now": now, "buried_at": now if recovered.deep else None}
    await tx.run(_RECOVER, order_columns(recovered.order) | times)
    await tx.run_many(
        _RECOVER_PLANNED,
        [
            {
                "id": created,
                "position": position,
                "role": role,
                "txid": txid,
                "frame": raw,
                "now": now,
                "height": block.height if block is not None else None,
                "hash": block.hash if block is not None else None,
            }
            for position, (role, txid, block, raw) in enumerate(recovered.transactions)
        ],
    )
    adopted = await tx.all(_ADOPT, order_columns(recovered.order) | times)
    for publication in (created, *(PublicationId(row["id"]) for row in adopted)):
        await note_publication(tx, Topic.PUBLICATION_COMPLETED, await read_publication(tx, publication), now)
    return True


def _key(network: Network) -> str:
    return f"rescan:{network}"


_REACHED = "SELECT value FROM about WHERE key = :key"
_REACH = "INSERT INTO about (key, value) VALUES (:key, :height) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_RECORD_PAID = """
INSERT INTO coins (network, txid, vout, value, state) VALUES (:network, :txid, :vout, :value, :state)
ON CONFLICT (network, txid, vout) DO UPDATE SET state = excluded.state WHERE coins.state = 'lost'
"""
_SPENT = """
UPDATE coins SET state = 'spent' WHERE network = :network AND txid = :txid AND vout = :vout
AND state IN ('free', 'unripe', 'lost')
"""
_ON_RECORD = """
SELECT 1 FROM plans JOIN publications ON publications.id = plans.publication_id
WHERE plans.txid = :txid AND publications.network = :network
"""
_RECOVER = """
INSERT INTO publications (id, owner, client, network, address, operation, path, content_type, name, fee_rate, method,
    sha256, size, file_id, stage, progress, message, tries, plan_of, worker_until, created_at, updated_at, offered_at,
    watched_at, completed_at, buried_at)
VALUES (:id, :owner, :client, :network, :address, :operation, :path, :content_type, :name, :fee_rate, :method,
    :sha256, :size, :file, 'completed', 100, '', 0, :id, 0, :now, :now, :now, :now, :now, :buried_at)
"""
_RECOVER_PLANNED = """
INSERT INTO plans (publication_id, position, role, txid, frame, start, stop, accepted_at, block_height, block_hash)
VALUES (:id, :position, :role, :txid, :frame, 0, 0, :now, :height, :hash)
"""
_ADOPT = f"""
UPDATE publications SET stage = 'completed', progress = 100, message = '', plan_of = :id, pinned = NULL, worker = NULL,
    updated_at = :now, completed_at = :now, failed_at = NULL, buried_at = :buried_at
WHERE {EQUAL} AND :name IN (name, '') AND completed_at IS NULL AND stage = 'created'
AND NOT EXISTS (SELECT 1 FROM plans WHERE publication_id = publications.id) RETURNING id
"""
"""Equal publications on record that are older than the recovered plan."""
