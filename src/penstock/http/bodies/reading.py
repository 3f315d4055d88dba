"""Request bodies: streamed under time limits, or read whole when they are small JSON."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec
from starlette.requests import Request

from penstock.http.faults import BodyMalformed, BodyTooSlow
from penstock.model.faults import BodyCut, InputInvalid, TooLarge
from penstock.pools import Pool

T = TypeVar("T")

JSON_LIMIT = 1 << 20
INLINE = 256 * 1024
"""How large a JSON text is decoded on the event loop, in bytes; a larger one is decoded on a thread."""

SMALL_SECONDS, SLOWEST = 30.0, 16 * 1024
"""A body that is read whole may take this many seconds, and one more for each this many bytes that have arrived."""

_decoders = Pool(2, "decode")


class Bodies:
    """Time limits of bodies: `idle` seconds between two pieces, `total` seconds for a body."""

    def __init__(self, idle: float, total: float) -> None:
        self._idle = idle
        self._total = total

    async def stream(self, request: Request) -> AsyncIterator[bytes]:
        """The body in pieces, none of them empty. Raises `BodyCut` when it ends early, `BodyTooSlow`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._total
        more = True
        while more:
            try:
                async with asyncio.timeout(min(self._idle, deadline - loop.time())):
                    message = await request.receive()
            except TimeoutError:
                raise BodyTooSlow from None
            if message["type"] == "http.disconnect":
                raise BodyCut
            if piece := message.get("body", b""):
                yield piece
            more = message.get("more_body", False)

    async def whole(self, request: Request, limit: int) -> bytes:
        """A body of at most `limit` bytes, in memory. It may take `SMALL_SECONDS`, extended only by bytes that have
        arrived. Raises as `stream`, and `TooLarge`.
        """
        if (length := content_length(request)) is not None and length > limit:
            raise TooLarge(limit)
        pieces, size = [], 0
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(SMALL_SECONDS) as allowed:
                async for piece in self.stream(request):
                    size += len(piece)
                    if size > limit:
                        raise TooLarge(limit)
                    pieces.append(piece)
                    allowed.reschedule(begun + SMALL_SECONDS + size / SLOWEST)
        except TimeoutError:
            raise BodyTooSlow from None
        return b"".join(pieces)

    async def json(self, request: Request, shape: type[T], limit: int = JSON_LIMIT) -> T:
        """A JSON body as `shape`; numbers may be strings of digits, and an empty body is an empty object. Raises
        `BodyMalformed`, `InputInvalid`, `TooLarge`.
        """
        raw = await self.whole(request, limit) or b"{}"
        if len(raw) <= INLINE:
            return read_json(raw, shape)
        return await _decoders.run(read_json, raw, shape)


def invalid(error: msgspec.ValidationError, whole: str) -> InputInvalid:
    """The fault for what msgspec refuses; `whole` names what was read, for an error that is of no field."""
    reason, _, place = str(error).partition(" - at `$")
    return InputInvalid(place.strip("`.") or whole, reason)


def read_json(raw: bytes, shape: type[T]) -> T:
    """A JSON text as `shape`; numbers may be strings of digits. Raises `BodyMalformed`, `InputInvalid`."""
    try:
        return msgspec.json.decode(raw, type=shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, "body") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyMalformed(str(error)) from error
    except RecursionError as error:
        raise BodyMalformed("nested too deeply") from error


def body_type(request: Request) -> str:
    """The media type of the body, in lowercase and without parameters; empty for one of none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def refuse_beyond(bound: int, *sizes: int | None) -> None:
    """Raise `TooLarge` for more bytes than may be, where it is known how many there are."""
    if any((size or 0) > bound for size in sizes):
        raise TooLarge(bound)


def content_length(request: Request) -> int | None:
    """The declared length of the body in bytes; None for a chunked one."""
    text = request.headers.get("content-length")
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
