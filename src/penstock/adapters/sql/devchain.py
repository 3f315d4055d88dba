"""The embedded development chain: a ledger in the metadata database that validates as a node does (`ports.Chain`)."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

import structlog

from penstock.adapters.sql.leases import SqlLeases
from penstock.adapters.sql.tx import Database, Row, Tx, among
from penstock.chain import consensus
from penstock.chain.addresses import is_p2pkh
from penstock.chain.consensus import Decoded, Outpoint, Refused, Spent
from penstock.chain.transaction import FINAL, Input, Output, Transaction, is_coinbase
from penstock.model.chain import COIN, Address, Answer, Block, Coin, Holdings, Network, Survey, TxId, Verdict
from penstock.model.faults import StorageFailed, StorageFull
from penstock.model.ids import new_id
from penstock.ports.chain import Chapter

GIFT = 100 * COIN
"""The faucet's gift, in satoshi: 100 coins."""

GENESIS = Block(0, "0" * 64)
"""The empty first block."""

DEEP = 6
"""How deep the newest transaction is buried, at least: an idle chain has no more blocks than that takes."""

_log = structlog.get_logger(__name__)


class DevChain:
    """The port `Chain`, with `mine`, `fund`, and, for tests, `forget` and `reorganise`. Each network is a separate
    chain.
    """

    def __init__(self, database: Database, network: Network = Network.EMBEDDED_MAINNET, *, deep: int = DEEP) -> None:
        """Blocks are mined until everything is `deep` blocks deep."""
        self._database = database
        self._network = network
        self._deep = deep

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
        await self._database.write(lambda tx: _submit(tx, self._network, offered, raw, high_fees))
        return offered.txid

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        rows = await self._database.scan(_RAW, network=self._network, txid=txid)
        return rows[0]["raw"] if rows else None

    async def survey(self, txids: Collection[TxId], trail: Sequence[Block]) -> Survey:
        """See `Chain.survey`. Each is asked for; the newest block last, so that none is above it."""
        places: dict[TxId, Block | None] = {}
        rows = await among(self._database, _STANDING, txids, network=self._network)
        places |= {TxId(row["txid"]): _block(row) for row in rows}
        mined = {txid: block for txid, block in places.items() if block is not None}
        tip = await self.tip()
        return Survey(tip, (tip,), -1, mined, frozenset(places.keys() - mined.keys()))

    async def tip(self) -> Block:
        """See `Chain.tip`."""
        row = await self._database.look(_TIP, network=self._network)
        return GENESIS if row is None else Block(row["height"], row["hash"])

    async def coins(self, address: Address, known: Sequence[Coin]) -> Holdings:
        """See `Chain.coins`. The faucet's coins can be spent at once."""
        rows = await self._database.scan(_COINS, network=self._network, script=address.script)
        return Holdings(tuple(Coin(TxId(row["txid"]), row["vout"], row["value"]) for row in rows))

    async def history(self, address: Address, public: bytes, start: int) -> AsyncIterator[Chapter]:
        """See `Chain.history`."""
        marks = (address.script[3:23], public)
        while True:
            tip = await self.tip()
            for row in await self._database.scan(_BLOCKS, network=self._network, start=start):
                inside = await self._database.scan(_INSIDE, network=self._network, height=row["height"])
                yield Chapter(_block(row), tip.height, _marked(inside, marks))
            waiting = await self._database.scan(_MEMPOOL, network=self._network)
            yield Chapter(None, tip.height, _marked(waiting, marks))
            if await self.tip() == tip:
                return
            start = tip.height + 1

    async def least_fee(self) -> float | None:
        """See `Chain.least_fee`."""
        return consensus.RELAY_FEE / 1000

    async def close(self) -> None:
        """See `Chain.close`."""

    async def mine(self) -> int:
        """Put the mempool into a block; returns how many transactions it had. Without any the block is empty, and there
        is none once everything is deep enough.
        """
        book = {"network": self._network}
        if not (
            await self._database.look(_WAITING, **book) or await self._database.look(_SHALLOW, deep=self._deep, **book)
        ):
            return 0
        return await self._database.write(lambda tx: _mine(tx, self._network))

    async def run(self, interval: float) -> None:
        """Mine a block every `interval` seconds, until cancelled: one process of all does."""
        leases, miner = SqlLeases(self._database), new_id()
        while True:
            await asyncio.sleep(interval)
            try:
                if await leases.take(f"mining {self._network}", miner, 3 * interval):
                    await self.mine()
            except (StorageFull, StorageFailed) as failure:
                _log.warning("mining_failed", fault=repr(failure))

    async def fund(self, address: Address) -> TxId:
        """Give 100 new coins to an address, in a block of their own."""
        coinbase = Input(TxId("0" * 64), FINAL, b"\x20" + secrets.token_bytes(32))
        gift = Transaction((coinbase,), (Output(GIFT, address.script),))
        return await self._database.write(lambda tx: _fund(tx, self._network, gift))

    async def forget(self, *txids: TxId) -> None:
        """Drop these from the mempool, or everything, and what spends their outputs: as a node does that is short of
        room, or was started without its mempool.
        """
        await self._database.write(lambda tx: _forget(tx, self._network, txids))

    async def reorganise(self, depth: int, *, keep: bool = True) -> None:
        """Reorganise to a branch one block longer than the newest `depth` blocks. Their transactions return to the
        mempool with `keep`, else they are gone; the faucet's gifts are in the first block of the new branch, too.
        """
        await self._database.write(lambda tx: _reorganise(tx, self._network, depth, keep))


async def _submit(tx: Tx, network: Network, offered: Decoded, raw: bytes, high_fees: bool) -> None:
    await tx.lock(_name(network))
    known = await tx.one(_HEIGHT, {"network": network, "txid": offered.txid})
    if known is not None:
        raise Refused(*(consensus.IN_MEMPOOL if known["height"] is None else consensus.IN_BLOCK))
    consensus.check(offered, await _spent(tx, network, offered.transaction), high_fees=high_fees)
    await _record(tx, network, offered.transaction, offered.txid, raw, None)
    spends = [
        {"spender": offered.txid, "network": network, "txid": entry.txid, "vout": entry.vout}
        for entry in offered.transaction.inputs
    ]
    await tx.run_many(_SPEND, spends)


async def _spent(tx: Tx, network: Network, transaction: Transaction) -> Mapping[Outpoint, Spent]:
    """The outputs that the transaction spends, as far as they exist."""
    outputs = {}
    for entry in transaction.inputs:
        row = await tx.one(_OUTPUT, {"network": network, "txid": entry.txid, "vout": entry.vout})
        if row is not None:
            spent = None if row["spent_by"] is None else "mempool" if row["height"] is None else "block"
            outputs[entry.txid, entry.vout] = Spent(Output(row["value"], row["script"]), spent)
    return outputs


async def _mine(tx: Tx, network: Network) -> int:
    await tx.lock(_name(network))
    height = await _add_block(tx, network)
    return await tx.run(_TAKE_IN, {"network": network, "height": height})


async def _fund(tx: Tx, network: Network, gift: Transaction) -> TxId:
    await tx.lock(_name(network))
    txid = gift.txid()
    await _record(tx, network, gift, txid, gift.serialised(), await _add_block(tx, network))
    return txid


async def _add_block(tx: Tx, network: Network) -> int:
    height: int = (await tx.one(_NEXT_HEIGHT, {"network": network}))["height"]
    await tx.run(_INSERT_BLOCK, {"network": network, "height": height, "hash": secrets.token_hex(32)})
    return height


async def _forget(tx: Tx, network: Network, txids: Iterable[TxId]) -> None:
    await tx.lock(_name(network))
    book = {"network": network}
    waiting = {TxId(row["txid"]) for row in await tx.all(_MEMPOOL, book)}
    doomed = list(waiting.intersection(txids) if txids else waiting)
    for txid in doomed:  # their children are added
        spenders = {TxId(row["spent_by"]) for row in await tx.all(_SPENDERS, book | {"txid": txid})}
        doomed += spenders.difference(doomed)
    for statement in _DROP:
        await tx.run_many(statement, [book | {"txid": txid} for txid in doomed])


async def _reorganise(tx: Tx, network: Network, depth: int, keep: bool) -> None:
    await tx.lock(_name(network))
    newest = (await tx.one(_NEXT_HEIGHT, {"network": network}))["height"] - 1
    fork = max(newest - depth, GENESIS.height)
    book = {"network": network, "fork": fork}
    left = await tx.all(_ABOVE, book)
    await tx.run(_LEAVE, book)
    await tx.run(_CUT, book)
    for _ in range(depth + 1):
        await _add_block(tx, network)
    gifts = [row["txid"] for row in left if is_coinbase(row["raw"])]
    await tx.run_many(_PUT, [{"network": network, "txid": txid, "height": fork + 1} for txid in gifts])
    lost = [TxId(row["txid"]) for row in left if row["txid"] not in gifts]
    if lost and not keep:
        await _forget(tx, network, lost)


async def _record(
    tx: Tx,
    network: Network,
    transaction: Transaction,
    txid: TxId,
    raw: bytes,
    height: int | None,
) -> None:
    await tx.run(_INSERT, {"network": network, "txid": txid, "height": height, "raw": raw})
    outputs = [
        {"network": network, "txid": txid, "vout": number, "value": output.value, "script": output.script}
        for number, output in enumerate(transaction.outputs)
        if is_p2pkh(output.script)
    ]
    await tx.run_many(_INSERT_OUTPUT, outputs)


def _name(network: Network) -> str:
    """The lock of a chain: one at a time changes it, as in a node."""
    return f"chain {network}"


def _block(row: Row) -> Block | None:
    return None if row["height"] is None else Block(row["height"], row["hash"])


def _marked(rows: Iterable[Row], marks: Sequence[bytes]) -> list[tuple[bytes, bool]]:
    """The transactions that have one of these marks, each with whether it is a coinbase."""
    raws = [row["raw"] for row in rows if any(mark in row["raw"] for mark in marks)]
    return [(raw, is_coinbase(raw)) for raw in raws]


_RAW = "SELECT raw FROM chain_transactions WHERE network = :network AND txid = :txid"
_HEIGHT = "SELECT height FROM chain_transactions WHERE network = :network AND txid = :txid"
_STANDING = """
SELECT txid, block.height, block.hash FROM chain_transactions entry
LEFT JOIN chain_heights block ON block.network = entry.network AND block.height = entry.height
WHERE entry.network = :network AND txid IN ({})
"""
_COINS = """
SELECT txid, vout, value FROM chain_outputs WHERE network = :network AND script = :script AND spent_by IS NULL
"""
_OUTPUT = """
SELECT o.value, o.script, o.spent_by, spender.height FROM chain_outputs o
LEFT JOIN chain_transactions spender ON spender.network = o.network AND spender.txid = o.spent_by
WHERE o.network = :network AND o.txid = :txid AND o.vout = :vout
"""
_INSERT = "INSERT INTO chain_transactions (network, txid, height, raw) VALUES (:network, :txid, :height, :raw)"
_INSERT_OUTPUT = """
INSERT INTO chain_outputs (network, txid, vout, value, script) VALUES (:network, :txid, :vout, :value, :script)
"""
_SPEND = """
UPDATE chain_outputs SET spent_by = :spender WHERE network = :network AND txid = :txid AND vout = :vout
"""

_TIP = "SELECT height, hash FROM chain_heights WHERE network = :network ORDER BY height DESC LIMIT 1"
_NEXT_HEIGHT = "SELECT COALESCE(MAX(height), 0) + 1 AS height FROM chain_heights WHERE network = :network"
_INSERT_BLOCK = "INSERT INTO chain_heights (network, height, hash) VALUES (:network, :height, :hash)"
_BLOCKS = "SELECT height, hash FROM chain_heights WHERE network = :network AND height >= :start ORDER BY height"
_INSIDE = "SELECT raw FROM chain_transactions WHERE network = :network AND height = :height"
_MEMPOOL = "SELECT txid, raw FROM chain_transactions WHERE network = :network AND height IS NULL"
_WAITING = "SELECT 1 FROM chain_transactions WHERE height IS NULL AND network = :network LIMIT 1"
_SHALLOW = f"""
SELECT 1 FROM chain_transactions WHERE network = :network AND height > ({_NEXT_HEIGHT}) - :deep LIMIT 1
"""
_TAKE_IN = "UPDATE chain_transactions SET height = :height WHERE network = :network AND height IS NULL"

_SPENDERS = """
SELECT spent_by FROM chain_outputs WHERE network = :network AND txid = :txid AND spent_by IS NOT NULL
"""
_DROP = (
    "DELETE FROM chain_outputs WHERE network = :network AND txid = :txid",
    "UPDATE chain_outputs SET spent_by = NULL WHERE network = :network AND spent_by = :txid",
    "DELETE FROM chain_transactions WHERE network = :network AND txid = :txid",
)
_ABOVE = "SELECT txid, raw FROM chain_transactions WHERE network = :network AND height > :fork"
_LEAVE = "UPDATE chain_transactions SET height = NULL WHERE network = :network AND height > :fork"
_CUT = "DELETE FROM chain_heights WHERE network = :network AND height > :fork"
_PUT = "UPDATE chain_transactions SET height = :height WHERE network = :network AND txid = :txid"
