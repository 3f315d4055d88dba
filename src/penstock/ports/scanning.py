"""Who looks at a file before anybody else."""

from collections.abc import AsyncIterator
from typing import Protocol


class Scanner(Protocol):
    """Looks at a file before it becomes visible."""

    async def scan(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> str | None:
        """What was found in the content (`size` bytes), None when it may pass. Raises `ScannerUnavailable` whenever it
        did not look at all of it.
        """

    async def close(self) -> None:
        """Let go of connections."""
