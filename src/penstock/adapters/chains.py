"""Chains that others run: a node over JSON-RPC, and the public HTTP API (FACTS, *The chain*)."""

from collections.abc import Sequence
from typing import Any

import httpx

from penstock.model.chain import Address, Answer, Coin, TxId, Verdict
from penstock.model.faults import ChainUnavailable
from penstock.publishing.consensus import understood

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
        self._url = url
        self._client = httpx.AsyncClient(timeout=timeout)

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            await self._call("sendrawtransaction", raw.hex(), True, False)
        except _RpcError as error:
            if error.code == WARMING_UP:
                return Answer(Verdict.NOT_SENT, error.words)
            return understood(error.code, error.words)
        except _NotSent as failure:
            return Answer(Verdict.NOT_SENT, str(failure))
        except ChainUnavailable as failure:
            return Answer(Verdict.UNKNOWN, failure.reason)
        return Answer(Verdict.ACCEPTED)

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        try:
            found = await self._call("getrawtransaction", txid)
            return bytes.fromhex(found)
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
            raise _NotSent("the node does not let us in: look at `chain`'s user and password")
        try:
            said = answer.json()
            error = said["error"]
            if error is not None:
                raise _RpcError(int(error["code"]), str(error["message"]))
            return said["result"]
        except (ValueError, TypeError, KeyError) as error:
            raise ChainUnavailable(f"the node answered {answer.status_code} without JSON-RPC") from error


class ApiChain:
    """The port `Chain` over the public HTTP API."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        """`url` is what paths are put behind; `token` may be empty; `timeout` as for a node."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(base_url=url.rstrip("/") + "/", headers=headers, timeout=timeout)

    async def offer(self, raw: bytes) -> Answer:
        """See `Chain.offer`."""
        try:
            answer = await _sent(self._client.post("tx/broadcast", json={"hex": raw.hex()}))
        except _NotSent as failure:
            return Answer(Verdict.NOT_SENT, str(failure))
        except ChainUnavailable as failure:
            return Answer(Verdict.UNKNOWN, failure.reason)
        match answer.status_code:
            case 200 | 201:
                return Answer(Verdict.ACCEPTED)
            case 403:
                return understood(None, _message(answer))
            case 400 | 413 | 422:
                return Answer(Verdict.REFUSED, _message(answer))
            case 401 | 429 | 503:
                return Answer(Verdict.NOT_SENT, f"the API answered {answer.status_code}")
            case status:
                return Answer(Verdict.UNKNOWN, f"the API answered {status}")

    async def transaction(self, txid: TxId) -> bytes | None:
        """See `Chain.transaction`."""
        answer = await _sent(self._client.get(f"tx/{txid}/raw"))
        if answer.status_code == 404:
            return None
        try:
            return bytes.fromhex(_result(answer)["hex"])
        except (ValueError, TypeError, KeyError) as error:
            raise ChainUnavailable("the API's answer is no transaction") from error

    async def coins(self, address: Address, known: Sequence[Coin]) -> list[Coin]:
        """See `Chain.coins`."""
        found: dict[Coin, None] = {}
        flag = ""
        for _ in range(MOST_PAGES):
            answer = await _sent(self._client.get(f"address/{address.text}/utxo", params={"flag": flag}))
            page = _result(answer)
            try:
                found |= {Coin(TxId(entry["txid"]), entry["outIndex"], entry["value"]): None for entry in page}
                flag = page[-1]["flag"] if page else ""
            except (TypeError, KeyError) as error:
                raise ChainUnavailable("the API's answer is no list of coins") from error
            if len(page) < PAGE:
                break
        return list(found)

    async def close(self) -> None:
        """See `Chain.close`."""
        await self._client.aclose()


class _RpcError(Exception):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words


class _NotSent(ChainUnavailable):
    """Certainly nothing was taken in."""

    def __str__(self) -> str:
        return self.reason


async def _sent(request: Any) -> httpx.Response:
    """The answer to a request. Raises `_NotSent`, `ChainUnavailable`."""
    try:
        answer: httpx.Response = await request
    except _NEVER_LEFT as error:
        raise _NotSent(f"the chain cannot be reached ({type(error).__name__})") from error
    except httpx.HTTPError as error:
        raise ChainUnavailable(f"the chain's answer was lost ({type(error).__name__})") from error
    return answer


def _result(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        raise ChainUnavailable(f"the API answered {answer.status_code}")
    try:
        return answer.json()
    except ValueError as error:
        raise ChainUnavailable("the API's answer is no JSON") from error


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, TypeError, KeyError):
        return f"the API answered {answer.status_code}"
