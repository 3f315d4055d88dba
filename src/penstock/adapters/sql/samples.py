"""Records of what the servers did (`ports.SampleRepository`)."""

from dataclasses import asdict

from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.sample import KEPT, Sample, Work


class SqlSamples:
    """The port `SampleRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, process: str, minute: int, work: Work, free: int | None) -> None:
        """See `SampleRepository.add`."""
        values = asdict(work) | {"process": process, "minute": minute, "free": free, "before": minute - KEPT}
        await self._database.write(lambda tx: _add(tx, values))

    async def series(self, step: int) -> list[Sample]:
        """See `SampleRepository.series`."""
        since = int(self._database.clock()) - KEPT
        return [_read(row) for row in await self._database.scan(_SERIES, step=step, since=since)]


async def _add(tx: Tx, values: dict[str, object]) -> None:
    await tx.run(_ADD, values)
    await tx.run("DELETE FROM samples WHERE minute < :before", values)


def _read(row: Row) -> Sample:
    work = Work(row["requests"], row["failures"], row["came"], row["went"], row["parts"], row["seconds"])
    return Sample(row["at"], work, row["free"], row["stored"])


_ADD = """
INSERT INTO samples (minute, process, requests, failures, came, went, parts, seconds, free, stored)
VALUES (:minute, :process, :requests, :failures, :came, :went, :parts, :seconds, :free,
        (SELECT COALESCE(SUM(usage.bytes), 0) FROM usage))
ON CONFLICT (minute, process) DO NOTHING
"""
_SERIES = """
SELECT minute / :step * :step AS at, CAST(SUM(requests) AS BIGINT) AS requests,
    CAST(SUM(failures) AS BIGINT) AS failures, CAST(SUM(came) AS BIGINT) AS came, CAST(SUM(went) AS BIGINT) AS went,
    CAST(SUM(parts) AS BIGINT) AS parts, SUM(seconds) AS seconds, MIN(free) AS free, MAX(stored) AS stored
FROM samples WHERE minute >= :since GROUP BY 1 ORDER BY 1
"""
