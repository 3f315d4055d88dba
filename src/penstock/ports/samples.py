"""Records of what the servers did."""

from typing import Protocol

from penstock.model.sample import Sample, Work


class SampleRepository(Protocol):
    """What each process did in each minute of the last day."""

    async def add(self, process: str, minute: int, work: Work, free: int | None) -> None:
        """Record the minute of a process that began at `minute` (Unix seconds), and forget what is older than a day."""

    async def series(self, step: int) -> list[Sample]:
        """The last day in spans of `step` seconds, a multiple of a minute, the oldest first; none where nothing ran."""
