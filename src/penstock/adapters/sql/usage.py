"""Numbers about what is stored (`ports.UsageRepository`)."""

from penstock.adapters.sql.conditions import IN_FLIGHT
from penstock.adapters.sql.quotas import Quotas
from penstock.adapters.sql.tx import Database, Row
from penstock.model.ids import PrincipalId
from penstock.model.principal import Quota
from penstock.model.usage import DAYS, KINDS, Amount, Breakdown, Stock, Usage

DAY = 86400


class SqlUsage:
    """The port `UsageRepository`."""

    def __init__(self, database: Database, usual: Quota) -> None:
        """`usual` is the quota of users without one of their own."""
        self._database = database
        self._quotas = Quotas(usual, database.clock)

    async def usage(self, owner: PrincipalId) -> Usage:
        """See `UsageRepository.usage`."""
        row = await self._database.look(_USAGE, owner=owner, now=self._database.clock())
        quota = await self._quotas.in_force(self._database.look, owner)
        return Usage(_amount(row), row["uploads"], row["unfinished"], quota)

    async def breakdown(self, owner: PrincipalId) -> Breakdown:
        """See `UsageRepository.breakdown`."""
        now = self._database.clock()
        since = (int(now) // DAY - DAYS + 1) * DAY
        [trash] = await self._database.scan(_TRASH, owner=owner)
        kinds = await self._database.scan(_BY_KIND, owner=owner)
        days = await self._database.scan(_BY_DAY, owner=owner, since=float(since))
        return Breakdown(
            _amount(trash),
            [(row["kind"], _amount(row)) for row in kinds],
            [(row["day"], _amount(row)) for row in days],
            now,
        )

    async def stock(self) -> Stock:
        """See `UsageRepository.stock`."""
        [row] = await self._database.scan(_STOCK, now=self._database.clock())
        return Stock(row["blobs"], row["bytes"], row["files"], row["users"], row["uploads"], row["unfinished"])


def _amount(row: Row) -> Amount:
    return Amount(row["files"], row["bytes"])


def _whole(numbers: str) -> str:
    """The sum of whole numbers as one: PostgreSQL makes a decimal of it."""
    return f"CAST(COALESCE(SUM({numbers}), 0) AS BIGINT)"


_USAGE = f"""
SELECT count(*) AS uploads, {_whole("CASE WHEN covered = 1 THEN 0 ELSE bytes END")} AS unfinished,
    COALESCE((SELECT usage.bytes FROM usage WHERE usage.owner = :owner), 0) AS bytes,
    COALESCE((SELECT usage.files FROM usage WHERE usage.owner = :owner), 0) AS files
FROM uploads WHERE owner = :owner AND {IN_FLIGHT}
"""
_SUMS = f"count(*) AS files, {_whole('b.size')} AS bytes FROM files f JOIN blobs b ON b.sha256 = f.sha256"
_TRASH = f"SELECT {_SUMS} WHERE f.owner = :owner AND f.trashed_at IS NOT NULL"
_KIND = " ".join(f"WHEN f.media_type LIKE '{kind}/%' THEN '{kind}'" for kind in KINDS)
_BY_KIND = f"""
SELECT CASE {_KIND} ELSE 'other' END AS kind, {_SUMS}
WHERE f.owner = :owner AND f.trashed_at IS NULL GROUP BY 1 ORDER BY 3 DESC, 1
"""
_SECOND = "CAST(ROUND(f.created_at - 0.499999) AS BIGINT)"
"""The whole second of a time: of fractions PostgreSQL rounds a cast, and SQLite cuts it off."""

_BY_DAY = f"""
SELECT {_SECOND} / {DAY} AS day, {_SUMS}
WHERE f.owner = :owner AND f.trashed_at IS NULL AND f.created_at >= :since GROUP BY 1 ORDER BY 1
"""
_STOCK = f"""
SELECT count(*) AS blobs, {_whole("size")} AS bytes,
    (SELECT {_whole("usage.files")} FROM usage) AS files, (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM uploads WHERE {IN_FLIGHT}) AS uploads,
    (SELECT {_whole("uploads.bytes")} FROM uploads WHERE covered = 0 AND {IN_FLIGHT}) AS unfinished
FROM blobs
"""
