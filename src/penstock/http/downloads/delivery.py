"""Downloads, one implementation for every dialect: ranges, conditions, names (RFC 9110 §13 and §14, RFC 6266)."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from penstock.engine.catalog import Catalog, refuse_unreadable
from penstock.engine.receiving import SpooledBody
from penstock.http.downloads.inline import INLINE_TYPES
from penstock.http.downloads.ranges import RangePlan, Representation, plan
from penstock.http.faults import PreconditionFailed, RangeUnsatisfiable
from penstock.model.file import File

Read = Callable[[int, int], Awaitable[AsyncIterator[bytes]]]
Borrow = Callable[[], AbstractAsyncContextManager[SpooledBody]]

FOR_EVER = "public, max-age=31536000, immutable"
"""`Cache-Control` of content that never changes under its URL."""

REDIRECTED = 900.0
"""How long, in seconds, the address is good to which a download is redirected: the client follows at once."""


async def deliver(
    catalog: Catalog,
    file: File,
    request: Request,
    *,
    cache_control: str = "private, no-cache",
    explicit_range: tuple[int | None, int | None] | None = None,
    echo_full_range: bool = False,
    inline: Collection[str] = (),
    redirects: bool = True,
) -> Response:
    """The answer to a download of this file; options as `ranges.plan` has them. Browsers may display media types
    that are `inline`. Without `redirects` the bytes come from here, wherever they lie. Raises `FileTrashed`,
    `FileDamaged`, `RangeUnsatisfiable`, `PreconditionFailed`.
    """
    refuse_unreadable(file)
    representation = Representation(
        file.blob.size, f'"{file.blob.sha256}"', file.created_at, file.media_type, file.name
    )
    decided = plan(
        request.method,
        request.headers,
        representation,
        boundary=secrets.token_hex(16),
        cache_control=cache_control,
        explicit_range=explicit_range,
        echo_full_range=echo_full_range,
    )
    _refuse_unmet(decided)
    if file.media_type in inline:
        headers = [_shown_in_page(header) for header in decided.headers]
        if file.media_type not in INLINE_TYPES:  # a viewer of the browser's own, which does not start in a sandbox
            headers = [header for header in headers if header[0] != "Content-Security-Policy"]
        decided = replace(decided, headers=headers)
    # The store knows neither ranges in the query, nor several at once, nor the `Content-Range` of a whole file.
    if (
        redirects
        and len(decided.segments) == 1
        and explicit_range is None
        and (decided.status == 206 or not echo_full_range)
    ):
        url = await catalog.offered(file, REDIRECTED, dict(decided.headers).get("Content-Disposition", ""))
        if url is not None:
            return RedirectResponse(url, 307, {"Cache-Control": "no-store"})
    return _Delivery(decided, partial(catalog.read, file))


def deliver_made(representation: Representation, request: Request, read: Read) -> Response:
    """The answer to a download of bytes that are made while they are read. Raises as `deliver`, and as `read` does
    before its first byte.
    """
    decided = plan(
        request.method,
        request.headers,
        representation,
        boundary=secrets.token_hex(16),
        cache_control="private, no-cache",
    )
    _refuse_unmet(decided)
    return _Delivery(decided, read)


def deliver_borrowed(representation: Representation, request: Request, borrow: Borrow) -> Response:
    """The answer to a download of immutable bytes that are costly to produce: they are borrowed only when bytes are
    sent, and returned afterwards. Raises as `deliver`.
    """
    decided = plan(
        request.method, request.headers, representation, boundary=secrets.token_hex(16), cache_control=FOR_EVER
    )
    _refuse_unmet(decided)
    return _Borrowing(decided, borrow)


def _refuse_unmet(decided: RangePlan) -> None:
    if decided.status == 416:
        raise RangeUnsatisfiable(decided.headers)
    if decided.status == 412:
        raise PreconditionFailed


def _shown_in_page(header: tuple[str, str]) -> tuple[str, str]:
    name, value = header
    return (name, value.replace("attachment", "inline", 1)) if name == "Content-Disposition" else header


class _Delivery(Response):
    """Sends a plan. At most one piece of the file is in memory."""

    def __init__(self, decided: RangePlan, read: Read) -> None:
        self._plan = decided
        self._read = read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the file before the status goes out, so that a missing one can still be refused."""
        bodies = [await self._read(segment.start, segment.stop) for segment in self._plan.segments]
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self._plan.headers]
        await send({"type": "http.response.start", "status": self._plan.status, "headers": headers})
        left = sum(len(segment.prefix) + segment.stop - segment.start for segment in self._plan.segments)
        if not left:
            await send({"type": "http.response.body", "body": b""})
        for segment, pieces in zip(self._plan.segments, bodies, strict=True):
            if segment.prefix:
                left -= len(segment.prefix)
                await send({"type": "http.response.body", "body": segment.prefix, "more_body": left > 0})
            async for piece in pieces:
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})


class _Borrowing(Response):
    """Borrows the content of a plan while it is sent."""

    def __init__(self, decided: RangePlan, borrow: Borrow) -> None:
        self._plan = decided
        self._borrow = borrow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Borrow nothing for a plan without bytes."""
        if not self._plan.segments:
            await _Delivery(self._plan, _nothing)(scope, receive, send)
            return
        async with self._borrow() as held:
            await _Delivery(self._plan, held.window)(scope, receive, send)


async def _nothing(start: int, stop: int) -> AsyncIterator[bytes]:
    raise AssertionError
