"""Bodies that come in pieces, at once or slowly; and bytes gone bad."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """A body in small pieces."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Body:
    """A body whose client is slow: nothing comes until `give`, and the end only at `end` or `vanish`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue()
        self.idle = False
        """Whether everything that was given has been taken in, and more is waited for."""

    def give(self, piece: bytes) -> None:
        """Let a piece arrive."""
        self.idle = False
        self._queue.put_nowait(piece)

    def end(self) -> None:
        """Let the body end well."""
        self._queue.put_nowait(None)

    def vanish(self, fault: BaseException) -> None:
        """Let the body end badly."""
        self._queue.put_nowait(fault)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.idle = self._queue.empty()
            match await self._queue.get():
                case None:
                    return
                case bytes() as piece:
                    yield piece
                case fault:
                    raise fault


def flip(path: Path, at: int) -> None:
    """Flip one bit of a file, whatever its mode."""
    mode = path.stat().st_mode
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    path.chmod(mode & 0o777)
