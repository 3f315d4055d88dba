"""The public HTTP API: it has indexes of transactions and of addresses (its OpenAPI document, 3.0.11)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from itertools import groupby
from typing import TypeVar

import httpx
import msgspec

from penstock.adapters.chains.wire import accepted, in_groups, read, sent, transaction_in, unanswered
from penstock.chain.consensus import understood
from penstock.chain.transaction import is_coinbase
from penstock.model.chain import Address, Answer, Block, Coin, Holdings, Survey, TxId, Verdict
from penstock.model.faults import ChainUnavailable
from penstock.ports.chain import Chapter

T = TypeVar("T")
U = TypeVar("U")

PAGE = 100
"""The page size of coins and of an address's transactions."""

MAX_PAGES = 1000

AT_ONCE = 8
"""How many requests run in parallel."""


class ApiChain:
    """The port `Chain` over the public HTTP API."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        """`url` is the base of paths; `token` may be empty; `timeout` as for a node."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/", headers=headers, timeout=timeout, trust_env=False
        )

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            answer = await sent(self._client.post("tx/broadcast", json={"hex": raw.hex()}))
            match answer.status_code:
                case 200 | 201:
                    return await accepted(raw, read(answer, _Taken).txid)
                case 403:
                    return understood(None, read(answer, _Refusal).message)
                case 400 | 413 | 422:
                    return Answer(Verdict.REFUSED, f"the API answered {answer.status_code}")
                case 401 | 429:
                    return Answer(Verdict.NOT_SENT, f"the API answered {answer.status_code}")
                case status:  # a gateway may answer 503 after forwarding the transaction
                    return Answer(Verdict.UNKNOWN, f"the API answered {status}")
        except ChainUnavailable as failure:
            return unanswered(failure)

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        raw = await self._get(_Raw, f"tx/{txid}/raw")
        return None if raw is None else transaction_in(raw.hex)

    async def survey(self, txids: Collection[TxId], trail: Sequence[Block]) -> Survey:
        """See `Chain.survey`. Each transaction is requested, then the newest block, so that none is above it."""
        standings = await _side_by_side(self._standing, list(txids))
        tip = await self.tip()
        places = {standing.txid: standing.block for standing in standings if standing is not None}
        mined = {txid: block for txid, block in places.items() if block is not None}
        return Survey(tip, (tip,), -1, mined, frozenset(places.keys() - mined.keys()))

    async def coins(self, address: Address, known: Sequence[Coin]) -> Holdings:
        """See `Chain.coins`. The API does not mark coinbases."""
        unspent = await self._pages(list[_Unspent], f"address/{address.text}/utxo")
        return Holdings(tuple(dict.fromkeys(Coin(entry.txid, entry.outIndex, entry.value) for entry in unspent)))

    async def history(self, address: Address, public: bytes, start: int) -> AsyncIterator[Chapter]:
        """See `Chain.history`. The API lists an address's transactions of ten days, and its unspent outputs."""
        tip = (await self.tip()).height
        heights = await self._heights(address)
        above = sorted((height, txid) for txid, height in heights.items() if height >= start)
        for height, entries in groupby(above, key=lambda entry: entry[0]):
            transactions = await self._whole([txid for _, txid in entries])
            yield Chapter(await self._block(height), tip, transactions)
        yield Chapter(None, tip, await self._whole([txid for txid, height in heights.items() if height < 0]))

    async def least_fee(self) -> float | None:
        """See `Chain.least_fee`. The API does not report it."""
        return None

    async def close(self) -> None:
        """See `Chain.close`."""
        await self._client.aclose()

    async def tip(self) -> Block:
        """See `Chain.tip`."""
        info = await self._must(_Info, "block/info")
        return Block(info.blocks, info.bestBlockHash)

    async def _block(self, height: int) -> Block:
        header = await self._must(_Header, f"block/{height}")
        return Block(header.height, header.blockHash)

    async def _standing(self, txid: TxId) -> "_Standing | None":
        detail = await self._get(_Detail, f"tx/{txid}")
        if detail is not None and detail.standing.txid != txid:
            raise ChainUnavailable("the API's answer is about another transaction")
        return detail.standing if detail is not None else None

    async def _heights(self, address: Address) -> dict[TxId, int]:
        """The height of each known transaction that pays this address or spends its coins; -1 outside of blocks."""
        path = f"address/{address.text}"
        waiting = await self._pages(list[_Deed], f"{path}/tx", confirmed="false", limit=str(PAGE))
        confirmed = await self._pages(list[_Deed], f"{path}/tx", confirmed="true", limit=str(PAGE))
        unspent = await self._pages(list[_Unspent], f"{path}/utxo")
        return {deed.txid: deed.height for deed in (*waiting, *confirmed, *unspent)}

    async def _whole(self, txids: Sequence[TxId]) -> list[tuple[bytes, bool]]:
        raws = await _side_by_side(self.transaction, txids)
        return [(raw, is_coinbase(raw)) for raw in raws if raw is not None]

    async def _pages(self, shape: type[list["D"]], path: str, **params: str) -> list["D"]:
        """Every entry of a paged list; each page is requested with the last flag of the one before."""
        entries: list[D] = []
        flag = ""
        for _ in range(MAX_PAGES):
            page = await self._must(shape, path, flag=flag, **params)
            entries += page
            if len(page) < PAGE:
                return entries
            flag = page[-1].flag
        raise ChainUnavailable("the API's list has no end")

    async def _must(self, shape: type[T], path: str, **params: str) -> T:
        value = await self._get(shape, path, **params)
        if value is None:
            raise ChainUnavailable("the API answered 404")
        return value

    async def _get(self, shape: type[T], path: str, **params: str) -> T | None:
        """The resource at a path, None for a 404. Raises `ChainUnavailable`."""
        answer = await sent(self._client.get(path, params=params))
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise ChainUnavailable(f"the API answered {answer.status_code}")
        return read(answer, shape)


class _Taken(msgspec.Struct):
    txid: str


class _Refusal(msgspec.Struct):
    message: str


class _Raw(msgspec.Struct):
    hex: str


class _Info(msgspec.Struct):
    blocks: int
    bestBlockHash: str


class _Header(msgspec.Struct):
    height: int
    blockHash: str


class _Standing(msgspec.Struct):
    txid: TxId
    height: int = -1
    blockHash: str | None = None

    @property
    def block(self) -> Block | None:
        """The block that the transaction is in; None while it waits."""
        return Block(self.height, self.blockHash) if self.height >= 0 and self.blockHash else None


class _Detail(msgspec.Struct):
    """The document nests the state of a transaction in an object; at the top level it means the same."""

    txDetail: _Standing | None = None
    txid: TxId = TxId("")
    height: int = -1
    blockHash: str | None = None

    @property
    def standing(self) -> _Standing:
        return self.txDetail or _Standing(self.txid, self.height, self.blockHash)


class _Deed(msgspec.Struct):
    """A transaction of an address."""

    flag: str
    txid: TxId
    height: int = -1


class _Unspent(_Deed, kw_only=True):
    outIndex: int
    value: int


D = TypeVar("D", bound=_Deed)


async def _side_by_side(ask: Callable[[T], Awaitable[U]], things: Sequence[T]) -> list[U]:
    """The results for all of these, a few in parallel. Raises the first failure."""
    answers: list[U] = []
    for group in in_groups(things, AT_ONCE):
        for answer in await asyncio.gather(*map(ask, group), return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
            answers.append(answer)
    return answers
