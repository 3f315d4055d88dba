"""A hook over HTTP."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from penstock.adapters.hooks.signing import signed
from penstock.adapters.hooks.wire import read_answer, write_event
from penstock.model.event import Event
from penstock.model.faults import HookUnavailable
from penstock.ports import Answer, Message, Undelivered

MAX_ANSWER = 64 << 10
"""The most bytes of an answer that are read."""

PAUSES = (0.1, 0.5, 2.0)
"""After how many seconds a question is put again that nobody took, as long as its time has not run out."""


class Unanswered(Exception):
    """The hook took it, and did not answer as a hook does; the text says why."""


class HttpHook:
    """The ports `Hook`, and `Destination` of what it is told. No redirect is followed."""

    def __init__(self, url: str, keys: Sequence[bytes], timeout: float) -> None:
        """The `keys` sign. `timeout` in seconds bounds each question and each delivery as a whole."""
        self._url = url
        self._keys = keys
        self._timeout = timeout
        self._client = httpx.AsyncClient(timeout=timeout, headers={"Accept-Encoding": "identity"})

    async def ask(self, event: Event, identifier: str) -> Answer:
        """See `Hook.ask`."""
        forwarded = event.call.forwarded if event.call is not None else {}
        try:
            async with asyncio.timeout(self._timeout):
                return read_answer(await self._insist(identifier, write_event(event), forwarded))
        except (httpx.HTTPError, Unanswered, TimeoutError, ValueError) as error:
            raise HookUnavailable from error

    async def deliver(self, message: Message) -> None:
        """See `Destination.deliver`. Hooks have no log."""
        try:
            event = msgspec.json.decode(message.payload, type=Event)
            async with asyncio.timeout(self._timeout):
                await self._post(message.id, write_event(event), {})
        except (httpx.HTTPError, Unanswered, TimeoutError, ValueError) as error:
            raise Undelivered(_words(error)) from error

    async def close(self) -> None:
        """See `Hook.close`."""
        await self._client.aclose()

    async def _insist(self, identifier: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        for pause in PAUSES:
            try:
                return await self._post(identifier, body, headers)
            except (httpx.TransportError, Unanswered):
                await asyncio.sleep(pause)
        return await self._post(identifier, body, headers)

    async def _post(self, identifier: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        ours = {"Content-Type": "application/json", **signed(self._keys, identifier, int(time.time()), body)}
        lengths = {"content-length", "transfer-encoding", "host", *(name.lower() for name in ours)}
        others = {name: value for name, value in headers.items() if name.lower() not in lengths}
        async with self._client.stream("POST", self._url, content=body, headers={**others, **ours}) as response:
            if not response.is_success:
                raise Unanswered(f"it answered {response.status_code}")
            answer = b""
            async for piece in response.aiter_raw():
                answer += piece
                if len(answer) > MAX_ANSWER:
                    raise Unanswered(f"its answer has more than {MAX_ANSWER} bytes")
            return answer


def _words(error: Exception) -> str:
    """What went wrong, which some exceptions say by their kind alone."""
    return str(error) or type(error).__name__
