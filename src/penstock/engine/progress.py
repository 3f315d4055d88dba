"""How far uploads are, told now and then: ten thousand small parts are not ten thousand messages."""

import asyncio

import structlog

from penstock.engine.events import Events
from penstock.model.faults import Fault
from penstock.model.ids import UploadId
from penstock.model.upload import Upload
from penstock.ports import Tell, UploadRepository

PACE = 1.0
"""How often, in seconds, it is told of an upload at most."""

_log = structlog.get_logger(__name__)


class Progress:
    """Notes in memory whose bytes came, and writes that down at a pace. What is lost with a process is told with the
    next bytes, or with the end.
    """

    def __init__(self, events: Events, uploads: UploadRepository) -> None:
        self._events = events
        self._uploads = uploads
        self._noted: dict[UploadId, Tell] = {}

    def note(self, upload: Upload) -> None:
        """Bytes of it came."""
        if upload.id not in self._noted and (tell := self._events.received()) is not None:
            self._noted[upload.id] = tell

    async def run(self) -> None:
        """Write down what came, until cancelled."""
        while True:
            await asyncio.sleep(PACE)
            await self.flush()

    async def flush(self) -> None:
        """Write it down now. What cannot be written is forgotten."""
        noted, self._noted = self._noted, {}
        if noted:
            try:
                await self._uploads.progressed(noted)
            except Fault as fault:
                _log.warning("progress_lost", uploads=len(noted), fault=repr(fault))
