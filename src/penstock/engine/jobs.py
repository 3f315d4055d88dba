"""Jobs: work on the whole store that runs in the background of one process, and is watched from any."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field

import structlog

from penstock.engine.fsck import Condition, Fsck
from penstock.engine.upkeep import Upkeep
from penstock.identity.audit import Audit
from penstock.model.audit import Act, Actor
from penstock.model.faults import Fault, JobRunning, JobUnknown
from penstock.model.ids import new_id
from penstock.model.job import MAX_FINDINGS, Job, JobKind, JobProgress, JobState
from penstock.ports import JobRepository

PULSE, SILENCE = 1.0, 30.0
"""How often, in seconds, it is recorded how far a job is, and after how long without a word it is lost."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Report:
    """What a job tells of itself while it runs."""

    step: str = ""
    done: int = 0
    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def heard(self, step: str, count: int) -> None:
        """See `ports.Heard`."""
        self.step, self.done = step, count

    def find(self, finding: str) -> None:
        """Tell something that somebody should read."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)

    @property
    def progress(self) -> JobProgress:
        """As it is now."""
        return JobProgress(self.step, self.done, self.total, dict(self.counts), list(self.findings))


Work = Callable[[Report, bool], Awaitable[None]]
"""What a job does, and whether it may repair."""


class Jobs:
    """Starts jobs, one of a kind at a time whichever process is asked, and tells of them."""

    def __init__(
        self, repository: JobRepository, works: Mapping[JobKind, Work], audit: Audit, clock: Callable[[], float]
    ) -> None:
        self._repository = repository
        self._works = works
        self._audit = audit
        self._clock = clock
        self._at_work: set[asyncio.Task[None]] = set()

    async def start(self, kind: JobKind, by: Actor, *, repair: bool) -> Job:
        """Start a job. Raises `JobRunning` when one of its kind runs."""
        job = Job(new_id(), kind, repair, JobState.RUNNING, by.name, self._clock(), None, JobProgress())
        if not await self._repository.begin(job, SILENCE):
            raise JobRunning
        try:
            await self._audit.note(by, Act.JOB_STARTED, f"{kind}, repairing" if repair else kind)
        except Fault:
            await self._repository.end(job.id, JobState.FAILED, JobProgress())
            raise
        task = asyncio.create_task(self._run(job))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        await asyncio.sleep(0)  # it begins: one that is cancelled before would tell nobody of its end
        return job

    async def job(self, job: str) -> Job:
        """The job of this id. Raises `JobUnknown`."""
        found = await self._repository.job(job)
        if found is None:
            raise JobUnknown
        return found

    async def jobs(self) -> list[Job]:
        """The newest jobs, the newest first."""
        return await self._repository.jobs()

    async def cancel(self, job: str) -> None:
        """End a job within a second, wherever it runs. Raises `JobUnknown` when none of this id runs."""
        if not await self._repository.cancel(job):
            raise JobUnknown

    async def close(self) -> None:
        """End the jobs of this process."""
        tasks = list(self._at_work)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        report = Report()
        work = asyncio.ensure_future(self._works[job.kind](report, job.repair))
        try:
            while not (await asyncio.wait([work], timeout=PULSE))[0]:
                if not await self._runs(job, report):
                    await _ended(work)
                    return
            await work
        except (Fault, asyncio.CancelledError) as ended:
            await _ended(work)
            report.find(f"ended by {type(ended).__name__}")
            await self._repository.end(job.id, JobState.FAILED, report.progress)
        except Exception:
            _log.exception("job_failed", job=job.id, kind=job.kind)
            await self._repository.end(job.id, JobState.FAILED, report.progress)
        else:
            await self._repository.end(job.id, JobState.DONE, report.progress)

    async def _runs(self, job: Job, report: Report) -> bool:
        """Record how far it is; whether it still is to run. A database that is away for a moment ends nothing: after
        long enough the job is lost anyway.
        """
        try:
            return await self._repository.note(job.id, report.progress, SILENCE)
        except Fault as fault:
            _log.warning("job_silent", job=job.id, fault=repr(fault))
            return True


async def _ended(work: "asyncio.Future[None]") -> None:
    """End the work, and wait until it has ended: another of its kind may begin then."""
    work.cancel()
    await asyncio.wait([work])


def checking(fsck: Fsck) -> Work:
    """The work of `fsck`."""

    async def check(report: Report, repair: bool) -> None:
        report.step, report.total = "checking", await fsck.volume()
        async for checked in fsck.run(repair=repair):
            report.counts[checked.condition] += 1
            report.done += checked.bytes
            if checked.condition is not Condition.SOUND:
                report.find(f"{checked.what}: {checked.condition}{' (repaired)' if checked.repaired else ''}")

    return check


def collecting(upkeep: Upkeep) -> Work:
    """The work of `gc`."""

    async def collect(report: Report, repair: bool) -> None:
        tally = asdict(await upkeep.once(orphans=True, heard=report.heard))
        report.counts.update({name.replace("_", " "): count for name, count in tally.items() if count})

    return collect
