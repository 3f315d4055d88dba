"""Events in PostgreSQL, where many transactions write at once.

A number is taken when an event is noted, and seen when its transaction is committed: a later number may be seen first.
Whoever followed the numbers as they appear would skip what appears behind. So nobody reads beyond a number up to which
every transaction that could still bring a smaller one has ended (`reach`):

- Whoever notes an event has changed something, and so has a transaction id, before it takes the number
  (`adapters/sql/news.py`). The sequence gives numbers in the order in which they are asked for.
- When a number is seen, all smaller ones were taken before by transactions that had their ids. An id that is assigned
  after the look (`_MARK`) is greater than all of those.
- Once no transaction with an id below it is under way, everything up to that number is there, or never will be.

What a snapshot calls its `xmax` would not do for the second step: it is one more than the last transaction that has
ended, and says nothing of later ones under way.
"""

from penstock.adapters.sql.news import SqlNews
from penstock.adapters.sql.tx import Database


class PostgresNews(SqlNews):
    """The port `NewsRepository`, as one process has it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._reach = 0
        self._awaited: tuple[int, int] | None = None
        """A number, and the transaction id below which all have to end for everything up to it to be there."""

    async def reach(self) -> int:
        """See `NewsRepository.reach`. What goes on for long on this server holds it up; nothing is lost."""
        if self._awaited is None and await self.newest() > self._reach:
            row = await self._database.look(_MARK)
            self._awaited = int(row["top"]), int(row["own"])
        if self._awaited is not None:
            top, bound = self._awaited
            if int((await self._database.look(_OLDEST))["id"]) >= bound:
                self._reach, self._awaited = max(self._reach, top), None
        return self._reach


_MARK = """
SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) AS own, (SELECT MAX(number) FROM events) AS top
"""
_OLDEST = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS id"
