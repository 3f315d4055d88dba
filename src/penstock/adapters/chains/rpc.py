"""A node's JSON-RPC: one call, or many of a kind in few requests."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import httpx
import msgspec

from penstock.adapters.chains.wire import NotSent, in_groups, read, sent, shaped
from penstock.model.faults import ChainUnavailable

T = TypeVar("T")

MAX_CALLS = 500
"""How many calls a request carries."""


class RpcError(Exception):
    """What a node answers instead of a result."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words


class Rpc:
    """The JSON-RPC of the node at `http(s)://USER:PASSWORD@HOST:PORT`."""

    def __init__(self, url: str, timeout: float) -> None:
        """`timeout` in seconds bounds each wait for the network."""
        whole = httpx.URL(url)
        self._url = whole.copy_with(username=None, password=None)  # the URL is logged, the password must not be
        self._client = httpx.AsyncClient(
            auth=(whole.username, whole.password),
            headers={"Connection": "close"},  # on a kept-alive connection the end of a long answer is delayed by 40 ms
            timeout=timeout,
            trust_env=False,
        )

    async def call(self, method: str, *params: Any) -> Any:
        """The result of a call. Raises `RpcError`, and `ChainUnavailable` when there was no answer to understand."""
        answer = read(await self._post(_request(0, method, params)), _Answer)
        if answer.error is not None:
            raise RpcError(answer.error.code, answer.error.message)
        return answer.result

    async def tell(self, shape: type[T], method: str, *params: Any) -> T:
        """The result of a call about the chain as a whole. Raises `ChainUnavailable`."""
        try:
            return shaped(await self.call(method, *params), shape)
        except RpcError as error:
            raise ChainUnavailable(error.words) from error

    async def tell_all(
        self, shape: type[T], method: str, params: Iterable[Sequence[Any]], *, none: int = 0
    ) -> list[T | None]:
        """The results of this method for each of these parameters, in their order; None where it has none, and for an
        error of the code `none`. Raises `ChainUnavailable`.
        """
        results: list[T | None] = []
        for group in in_groups(list(params), MAX_CALLS):
            for answer in await self._batch(method, group):
                if answer.error is not None and answer.error.code != none:
                    raise ChainUnavailable(answer.error.message)
                results.append(None if answer.error or answer.result is None else shaped(answer.result, shape))
        return results

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _batch(self, method: str, group: Sequence[Sequence[Any]]) -> list["_Answer"]:
        requests = [_request(number, method, params) for number, params in enumerate(group)]
        response = await self._post(requests)
        if not response.content.lstrip().startswith(b"["):  # refused as a whole
            failure = read(response, _Answer).error
            raise ChainUnavailable(failure.message if failure else "the chain's answer is not understood")
        answers = {one.id: one for one in read(response, list[_Answer])}  # JSON-RPC leaves their order open
        if answers.keys() != set(range(len(group))):
            raise ChainUnavailable("the node has not answered every call")
        return [answers[number] for number in range(len(group))]

    async def _post(self, body: object) -> httpx.Response:
        answer = await sent(self._client.post(self._url, json=body))
        if answer.status_code in {401, 403}:
            raise NotSent("the chain refuses our credentials")
        return answer


class _Failure(msgspec.Struct):
    code: int
    message: str


class _Answer(msgspec.Struct):
    result: Any
    error: _Failure | None = None
    id: int | str | None = None


def _request(number: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "1.0", "id": number, "method": method, "params": params}
