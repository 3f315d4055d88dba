"""The embedded development chain: a ledger in the metadata database that validates as a node does (`ports.Chain`)."""

import asyncio
import secrets
import sqlite3
from collections.abc import Mapping, Sequence

import structlog

from penstock.adapters.sql.database import Database
from penstock.model.chain import Address, Answer, Coin, TxId, Verdict
from penstock.model.faults import StorageFailed, StorageFull
from penstock.publishing import consensus
from penstock.publishing.addresses import is_p2pkh
from penstock.publishing.consensus import Decoded, Outpoint, Refused, Spent
from penstock.publishing.transaction import FINAL, Input, Output, Transaction

GIFT = 100 * 100_000_000
"""What the faucet gives, in satoshi: 100 coins."""


_log = structlog.get_logger(__name__)


class DevChain:
    """The port `Chain`, and what only a chain of one's own can do: `mine` and `fund`. Addresses are of one network."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            await self.submit(raw)
        except Refused as refused:
            return consensus.understood(refused.code, refused.words)
        except (StorageFull, StorageFailed) as failure:
            return Answer(Verdict.UNKNOWN, f"the embedded chain cannot write: {type(failure).__name__}")
        return Answer(Verdict.ACCEPTED)

    async def submit(self, raw: bytes, *, high_fees: bool = True) -> TxId:
        """Take a transaction into the mempool, or raise `Refused` with the node's code and words."""
        offered = await asyncio.to_thread(consensus.decoded, raw)
        await self._database.write(lambda connection: _submit(connection, offered, raw, high_fees))
        return offered.txid

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        rows = await self._database.scan("SELECT raw FROM chain_transactions WHERE txid = :txid", txid=txid)
        return rows[0]["raw"] if rows else None

    async def coins(self, address: Address, known: Sequence[Coin]) -> list[Coin]:
        """See `Chain.coins`."""
        rows = await self._database.scan(_COINS, script=address.script)
        return [Coin(TxId(row["txid"]), row["vout"], row["value"]) for row in rows]

    async def close(self) -> None:
        """See `Chain.close`."""

    async def mine(self) -> int:
        """Put the mempool into a block; returns how many transactions it had. Without any there is no block."""
        if self._database.look(_WAITING) is None:
            return 0
        return await self._database.write(lambda connection: connection.execute(_MINE).rowcount)

    async def run(self, interval: float) -> None:
        """Mine a block every `interval` seconds, for ever."""
        while True:
            await asyncio.sleep(interval)
            try:
                await self.mine()
            except (StorageFull, StorageFailed) as failure:
                _log.warning("mining_failed", fault=repr(failure))

    async def fund(self, address: Address) -> TxId:
        """Give 100 new coins to an address, in a block of their own."""
        coinbase = Input(TxId("0" * 64), FINAL, b"\x20" + secrets.token_bytes(32))
        gift = Transaction((coinbase,), (Output(GIFT, address.script),))
        return await self._database.write(lambda connection: _fund(connection, gift))


def _submit(connection: sqlite3.Connection, offered: Decoded, raw: bytes, high_fees: bool) -> None:
    known = connection.execute("SELECT height FROM chain_transactions WHERE txid = ?", [offered.txid]).fetchone()
    if known is not None:
        raise Refused(*(consensus.IN_MEMPOOL if known["height"] is None else consensus.IN_BLOCK))
    consensus.check(offered, _spent(connection, offered.transaction), high_fees=high_fees)
    _record(connection, offered.transaction, offered.txid, raw, None)
    connection.executemany(_SPEND, [(offered.txid, entry.txid, entry.vout) for entry in offered.transaction.inputs])


def _spent(connection: sqlite3.Connection, transaction: Transaction) -> Mapping[Outpoint, Spent]:
    """What the transaction's inputs spend, as far as it exists."""
    found = {}
    for entry in transaction.inputs:
        row = connection.execute(_OUTPUT, [entry.txid, entry.vout]).fetchone()
        if row is not None:
            spent = None if row["spent_by"] is None else "mempool" if row["height"] is None else "block"
            found[entry.txid, entry.vout] = Spent(Output(row["value"], row["script"]), spent)
    return found


def _fund(connection: sqlite3.Connection, gift: Transaction) -> TxId:
    height = connection.execute(_NEXT_HEIGHT).fetchone()["height"]
    txid = gift.txid()
    _record(connection, gift, txid, gift.serialised(), height)
    return txid


def _record(
    connection: sqlite3.Connection, transaction: Transaction, txid: TxId, raw: bytes, height: int | None
) -> None:
    connection.execute("INSERT INTO chain_transactions (txid, height, raw) VALUES (?, ?, ?)", [txid, height, raw])
    outputs = [
        (txid, number, output.value, output.script)
        for number, output in enumerate(transaction.outputs)
        if is_p2pkh(output.script)
    ]
    connection.executemany("INSERT INTO chain_outputs (txid, vout, value, script) VALUES (?, ?, ?, ?)", outputs)


_COINS = "SELECT txid, vout, value FROM chain_outputs WHERE script = :script AND spent_by IS NULL"
_OUTPUT = """
SELECT o.value, o.script, o.spent_by, spender.height FROM chain_outputs o
LEFT JOIN chain_transactions spender ON spender.txid = o.spent_by WHERE o.txid = ? AND o.vout = ?
"""
_SPEND = "UPDATE chain_outputs SET spent_by = ? WHERE txid = ? AND vout = ?"
_WAITING = "SELECT 1 FROM chain_transactions WHERE height IS NULL LIMIT 1"
_NEXT_HEIGHT = "SELECT COALESCE(MAX(height), 0) + 1 AS height FROM chain_transactions"
_MINE = f"UPDATE chain_transactions SET height = ({_NEXT_HEIGHT}) WHERE height IS NULL"
