"""What this process does, written down each minute."""

import asyncio
from collections.abc import Callable

import structlog

from penstock.model.faults import Fault
from penstock.model.sample import MINUTE, Sample, Work
from penstock.ports import Disk, SampleRepository

LATE = 0.05
"""How long, in seconds, after its end a minute is written down: a loop may wake up a little early."""

_log = structlog.get_logger(__name__)


class Sampling:
    """The main metrics of all processes as series, for those who run no Prometheus."""

    def __init__(
        self,
        repository: SampleRepository,
        process: str,
        clock: Callable[[], float],
        sums: Callable[[], Work],
        disk: Disk | None,
    ) -> None:
        """`sums` are those of this process since it began."""
        self._repository = repository
        self._process = process
        self._clock = clock
        self._sums = sums
        self._disk = disk

    async def run(self) -> None:
        """Write each minute down at its end, until cancelled."""
        before = self._sums()
        while True:
            end = (int(self._clock()) // MINUTE + 1) * MINUTE
            await asyncio.sleep(end - self._clock() + LATE)
            now = self._sums()
            try:
                await self.note(now.since(before), end - MINUTE)
                before = now
            except Fault as fault:
                _log.warning("sample_lost", fault=repr(fault))
            except Exception:
                _log.exception("sample_lost")  # a defect must not end the background work

    async def note(self, work: Work, minute: int) -> None:
        """Write down what was done in the minute that began then (Unix seconds)."""
        free = self._disk.state().free if self._disk is not None else None
        await self._repository.add(self._process, minute, work, free)

    async def series(self, step: int) -> list[Sample]:
        """The last day in spans of so many seconds, the oldest first."""
        return await self._repository.series(step)
