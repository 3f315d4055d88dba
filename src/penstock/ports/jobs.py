"""Records of jobs."""

from typing import Protocol

from penstock.model.job import Job, JobProgress, JobState


class JobRepository(Protocol):
    """Records of jobs, the newest of them. Each method is one transaction."""

    async def begin(self, job: Job, ttl: float) -> bool:
        """Record a job that runs now; false when one of its kind does. Without a word of it for `ttl` seconds it is
        lost.
        """

    async def note(self, job: str, progress: JobProgress, ttl: float) -> bool:
        """Record how far a job is; false when it does not run any more, since it was cancelled or taken for lost."""

    async def end(self, job: str, state: JobState, progress: JobProgress) -> None:
        """Record the end of a job that runs."""

    async def cancel(self, job: str) -> bool:
        """Cancel a job; false when none of this id runs."""

    async def job(self, job: str) -> Job | None:
        """The job of this id."""

    async def jobs(self) -> list[Job]:
        """All of them, the newest first."""
