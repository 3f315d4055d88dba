"""One request and its one answer, as ASGI has them (ASGI HTTP 2.4)."""

import asyncio
import http
import logging
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.types import ASGIApp, Message, Scope

TRAILERS = "penstock.trailers"
"""Where in the scope the trailers of the request are, complete before its last piece is received: names and values."""

INFORM = "penstock.inform"
"""Where in the scope the function is that sends an interim answer (`Inform`)."""

ENDING = "penstock.ending"
"""Where in the scope the function is that tells whether an answer without an end of its own has to end: the server
stops, or the client is gone.
"""

ENDLESS = "penstock.endless"
"""What an answer without an end of its own sets in the scope: how long it took says nothing of the server."""

Inform = Callable[[int, Sequence[tuple[bytes, bytes]]], None]
"""Sends an interim answer (RFC 9110 §15.2), of a status and headers; nothing once the answer has begun, or to a client
that knows of none.
"""

MAX_TRAILERS = 16
"""How many of them are kept."""

HIGH_WATER = 64 * 1024
"""How many bytes of a body are buffered before reading pauses."""

_FORBIDDEN_IN_NAME = re.compile(b'[\x00-\x1f\x7f()<>@,;:\\[\\]={} \t\\\\"]')
_FORBIDDEN_IN_VALUE = re.compile(b"[\x00-\x08\x0a-\x1f\x7f]")
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus}
_STATUS_LINES[104] = b"HTTP/1.1 104 Upload Resumption Supported\r\n"  # registered for a draft (RFC 9110 §16.2.1)
_log = logging.getLogger(__name__)


class ClientGone(OSError):
    """The client no longer reads the answer, so the application stops."""


class Wire(Protocol):
    """The connection, as an exchange uses it."""

    @property
    def default_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """Headers of every answer."""

    def write(self, data: bytes) -> None:
        """Write more bytes."""

    def is_closing(self) -> bool:
        """Whether the connection is lost or closing."""

    async def drain(self) -> None:
        """Wait until the peer has read enough of the written bytes."""

    def resume_reading(self) -> None:
        """Resume reading the request."""

    def pause_reading(self) -> None:
        """Pause reading the request."""

    def answered(self, exchange: "Exchange") -> None:
        """The answer is complete."""

    def fail(self) -> None:
        """The answer broke off: break the connection, so that the client notices."""


class Exchange:
    """A request and its answer, while the body is still arriving.

    `cut`: the rest of the request will not arrive, but the answer can still be sent. `gone`: the connection is lost.
    """

    def __init__(self, scope: Scope, wire: Wire, *, keep_alive: bool, expects_continue: bool) -> None:
        self.scope = scope
        self._method = scope["method"]  # an application may take it for another one
        self._trailers: list[tuple[bytes, bytes]] = []
        scope[TRAILERS] = self._trailers
        scope[INFORM] = self.inform
        scope[ENDING] = self.is_ending
        self.keep_alive = keep_alive
        self.more_body = True
        self.early = False
        """Whether the answer began before the request had ended."""
        self.cut = False
        self.gone = False
        self.leaving = False
        """Whether the server stops."""
        self.begun = False
        self.complete = False
        self._wire = wire
        self._owes_continue = expects_continue
        self._body = bytearray()
        self._event = asyncio.Event()
        self._chunked = False
        self._left: int | None = None
        """How many bytes of a declared length are still to be sent."""

    # --- the request, from the parser --------------------------------------------------------------------------------

    def feed(self, body: bytes) -> None:
        """Add a piece of the body."""
        if self.complete:
            return
        self._body += body
        if len(self._body) > HIGH_WATER:
            self._wire.pause_reading()
        self._event.set()

    def trail(self, name: bytes, value: bytes) -> None:
        """A field behind the body (RFC 9110 §6.5)."""
        if len(self._trailers) < MAX_TRAILERS:
            self._trailers.append((name, value))

    def end(self) -> None:
        """The request is whole."""
        self.more_body = False
        self._event.set()

    def cut_off(self) -> None:
        """No more of the request will arrive, complete or not."""
        self.cut = self.cut or self.more_body
        self._event.set()

    def spoil(self) -> None:
        """The request is malformed: none of its body is handed on."""
        self.cut = True
        self._body.clear()
        self._event.set()

    def lose(self) -> None:
        """The connection is lost."""
        self.gone = True
        self._event.set()

    # --- ASGI --------------------------------------------------------------------------------------------------------

    async def run(self, app: ASGIApp) -> None:
        """Run the application; an incomplete answer breaks the connection."""
        try:
            await app(self.scope, self.receive, self.send)
        except ClientGone:
            pass
        except Exception:
            _log.exception("an answer broke off")
        finally:
            if not self.complete and not self.gone:
                self._wire.fail()

    async def receive(self) -> Message:
        """The next piece of the body; once no more of the request can arrive, what came of it, then a disconnect."""
        if self._owes_continue:
            self._owes_continue = False
            self._wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self._is_over():
            if self.more_body:
                self._wire.resume_reading()
            await self._event.wait()
            self._event.clear()
        if self._is_over() and (self.complete or not self._body):
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), bytearray()
        return {"type": "http.request", "body": body, "more_body": self.more_body or self._is_over()}

    def inform(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """See `Inform`."""
        if self.begun or self.gone or self._wire.is_closing() or self.scope["http_version"] == "1.0":
            return
        lines = [b"%s: %s\r\n" % header for header in headers]
        self._wire.write(b"".join([_status_line(status), *lines, b"\r\n"]))

    def is_ending(self) -> bool:
        """See `ENDING`."""
        return self.leaving or self.gone or self._wire.is_closing()

    async def send(self, message: Message) -> None:
        """Send the next piece of the answer. Raises `ClientGone` (ASGI HTTP 2.4, *Send*)."""
        await self._wire.drain()
        # A failed write is known at once; that the connection is lost only in the loop's next turn, and whoever reads
        # from the page cache may not let it turn.
        if self.gone or self._wire.is_closing():
            raise ClientGone
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
        else:
            self._continue(message.get("body", b""), message.get("more_body", False))

    def _is_over(self) -> bool:
        return self.cut or self.gone or self.complete

    def _begin(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        if self.begun:
            raise RuntimeError("a second answer to one request")
        self.begun = True
        self._owes_continue = False
        # The rest of the body would be parsed as a request (RFC 9112 §9.3), so the connection ends here.
        self.early = self.more_body
        self.keep_alive = self.keep_alive and not self.more_body
        sent = [_status_line(status)]
        length = None
        for name, value in (*self._wire.default_headers, *headers):
            if _FORBIDDEN_IN_NAME.search(name) or _FORBIDDEN_IN_VALUE.search(value):
                raise RuntimeError("a header that would be two")
            if name == b"content-length":
                length = int(value)
            sent += (name, b": ", value, b"\r\n")
        if self._method == "HEAD" or status in {204, 304}:
            self._left = 0
        elif length is not None:
            self._left = length
        elif self.scope["http_version"] == "1.0":
            self.keep_alive = False  # its end is the connection's (RFC 9112 §6.3)
        else:
            self._chunked = True
            sent.append(b"transfer-encoding: chunked\r\n")
        if not self.keep_alive:
            sent.append(b"connection: close\r\n")
        sent.append(b"\r\n")
        self._wire.write(b"".join(sent))

    def _continue(self, body: bytes, more: bool) -> None:
        if not self.begun or self.complete:
            raise RuntimeError("a body outside its answer")
        if self._chunked:
            self._wire.write((b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + (b"" if more else b"0\r\n\r\n"))
        elif self._method != "HEAD":
            self._write_counted(body, more)
        if not more:
            self.complete = True
            self._event.set()
            self._wire.answered(self)

    def _write_counted(self, body: bytes, more: bool) -> None:
        if self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("an answer that is not as long as it says")
        self._wire.write(body)


def _status_line(status: int) -> bytes:
    """A contract may have a status of its own."""
    return _STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n".encode()
