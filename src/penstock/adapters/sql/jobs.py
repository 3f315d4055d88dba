"""Records of jobs (`ports.JobRepository`)."""

import msgspec

from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.job import KEPT, Job, JobKind, JobProgress, JobState


class SqlJobs:
    """The port `JobRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, job: Job, ttl: float) -> bool:
        """See `JobRepository.begin`."""
        now = self._database.clock()
        values = {"id": job.id, "kind": job.kind, "repair": int(job.repair), "by": job.started_by}
        values |= {"at": job.started_at, "now": now, "until": now + ttl, "progress": _written(job.progress)}
        return await self._database.write(lambda tx: _begin(tx, values))

    async def note(self, job: str, progress: JobProgress, ttl: float) -> bool:
        """See `JobRepository.note`."""
        now = self._database.clock()
        values = {"id": job, "progress": _written(progress), "now": now, "until": now + ttl}
        return bool(await self._database.write(lambda tx: tx.run(_NOTE, values), frees=True))

    async def end(self, job: str, state: JobState, progress: JobProgress) -> None:
        """See `JobRepository.end`."""
        values = {"id": job, "state": state, "progress": _written(progress), "now": self._database.clock()}
        await self._database.write(lambda tx: tx.run(_END, values), frees=True)

    async def cancel(self, job: str) -> bool:
        """See `JobRepository.cancel`."""
        values = {"id": job, "now": self._database.clock()}
        return bool(await self._database.write(lambda tx: tx.run(_CANCEL, values), frees=True))

    async def job(self, job: str) -> Job | None:
        """See `JobRepository.job`."""
        row = await self._database.look("SELECT * FROM jobs WHERE id = :id", id=job)
        return self._read(row) if row is not None else None

    async def jobs(self) -> list[Job]:
        """See `JobRepository.jobs`."""
        return [self._read(row) for row in await self._database.scan(_ALL)]

    def _read(self, row: Row) -> Job:
        state = JobState(row["state"])
        lost = state is JobState.RUNNING and row["until"] <= self._database.clock()
        return Job(
            row["id"],
            JobKind(row["kind"]),
            bool(row["repair"]),
            JobState.LOST if lost else state,
            row["started_by"],
            row["started_at"],
            row["until"] if lost else row["ended_at"],
            msgspec.json.decode(row["progress"], type=JobProgress),
        )


async def _begin(tx: Tx, values: dict[str, object]) -> bool:
    await tx.lock("jobs")
    if await tx.one(_RUNNING, values) is not None:
        return False
    await tx.run(_BEGIN, values)
    await tx.run(_TRIM, {"kept": KEPT})
    return True


def _written(progress: JobProgress) -> str:
    return msgspec.json.encode(progress).decode()


_RUNNING = "SELECT 1 FROM jobs WHERE kind = :kind AND state = 'running' AND until > :now"
_BEGIN = """
INSERT INTO jobs (id, kind, repair, state, started_by, started_at, progress, until)
VALUES (:id, :kind, :repair, 'running', :by, :at, :progress, :until)
"""
_TRIM = (
    "DELETE FROM jobs WHERE started_at <= (SELECT started_at FROM jobs ORDER BY started_at DESC LIMIT 1 OFFSET :kept)"
)
_NOTE = "UPDATE jobs SET progress = :progress, until = :until WHERE id = :id AND state = 'running' AND until > :now"
_END = "UPDATE jobs SET state = :state, progress = :progress, ended_at = :now WHERE id = :id AND state = 'running'"
_CANCEL = "UPDATE jobs SET state = 'cancelled', ended_at = :now WHERE id = :id AND state = 'running' AND until > :now"
_ALL = "SELECT * FROM jobs ORDER BY started_at DESC, id"
