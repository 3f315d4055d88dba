"""Scanning of content."""

from collections.abc import AsyncIterator
from typing import Protocol


class Scanner(Protocol):
    """Scans a file before it becomes visible."""

    async def scan(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> str | None:
        """The finding in the content (`size` bytes), None when it passes. Raises `ScannerUnavailable` unless all of it
        was scanned.
        """

    async def close(self) -> None:
        """Close connections."""
