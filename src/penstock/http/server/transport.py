"""Writing to a connection: gathered into few system calls, and bounded for a client that has stopped reading."""

import asyncio
import fcntl
import struct
import termios
from typing import Any

MAX_GATHERED = 64 * 1024
"""How many bytes may wait for the end of the event loop's turn; more are sent at once."""


class GatheringTransport(asyncio.Transport):
    """Joins the writes of one turn of the event loop into one system call, such as an answer's head and body."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes | bytearray | memoryview] = []
        self._size = 0
        self.written = 0
        """How many bytes were handed on since the connection was made."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write these bytes, which must not change afterwards."""
        if not data:
            return
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > MAX_GATHERED:
            self.flush()

    def flush(self) -> None:
        """Send the waiting bytes, unless the connection is closing."""
        waiting, self._waiting, size, self._size = self._waiting, [], self._size, 0
        if waiting and not self.is_closing():
            self.written += size
            self._transport.writelines(waiting)

    def unread(self) -> int:
        """How many of the written bytes the peer's system has not acknowledged, in our buffer and in the kernel's."""
        return self._transport.get_write_buffer_size() + _unacknowledged(self._transport)

    def get_write_buffer_size(self) -> int:
        """How many bytes this process holds for the peer."""
        return self._size + self._transport.get_write_buffer_size()

    def write_eof(self) -> None:
        """Close this side once the waiting bytes are sent; the peer's stays open."""
        self.flush()
        if not self.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        """Close once the waiting bytes are sent."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once and drop the waiting bytes."""
        self._transport.abort()

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


class StalledReaderWatch:
    """Aborts a connection whose peer acknowledges nothing of what waits for it during `idle` seconds.

    The kernel's own buffer is counted too: a slow reader empties it long before it asks us for more.
    """

    def __init__(self, transport: GatheringTransport, loop: asyncio.AbstractEventLoop, idle: float) -> None:
        self._transport = transport
        self._loop = loop
        self._idle = idle
        self._read = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch for as long as this process holds bytes for the peer."""
        if self._timer is None and self._idle and self._transport.get_write_buffer_size():
            self._look_later()

    def stop(self) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_later(self) -> None:
        self._read = self._transport.written - self._transport.unread()
        self._timer = self._loop.call_later(self._idle, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._transport.get_write_buffer_size():
            return
        if self._transport.written - self._transport.unread() <= self._read:
            self._transport.abort()
        else:
            self._look_later()


def _unacknowledged(transport: asyncio.Transport) -> int:
    """What the kernel holds for the peer (tcp(7), SIOCOUTQ); 0 where it does not say."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return 0
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])
