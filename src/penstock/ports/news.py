"""Events: noted with the change that they tell of, and read afterwards by whoever is told of them."""

from typing import Protocol

from penstock.model.ids import PrincipalId
from penstock.model.news import News


class NewsRepository(Protocol):
    """What happened lately. The repositories of files, folders, uploads, accounts and publications note it, each event
    in the transaction of its change. Those of one subject are numbered in the order of its changes.
    """

    async def newest(self) -> int:
        """The greatest number that is seen; 0 where nothing happened."""

    async def reach(self) -> int:
        """A number up to which nothing will be seen later that is not seen now. It follows the newest one, and never
        goes back; to a process that begins to ask it may be 0 at first.
        """

    async def forgotten(self) -> int:
        """The number up to which events are forgotten; 0 while none is."""

    async def since(self, moment: float) -> int:
        """The number behind which everything stands that happened at this time (Unix seconds) or later."""

    async def between(self, after: int, until: int, count: int, owner: PrincipalId | None = None) -> list[News]:
        """At most `count` events with numbers from behind `after` up to `until`, in their order; of one owner, or of
        all.
        """

    async def forget(self, seconds: float) -> int:
        """Forget what happened longer ago than this, and what is too much, but never the newest event; returns how much
        that was.
        """
