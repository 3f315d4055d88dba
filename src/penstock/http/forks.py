"""One address, several dialects: the shape of the request decides which of them is meant."""

from collections.abc import Mapping, Sequence

import multipart
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.http.forms import boundary_of

LOOK_AHEAD = 256 * 1024
"""How many bytes of a body are looked at, at most, before the default room gets it."""


class Fork:
    """Hands a request to the room that its query, or the first telling field of its form, names."""

    def __init__(self, rooms: Mapping[str, ASGIApp], telling: Mapping[str, str], default: str) -> None:
        """`telling` maps field names to names in `rooms`; names of rooms that are not there tell nothing."""
        self._rooms = rooms
        self._telling = {name: room for name, room in telling.items() if room in rooms}
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decide, then let the room read the request from its beginning."""
        told = next((self._telling[key] for key in QueryParams(scope["query_string"]) if key in self._telling), None)
        if told is None and len(self._rooms) > 1:
            told, receive = await self._look_ahead(scope, receive)
        await self._rooms[told or self._default](scope, receive, send)

    async def _look_ahead(self, scope: Scope, receive: Receive) -> tuple[str | None, Receive]:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        boundary = boundary_of(headers.get(b"content-type", ""))
        if boundary is None:
            return None, receive
        try:
            parser = multipart.PushMultipartParser(boundary)
        except multipart.MultipartError:
            return None, receive
        seen, told, size = [], None, 0
        while told is None and size < LOOK_AHEAD and not parser.closed:
            message = await receive()
            seen.append(message)
            size += len(message.get("body", b""))
            told = self._first_telling(parser, message)
            if not message.get("more_body", False):
                break
        return told, _replay(seen, receive)

    def _first_telling(self, parser: multipart.PushMultipartParser, message: Message) -> str | None:
        try:
            events = list(parser.parse(message["body"])) if message.get("body") else []
        except multipart.MultipartError:
            return None
        names = [event.name for event in events if isinstance(event, multipart.MultipartSegment)]
        return next((self._telling[name] for name in names if name in self._telling), None)


def _replay(seen: Sequence[Message], receive: Receive) -> Receive:
    waiting = list(reversed(seen))

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
