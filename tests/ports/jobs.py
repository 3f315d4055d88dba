"""What every implementation of `JobRepository` and of `SampleRepository` promises."""

import asyncio

from penstock.model.ids import new_id
from penstock.model.job import KEPT, Job, JobKind, JobProgress, JobState
from penstock.model.sample import KEPT as DAY
from penstock.model.sample import MINUTE, Work
from penstock.ports import JobRepository, SampleRepository
from tests.ports.records import Clock

TTL = 30.0
HALF = JobProgress("checking", 5, 10, {"sound": 2}, ["部分 1: missing"])


def job_at(clock: Clock, kind: JobKind = JobKind.FSCK) -> Job:
    """A job that is about to run."""
    return Job(new_id(), kind, False, JobState.RUNNING, "alice", clock(), None, JobProgress())


class JobRepositorySpec:
    """Subclass it with fixtures `clock`, `jobs` and `other` (another process's) over the same records."""

    async def test_a_job_is_watched_anywhere(self, jobs: JobRepository, other: JobRepository, clock: Clock) -> None:
        """How far it is, what it found, and its end are seen by every process."""
        job = job_at(clock)
        assert await jobs.begin(job, TTL)
        assert await jobs.note(job.id, HALF, TTL)
        seen = await other.job(job.id)
        assert seen is not None
        assert (seen.state, seen.progress, seen.ended_at) == (JobState.RUNNING, HALF, None)
        clock.advance(1)
        await jobs.end(job.id, JobState.DONE, HALF)
        [seen] = await other.jobs()
        assert (seen.state, seen.ended_at) == (JobState.DONE, clock())
        assert await other.job("none") is None

    async def test_one_of_a_kind_at_a_time(self, jobs: JobRepository, other: JobRepository, clock: Clock) -> None:
        """Of many that are started at once one runs; another kind beside it."""
        started = await asyncio.gather(*(each.begin(job_at(clock), TTL) for _ in range(4) for each in (jobs, other)))
        assert sorted(started) == [False] * 7 + [True]
        assert await jobs.begin(job_at(clock, JobKind.GC), TTL)

    async def test_a_cancelled_one_is_told(self, jobs: JobRepository, other: JobRepository, clock: Clock) -> None:
        """Whoever runs it hears of it with the next word; its end changes nothing any more."""
        job = job_at(clock)
        await jobs.begin(job, TTL)
        assert await other.cancel(job.id)
        assert not await jobs.note(job.id, HALF, TTL)
        await jobs.end(job.id, JobState.DONE, HALF)
        seen = await other.job(job.id)
        assert seen is not None
        assert seen.state is JobState.CANCELLED
        assert not await other.cancel(job.id)

    async def test_a_silent_one_is_lost(self, jobs: JobRepository, other: JobRepository, clock: Clock) -> None:
        """Without a word for so long it is taken for dead, and another may run."""
        job = job_at(clock)
        await jobs.begin(job, TTL)
        clock.advance(TTL)
        seen = await other.job(job.id)
        assert seen is not None
        assert seen.state is JobState.LOST
        assert await other.begin(job_at(clock), TTL)
        assert not await jobs.note(job.id, HALF, TTL)

    async def test_the_newest_are_kept(self, jobs: JobRepository, clock: Clock) -> None:
        """The oldest go."""
        for _ in range(KEPT + 5):
            clock.advance(1)
            job = job_at(clock)
            await jobs.begin(job, TTL)
            await jobs.end(job.id, JobState.DONE, HALF)
        assert len(await jobs.jobs()) == KEPT


class SampleRepositorySpec:
    """Subclass it with fixtures `clock` and `samples` over the same records."""

    async def test_processes_are_summed_up(self, samples: SampleRepository, clock: Clock) -> None:
        """In spans of any length: the work of all, the least free space."""
        now = int(clock()) // 3600 * 3600
        clock.advance(now + 3600 - clock())
        for minute, process, requests, free in ((0, "a", 1, 50), (0, "b", 2, 40), (1, "a", 4, None), (59, "a", 8, 45)):
            await samples.add(process, now + minute * MINUTE, Work(requests, 1, 10, 20, 3, 0.5), free)
        assert [(each.at - now, each.work.requests, each.free) for each in await samples.series(60)] == [
            (0, 3, 40),
            (60, 4, None),
            (59 * 60, 8, 45),
        ]
        [hour] = await samples.series(3600)
        assert hour.work == Work(15, 4, 40, 80, 12, 2.0)
        assert (hour.free, hour.stored) == (40, 0)

    async def test_a_day_is_kept(self, samples: SampleRepository, clock: Clock) -> None:
        """What is older goes, and is not told before it has gone."""
        now = int(clock()) // MINUTE * MINUTE
        await samples.add("a", now, Work(1), None)
        clock.advance(DAY + MINUTE)
        assert await samples.series(60) == []
        await samples.add("a", now + DAY + MINUTE, Work(1), None)
        assert len(await samples.series(60)) == 1
