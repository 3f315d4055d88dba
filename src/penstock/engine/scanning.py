"""Scanning, the step before a file becomes visible."""

from collections.abc import AsyncIterator

import structlog

from penstock.model.faults import ContentRefused
from penstock.ports import Scanner

_log = structlog.get_logger(__name__)


class Inspector:
    """Runs the scanner. Without one every file passes."""

    def __init__(self, scanner: Scanner | None) -> None:
        self._scanner = scanner

    async def check(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> None:
        """Scan the content. Raises `ContentRefused`, and `ScannerUnavailable`: unscanned content does not pass."""
        if self._scanner is None:
            return
        finding = await self._scanner.scan(content, size, name, media_type)
        if finding is not None:
            _log.warning("content_refused", name=name, finding=finding)
            raise ContentRefused(finding)
