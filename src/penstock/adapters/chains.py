"""Chains that others run: a node over JSON-RPC, and the public HTTP API (FACTS, *The chain*)."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

import httpx
import msgspec

from penstock.model.chain import Address, Answer, Coin, TxId, Verdict
from penstock.model.faults import ChainUnavailable
from penstock.publishing.consensus import understood
from penstock.publishing.transaction import parse

T = TypeVar("T")

JUDGED = {-22, -25, -26, -27}
"""The RPC's errors that are a verdict on a transaction; others tell of the node."""

UNKNOWN_TRANSACTION = -5
"""`getrawtransaction`: no such transaction in the mempool or in a block."""

WARMING_UP = -28

PAGE = 100
"""How many coins the API tells of at once."""

MOST_PAGES = 1000

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What went wrong before a byte of the request was sent."""


class NodeChain:
    """The port `Chain` over a node's JSON-RPC. A node has no index of addresses."""

    def __init__(self, url: str, timeout: float) -> None:
        """`url` is `http(s)://USER:PASSWORD@HOST:PORT`; `timeout` in seconds bounds each wait for the network."""
        whole = httpx.URL(url)
        self._url = whole.copy_with(username=None, password=None)  # an address is logged, a password is not
        self._client = httpx.AsyncClient(auth=(whole.username, whole.password), timeout=timeout, trust_env=False)

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            told = await self._call("sendrawtransaction", raw.hex(), True, False)
        except _RpcError as error:
            if error.code in JUDGED:
                return understood(error.code, error.words)
            return Answer(Verdict.NOT_SENT if error.code == WARMING_UP else Verdict.UNKNOWN, error.words)
        except ChainUnavailable as failure:
            return _unanswered(failure)
        return await _accepted(raw, told)

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        try:
            return bytes.fromhex(await self._call("getrawtransaction", txid))
        except _RpcError as error:
            if error.code == UNKNOWN_TRANSACTION:
                return None
            raise ChainUnavailable(error.words) from error
        except (TypeError, ValueError) as error:
            raise ChainUnavailable("the node's answer is no transaction") from error

    async def coins(self, address: Address, known: Sequence[Coin]) -> list[Coin]:
        """See `Chain.coins`."""
        try:
            found = [await self._call("gettxout", coin.txid, coin.vout, True) for coin in known]
        except _RpcError as error:
            raise ChainUnavailable(error.words) from error
        return [coin for coin, output in zip(known, found, strict=True) if output is not None]

    async def close(self) -> None:
        """See `Chain.close`."""
        await self._client.aclose()

    async def _call(self, method: str, *params: Any) -> Any:
        """The result of a call. Raises `_RpcError`, and `ChainUnavailable` when there was no answer to understand."""
        request = {"jsonrpc": "1.0", "id": "penstock", "method": method, "params": params}
        answer = await _sent(self._client.post(self._url, json=request))
        if answer.status_code in {401, 403}:
            raise _NotSent("the chain does not let us in")
        said = _read(answer, _RpcAnswer)
        if said.error is not None:
            raise _RpcError(said.error.code, said.error.message)
        return said.result


class ApiChain:
    """The port `Chain` over the public HTTP API."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        """`url` is what paths are put behind; `token` may be empty; `timeout` as for a node."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/", headers=headers, timeout=timeout, trust_env=False
        )

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            answer = await _sent(self._client.post("tx/broadcast", json={"hex": raw.hex()}))
            match answer.status_code:
                case 200 | 201:
                    return await _accepted(raw, _read(answer, _Taken).txid)
                case 403:
                    return understood(None, _read(answer, _Refusal).message)
                case 400 | 413 | 422:
                    return Answer(Verdict.REFUSED, f"the API answered {answer.status_code}")
                case 401 | 429:
                    return Answer(Verdict.NOT_SENT, f"the API answered {answer.status_code}")
                case status:  # a gateway's 503 may come after the transaction was handed on
                    return Answer(Verdict.UNKNOWN, f"the API answered {status}")
        except ChainUnavailable as failure:
            return _unanswered(failure)

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        answer = await _sent(self._client.get(f"tx/{txid}/raw"))
        if answer.status_code == 404:
            return None
        try:
            return bytes.fromhex(_result(answer, _Raw).hex)
        except ValueError as error:
            raise ChainUnavailable("the API's answer is no transaction") from error

    async def coins(self, address: Address, known: Sequence[Coin]) -> list[Coin]:
        """See `Chain.coins`."""
        found: dict[Coin, None] = {}
        flag = ""
        for _ in range(MOST_PAGES):
            answer = await _sent(self._client.get(f"address/{address.text}/utxo", params={"flag": flag}))
            page = _result(answer, list[_Unspent])
            found |= {Coin(TxId(entry.txid), entry.outIndex, entry.value): None for entry in page}
            if len(page) < PAGE:
                return list(found)
            flag = page[-1].flag
        raise ChainUnavailable("the API's list of coins has no end")

    async def close(self) -> None:
        """See `Chain.close`."""
        await self._client.aclose()


class _RpcFailure(msgspec.Struct):
    code: int
    message: str


class _RpcAnswer(msgspec.Struct):
    result: Any
    error: _RpcFailure | None = None


class _Taken(msgspec.Struct):
    txid: str


class _Refusal(msgspec.Struct):
    message: str


class _Raw(msgspec.Struct):
    hex: str


class _Unspent(msgspec.Struct):
    flag: str
    txid: str
    outIndex: int
    value: int


class _RpcError(Exception):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words


class _NotSent(ChainUnavailable):
    """Certainly nothing was taken in."""


async def _sent(request: Awaitable[httpx.Response]) -> httpx.Response:
    """The answer to a request. Raises `_NotSent`, `ChainUnavailable`."""
    try:
        return await request
    except _NEVER_LEFT as error:
        raise _NotSent(f"the chain cannot be reached ({type(error).__name__})") from error
    except httpx.HTTPError as error:
        raise ChainUnavailable(f"the chain's answer was lost ({type(error).__name__})") from error


def _unanswered(failure: ChainUnavailable) -> Answer:
    return Answer(Verdict.NOT_SENT if isinstance(failure, _NotSent) else Verdict.UNKNOWN, failure.reason)


async def _accepted(raw: bytes, told: object) -> Answer:
    """A transaction is taken when the chain calls it by its name: a page of some gateway's says 200, too."""
    if told != await asyncio.to_thread(lambda: parse(raw).txid()):
        return Answer(Verdict.UNKNOWN, "the chain's answer names another transaction")
    return Answer(Verdict.ACCEPTED)


def _result(answer: httpx.Response, shape: type[T]) -> T:
    if answer.status_code != 200:
        raise ChainUnavailable(f"the API answered {answer.status_code}")
    return _read(answer, shape)


def _read(answer: httpx.Response, shape: type[T]) -> T:
    """The answer's JSON. Raises `ChainUnavailable` for anything else."""
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChainUnavailable(f"the chain answered {answer.status_code} in a way that is not understood") from error
