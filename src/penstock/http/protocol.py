"""uvicorn's HTTP/1.1, with what it leaves unbounded bounded: the size of a request's head, and the wait for it. What it
writes piece by piece is written at once.
"""

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

MOST_GATHERED = 64 * 1024
"""How many bytes wait for the turn of the event loop to end; what would make it more leaves with them."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Gathering(asyncio.Transport):
    """What is written in one turn of the event loop leaves in one system call: the head of an answer with its body."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes | bytearray | memoryview] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take what is to be sent; it must not change any more."""
        if not data:
            return
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > MOST_GATHERED:
            self.flush()

    def flush(self) -> None:
        """Send what waits, unless nobody reads it any more."""
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting and not self.is_closing():
            self._transport.writelines(waiting)

    def close(self) -> None:
        """Close behind what waits."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """See `Transport`."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """See `Transport`."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """See `Transport`."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """See `Transport`."""
        self._transport.resume_reading()


class BoundedProtocol(HttpToolsProtocol):
    """Hangs up on a head that is endless in bytes or in time (RFC 6585 §5), on endless trailers, and on what goes on
    after the answer.
    """

    transport: Gathering

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._head = 0
        self._barren = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A head is awaited from the start."""
        super().connection_made(Gathering(transport, self.loop))
        self._await_head()

    def eof_received(self) -> None:
        """Nothing more comes, and the connection is closed: behind what was answered."""
        self.transport.flush()

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
        """The answer leaves now. A refused request may still be sending its body: not for ever."""
        self.transport.flush()
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
