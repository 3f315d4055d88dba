"""The step before a file becomes visible: somebody may look at it."""

from collections.abc import AsyncIterator

import structlog

from penstock.model.faults import ContentRefused
from penstock.ports import Scanner

_log = structlog.get_logger(__name__)


class Inspector:
    """Asks the scanner. Without one everything passes."""

    def __init__(self, scanner: Scanner | None) -> None:
        self._scanner = scanner

    async def check(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> None:
        """Let the scanner see the content. Raises `ContentRefused`, and `ScannerUnavailable`: unseen is not passed."""
        if self._scanner is None:
            return
        finding = await self._scanner.scan(content, size, name, media_type)
        if finding is not None:
            _log.warning("content_refused", name=name, finding=finding)
            raise ContentRefused(finding)
