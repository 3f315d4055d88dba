"""Answers to requests that may come twice."""

from typing import Protocol

from penstock.model.ids import PrincipalId
from penstock.model.reply import KeptReply


class ReplyRepository(Protocol):
    """What was answered to requests that name a key of their own. Each method is one transaction.

    A key is remembered for a day; of each owner the newest thousand are.
    """

    async def begin(self, owner: PrincipalId, key: str, request: str) -> KeptReply | None:
        """What was answered under this key; None to the one caller who is to do what it asks for. Raises `KeyReused`
        for another `request` (a digest of all that it says), and `KeyInUse` while somebody does it, a minute at most:
        then its process is taken for dead.
        """

    async def finish(self, owner: PrincipalId, key: str, reply: KeptReply) -> None:
        """Keep what was answered."""

    async def drop(self, owner: PrincipalId, key: str) -> None:
        """Forget a key under which nothing was done."""

    async def forget_old(self) -> int:
        """Forget what was answered more than a day ago; returns how many."""
