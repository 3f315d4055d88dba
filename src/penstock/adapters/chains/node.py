"""A node over JSON-RPC, with an index of transactions or without."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence

import msgspec

from penstock.adapters.chains.rpc import Rpc, RpcError
from penstock.adapters.chains.wire import accepted, in_groups, transaction_in, unanswered
from penstock.chain.consensus import MATURITY, understood
from penstock.chain.transaction import Malformed, is_coinbase, transactions_of
from penstock.model.chain import COIN, Address, Answer, Block, Coin, Holdings, Survey, TxId, Verdict
from penstock.model.faults import ChainUnavailable
from penstock.ports.chain import START, TRAIL, Chapter

JUDGED = {-22, -25, -26, -27}
"""RPC errors that are a verdict on a transaction; others concern the node."""

NO_TRANSACTION = -5
"""Of `getrawtransaction`, `getmempoolentry`: unknown id."""

NO_HEIGHT = -8
"""Of `getblockhash`: height beyond the tip."""

NOT_NOW = {-2, -28}
"""RPC errors of a node that accepts nothing at present: in safe mode after losing a long branch, or starting."""

MAX_BLOCKS = 200
"""How many blocks a survey reads."""

AT_ONCE = 20
"""How many blocks, or raw transactions, one request fetches: they may be large."""


class NodeChain:
    """The port `Chain` over a node's JSON-RPC. A node has no index of addresses."""

    def __init__(self, url: str, timeout: float) -> None:
        """`url` is `http(s)://USER:PASSWORD@HOST:PORT`; `timeout` in seconds bounds each wait for the network."""
        self._rpc = Rpc(url, timeout)

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            txid = await self._rpc.call("sendrawtransaction", raw.hex(), True, False)
        except RpcError as error:
            if error.code in JUDGED:
                return understood(error.code, error.words)
            return Answer(Verdict.NOT_SENT if error.code in NOT_NOW else Verdict.UNKNOWN, error.words)
        except ChainUnavailable as failure:
            return unanswered(failure)
        return await accepted(raw, txid)

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        [raw] = await self._transactions([txid])
        return raw

    async def survey(self, txids: Collection[TxId], trail: Sequence[Block]) -> Survey:
        """See `Chain.survey`.

        The order is the whole of it. A transaction leaves the mempool for a block: asked first about the mempool and
        then about the blocks, the chain shows it in one of the two, unless its block came after the tip at the
        beginning. Then the tip at the end, which is the one returned, is beyond the blocks that were read, the
        survey counts as behind, and nobody takes the transaction for forgotten. The other way round it could be in
        neither, and would be sent and paid for again. With nothing to ask about no block is read: the trail has a gap
        then, which is harmless because the record refuses it when a transaction was sent meanwhile.
        """
        wanted = set(txids)
        tip = await self.tip()
        waiting = await self._waiting(wanted)
        kept = await self._kept(trail, tip)
        if not wanted:
            return Survey(tip, tuple(kept if tip in kept else [tip, *kept])[:TRAIL], tip.height, {}, waiting)
        first = kept[0].height + 1 if kept else max(tip.height - START, 0)
        mined: dict[TxId, Block] = {}
        read: list[Block] = []
        async for block, inside in self._blocks(range(first, tip.height + 1)[:MAX_BLOCKS], kept[:1]):
            mined |= dict.fromkeys(wanted.intersection(inside), block)
            read.append(block)
        return Survey(await self.tip(), (*read[::-1], *kept)[:TRAIL], first - 1, mined, waiting - mined.keys())

    async def coins(self, address: Address, known: Sequence[Coin]) -> Holdings:
        """See `Chain.coins`."""
        outputs = await self._rpc.tell_all(_Output, "gettxout", [(coin.txid, coin.vout, True) for coin in known])
        lock = address.script.hex()
        there = [(coin, output) for coin, output in zip(known, outputs, strict=True) if output and output.pays(lock)]
        return Holdings(
            tuple(coin for coin, output in there if output.is_ripe),
            tuple(coin for coin, output in there if not output.is_ripe),
        )

    async def history(self, address: Address, public: bytes, start: int) -> AsyncIterator[Chapter]:
        """See `Chain.history`. Yields only transactions that contain the key or its hash."""
        marks = (address.script[3:23], public)
        height, last = start, None  # type: int, Block | None
        while True:
            tip = await self.tip()
            while height <= tip.height:
                block, raw = await self._whole_block(height)
                if last is not None and _parent(raw) != last.hash:  # reorganised: the blocks read so far are in doubt
                    height, last = max(start, height - TRAIL), None
                    continue
                yield Chapter(block, tip.height, await asyncio.to_thread(_marked, raw, marks))
                height, last = height + 1, block
            yield Chapter(None, tip.height, await self._mempool(marks))
            if await self.tip() == tip:
                return

    async def least_fee(self) -> float | None:
        """See `Chain.least_fee`."""
        network = await self._rpc.tell(_Network, "getnetworkinfo")
        mempool = await self._rpc.tell(_Mempool, "getmempoolinfo")
        return (
            round(max(network.relayfee, mempool.mempoolminfee) * COIN) / 1000
        )  # the node reports coins for 1,000 bytes

    async def close(self) -> None:
        """See `Chain.close`."""
        await self._rpc.close()

    async def tip(self) -> Block:
        """See `Chain.tip`."""
        info = await self._rpc.tell(_Tip, "getblockchaininfo")
        return Block(info.blocks, info.bestblockhash)

    async def _waiting(self, txids: Collection[TxId]) -> frozenset[TxId]:
        entries = await self._rpc.tell_all(dict, "getmempoolentry", [(txid,) for txid in txids], none=NO_TRANSACTION)
        return frozenset(txid for txid, entry in zip(txids, entries, strict=True) if entry is not None)

    async def _kept(self, trail: Sequence[Block], tip: Block) -> list[Block]:
        """The blocks of the trail that are on the main chain still."""
        known = [block for block in trail if block.height <= tip.height]
        hashes = await self._hashes(block.height for block in known)
        return [block for block, now in zip(known, hashes, strict=True) if block.hash == now]

    async def _hashes(self, heights: Iterable[int]) -> list[str | None]:
        return await self._rpc.tell_all(str, "getblockhash", [(height,) for height in heights], none=NO_HEIGHT)

    async def _blocks(self, heights: range, before: Sequence[Block]) -> AsyncIterator[tuple[Block, Sequence[TxId]]]:
        """The blocks at these heights with what is in them, each the child of the one before; it ends early when the
        chain is reorganised meanwhile.
        """
        parent = before[0].hash if before else None
        hashes = [(name, 1) for name in await self._hashes(heights) if name is not None]
        for group in in_groups(hashes, AT_ONCE):
            for block in await self._rpc.tell_all(_Block, "getblock", group):
                if block is None or parent not in {None, block.previousblockhash}:
                    return
                parent = block.hash
                yield Block(block.height, block.hash), block.tx

    async def _whole_block(self, height: int) -> tuple[Block, bytes]:
        name = await self._rpc.tell(str, "getblockhash", height)
        return Block(height, name), transaction_in(await self._rpc.tell(str, "getblock", name, 0))

    async def _mempool(self, marks: Sequence[bytes]) -> list[tuple[bytes, bool]]:
        raws: list[bytes] = []
        for group in in_groups(await self._rpc.tell(list[TxId], "getrawmempool"), AT_ONCE):
            raws += [raw for raw in await self._transactions(group) if raw is not None and _has(raw, marks)]
        return [(raw, False) for raw in raws]

    async def _transactions(self, txids: Sequence[TxId]) -> list[bytes | None]:
        digits = await self._rpc.tell_all(str, "getrawtransaction", [(txid,) for txid in txids], none=NO_TRANSACTION)
        return [None if raw is None else transaction_in(raw) for raw in digits]


class _Tip(msgspec.Struct):
    blocks: int
    bestblockhash: str


class _Block(msgspec.Struct):
    height: int
    hash: str
    tx: list[TxId]
    previousblockhash: str = ""


class _Script(msgspec.Struct):
    hex: str


class _Output(msgspec.Struct):
    confirmations: int
    scriptPubKey: _Script
    coinbase: bool = False

    def pays(self, lock: str) -> bool:
        return self.scriptPubKey.hex == lock

    @property
    def is_ripe(self) -> bool:
        return not self.coinbase or self.confirmations >= MATURITY


class _Network(msgspec.Struct):
    relayfee: float


class _Mempool(msgspec.Struct):
    mempoolminfee: float


def _marked(block: bytes, marks: Sequence[bytes]) -> list[tuple[bytes, bool]]:
    """The transactions of a block that contain one of these marks, each with whether it is a coinbase. Most blocks are
    never parsed.
    """
    if not _has(block, marks):
        return []
    try:
        return [(raw, is_coinbase(raw)) for raw in transactions_of(block) if _has(raw, marks)]
    except Malformed as error:
        raise ChainUnavailable("the chain's answer is no block") from error


def _has(raw: bytes, marks: Sequence[bytes]) -> bool:
    return any(mark in raw for mark in marks)


def _parent(block: bytes) -> str:
    """The hash of the previous block, in display order."""
    return block[4:36][::-1].hex()
