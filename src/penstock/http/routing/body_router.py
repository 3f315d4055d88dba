"""Several dialects at one path: the fields of the request decide which of them gets it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import multipart
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.http.bodies.forms import FormError, form_parser
from penstock.http.server.heads import REFUSED

MAX_FIELDS = 64
"""How many fields of a form are searched, at most."""

LOOK_AHEAD = 256 * 1024
"""How many bytes of a body are searched, at most, before the default dialect gets it."""


class BodyRouter:
    """Routes a request to the dialect of its first telling query parameter or form field."""

    def __init__(
        self, dialects: Mapping[str, ASGIApp], telling: Mapping[str, str], default: str, patience: float = 30.0
    ) -> None:
        """`telling` maps field names to names in `dialects`; names of absent dialects are ignored. `patience` is how
        long, in seconds, to wait for a telling field.
        """
        self._dialects = dialects
        self._telling = {name: dialect for name, dialect in telling.items() if dialect in dialects}
        self._default = default
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the dialect, then let it read the request from the beginning."""
        if REFUSED in scope:
            await self._dialects[self._default](scope, receive, send)
            return
        dialect = next((self._telling[key] for key in QueryParams(scope["query_string"]) if key in self._telling), None)
        if dialect is None and len(self._dialects) > 1:
            dialect, receive = await self._look_ahead(scope, receive)
        await self._dialects[dialect or self._default](scope, receive, send)

    async def _look_ahead(self, scope: Scope, receive: Receive) -> tuple[str | None, Receive]:
        """The dialect that the form's fields name, and a `receive` that replays the request. A client that is too slow
        goes to the default dialect, which refuses it.
        """
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        try:
            parser = form_parser(headers.get(b"content-type", ""), MAX_FIELDS)
        except FormError:
            return None, receive
        seen: list[Message] = []
        dialect, size = None, 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while dialect is None and size < LOOK_AHEAD and not parser.closed:
                    message = await receive()
                    seen.append(message)
                    size += len(message.get("body", b""))
                    dialect = self._first_telling(parser, message.get("body", b""))
                    if not message.get("more_body", False):
                        break
        return dialect, _replay(seen, receive)

    def _first_telling(self, parser: multipart.PushMultipartParser, body: bytes) -> str | None:
        with suppress(multipart.MultipartError):
            for event in parser.parse(body) if body else ():
                if isinstance(event, multipart.MultipartSegment) and event.name in self._telling:
                    return self._telling[event.name]
        return None


def _replay(seen: Sequence[Message], receive: Receive) -> Receive:
    waiting = list(reversed(seen))

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
