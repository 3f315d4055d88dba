"""uvicorn's HTTP/1.1, with what it leaves unbounded bounded: the size of a request's head, and the wait for it."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 * 1024
"""How many bytes of a request line and headers may come before the head is complete, give or take one read."""

HEAD_SECONDS = 30.0
"""How long a head may take, counted from its first byte or from the connection."""

MOST_BARREN = MOST_HEAD + 256 * 1024
"""How many bytes may come in a row without one byte of a body among them, one read of slack included: framing, chunk
extensions, trailers.
"""

LINGER = 5.0
"""How long, in seconds, the rest of a body may dribble in after its request was answered."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Hangs up on a head that is endless in bytes or in time (RFC 6585 §5), on endless trailers, and on what goes on
    after the answer.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._head = 0
        self._barren = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A head is awaited from the start."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop_waiting()
        self._stop_lingering()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while a head is awaited, and what comes without being a body."""
        self._barren += len(data)
        super().data_received(data)
        if self._barren > MOST_BARREN:
            self.transport.close()
        if self._waiting is None:
            return
        self._head += len(data)
        if self._head > MOST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A head has begun."""
        super().on_message_begin()
        if self._waiting is None:
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers are dropped (RFC 9110 §6.5.1 allows it): uvicorn would keep every one of them."""
        if self._waiting is not None:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Something of a body came."""
        self._barren = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is here."""
        self._barren = 0
        self._stop_lingering()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """A refused request may still be sending its body: not for ever."""
        if self.cycle.more_body and self._lingering is None:
            self._lingering = self.loop.call_later(LINGER, self.transport.close)
        super().on_response_complete()

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._stop_waiting()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head = 0
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
