"""The embedded development chain: a ledger in the metadata database that validates as a node does (`ports.Chain`)."""

import asyncio
import secrets
import sqlite3
from collections.abc import Mapping, Sequence

import structlog

from penstock.adapters.sql.database import Database
from penstock.model.chain import COIN, Address, Answer, Coin, Network, TxId, Verdict
from penstock.model.faults import StorageFailed, StorageFull
from penstock.publishing import consensus
from penstock.publishing.addresses import is_p2pkh
from penstock.publishing.consensus import Decoded, Outpoint, Refused, Spent
from penstock.publishing.transaction import FINAL, Input, Output, Transaction

GIFT = 100 * COIN
"""What the faucet gives, in satoshi: 100 coins."""


_log = structlog.get_logger(__name__)


class DevChain:
    """The port `Chain`, and what only a chain of one's own can do: `mine` and `fund`. Each network is a chain apart."""

    def __init__(self, database: Database, network: Network = Network.EMBEDDED_MAINNET) -> None:
        self._database = database
        self._network = network

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
        await self._database.write(lambda connection: _submit(connection, self._network, offered, raw, high_fees))
        return offered.txid

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        rows = await self._database.scan(_RAW, network=self._network, txid=txid)
        return rows[0]["raw"] if rows else None

    async def coins(self, address: Address, known: Sequence[Coin]) -> list[Coin]:
        """See `Chain.coins`."""
        rows = await self._database.scan(_COINS, network=self._network, script=address.script)
        return [Coin(TxId(row["txid"]), row["vout"], row["value"]) for row in rows]

    async def close(self) -> None:
        """See `Chain.close`."""

    async def mine(self) -> int:
        """Put the mempool into a block; returns how many transactions it had. Without any there is no block."""
        book = {"network": self._network}
        if self._database.look(_WAITING, **book) is None:
            return 0
        return await self._database.write(lambda connection: connection.execute(_BLOCK, book).rowcount)

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
        return await self._database.write(lambda connection: _fund(connection, self._network, gift))


def _submit(connection: sqlite3.Connection, network: Network, offered: Decoded, raw: bytes, high_fees: bool) -> None:
    known = connection.execute(_HEIGHT, {"network": network, "txid": offered.txid}).fetchone()
    if known is not None:
        raise Refused(*(consensus.IN_MEMPOOL if known["height"] is None else consensus.IN_BLOCK))
    consensus.check(offered, _spent(connection, network, offered.transaction), high_fees=high_fees)
    _record(connection, network, offered.transaction, offered.txid, raw, None)
    spends = [(offered.txid, network, entry.txid, entry.vout) for entry in offered.transaction.inputs]
    connection.executemany(_SPEND, spends)


def _spent(connection: sqlite3.Connection, network: Network, transaction: Transaction) -> Mapping[Outpoint, Spent]:
    """What the transaction's inputs spend, as far as it exists."""
    found = {}
    for entry in transaction.inputs:
        row = connection.execute(_OUTPUT, [network, entry.txid, entry.vout]).fetchone()
        if row is not None:
            spent = None if row["spent_by"] is None else "mempool" if row["height"] is None else "block"
            found[entry.txid, entry.vout] = Spent(Output(row["value"], row["script"]), spent)
    return found


def _fund(connection: sqlite3.Connection, network: Network, gift: Transaction) -> TxId:
    height = connection.execute(_NEXT_HEIGHT, {"network": network}).fetchone()["height"]
    txid = gift.txid()
    _record(connection, network, gift, txid, gift.serialised(), height)
    return txid


def _record(
    connection: sqlite3.Connection,
    network: Network,
    transaction: Transaction,
    txid: TxId,
    raw: bytes,
    height: int | None,
) -> None:
    connection.execute(_INSERT, [network, txid, height, raw])
    outputs = [
        (network, txid, number, output.value, output.script)
        for number, output in enumerate(transaction.outputs)
        if is_p2pkh(output.script)
    ]
    connection.executemany(_INSERT_OUTPUT, outputs)


_RAW = "SELECT raw FROM chain_transactions WHERE network = :network AND txid = :txid"
_HEIGHT = "SELECT height FROM chain_transactions WHERE network = :network AND txid = :txid"
_COINS = """
SELECT txid, vout, value FROM chain_outputs WHERE network = :network AND script = :script AND spent_by IS NULL
"""
_OUTPUT = """
SELECT o.value, o.script, o.spent_by, spender.height FROM chain_outputs o
LEFT JOIN chain_transactions spender ON spender.network = o.network AND spender.txid = o.spent_by
WHERE o.network = ? AND o.txid = ? AND o.vout = ?
"""
_INSERT = "INSERT INTO chain_transactions (network, txid, height, raw) VALUES (?, ?, ?, ?)"
_INSERT_OUTPUT = "INSERT INTO chain_outputs (network, txid, vout, value, script) VALUES (?, ?, ?, ?, ?)"
_SPEND = "UPDATE chain_outputs SET spent_by = ? WHERE network = ? AND txid = ? AND vout = ?"
_WAITING = "SELECT 1 FROM chain_transactions WHERE height IS NULL AND network = :network LIMIT 1"
_NEXT_HEIGHT = "SELECT COALESCE(MAX(height), 0) + 1 AS height FROM chain_transactions WHERE network = :network"
_BLOCK = f"UPDATE chain_transactions SET height = ({_NEXT_HEIGHT}) WHERE height IS NULL AND network = :network"
