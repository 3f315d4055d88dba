"""Replanning: the coins of a plan of which only a part is, or ever will be, on the chain."""

from collections.abc import Collection

from penstock.adapters.sql.tx import Tx
from penstock.chain.transaction import parse
from penstock.model.chain import Coin, TxId
from penstock.model.publication import PublicationId


async def let_go(tx: Tx, publication: PublicationId, keep: Collection[TxId]) -> list[Coin]:
    """Return a publication to `created`. Only its transactions to `keep` are on the chain: the coins that the others
    would have spent are free again and returned, and their outputs do not exist. The cost of the kept ones stays paid.
    """
    # A coin of the wallet comes back: its value is taken off the cost while its row still says whose it is, so that
    # `_GIVE_BACK` stands before `_FREE`. A coin that a dropped transaction made goes the same way at first, as the
    # input of the next one, and is undone afterwards: its value is put back (`_TAKE_BACK`) and its row deleted. That is
    # why there are two loops, and why the last line leaves it out. A `spent` coin can be free again because a plan's
    # first acceptance marks all its coins as spent, also those of transactions that were never sent.
    rows = await tx.all(_PLAN, {"id": publication})
    dropped = [row for row in rows if row["txid"] not in keep]
    freed: list[Coin] = []
    for row in rows:
        for entry in parse(row["frame"]).inputs:
            coin = {"id": publication, "txid": entry.txid, "vout": entry.vout}
            if row["txid"] in keep:
                await tx.run(_FORGET_INNER, coin)
                continue
            await tx.run(_GIVE_BACK, coin)
            free = await tx.all(_FREE, coin)
            freed += [Coin(entry.txid, entry.vout, one["value"]) for one in free]
    for row in dropped:
        for statement in (_TAKE_BACK, _UNMAKE, _UNPLAN):
            await tx.run(statement, {"id": publication, "txid": row["txid"]})
    await tx.run(_ANEW, {"id": publication})
    unplanned = {row["txid"] for row in dropped}
    return [coin for coin in freed if coin.txid not in unplanned]


_PLAN = "SELECT txid, frame FROM plans WHERE publication_id = :id ORDER BY position"
_OWN = "network = (SELECT network FROM publications WHERE id = :id) AND txid = :txid"
_TAKEN = f"{_OWN} AND vout = :vout AND publication_id = :id AND state IN ('held', 'spent', 'inner')"
_FORGET_INNER = f"DELETE FROM coins WHERE {_OWN} AND vout = :vout AND state = 'inner'"
_OUTPUTS = f"{_OWN} AND state IN ('free', 'inner', 'pending', 'lost')"
_GIVE_BACK = f"""
UPDATE publications SET cost = cost - COALESCE((SELECT value FROM coins WHERE {_TAKEN}), 0) WHERE id = :id
"""
_FREE = f"UPDATE coins SET state = 'free', publication_id = NULL WHERE {_TAKEN} RETURNING value"
_TAKE_BACK = f"""
UPDATE publications SET cost = cost + COALESCE((SELECT SUM(value) FROM coins WHERE {_OUTPUTS}), 0) WHERE id = :id
"""
_UNMAKE = f"DELETE FROM coins WHERE {_OUTPUTS}"
_UNPLAN = "DELETE FROM plans WHERE publication_id = :id AND txid = :txid"
_ANY_KEPT = "EXISTS (SELECT 1 FROM plans WHERE publication_id = :id)"
_ANEW = f"""
UPDATE publications SET stage = 'created', offered_at = NULL, offers = 0, offer_at = 0, conflict_height = NULL,
    watched_at = CASE WHEN {_ANY_KEPT} THEN watched_at END,
    prepared_at = CASE WHEN {_ANY_KEPT} THEN prepared_at END,
    cost = CASE WHEN {_ANY_KEPT} THEN cost END
WHERE id = :id
"""
