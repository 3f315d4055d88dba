"""Questions about what is stored."""

from typing import Protocol

from penstock.model.ids import PrincipalId
from penstock.model.usage import Breakdown, DiskState, Stock, Usage


class UsageRepository(Protocol):
    """Numbers about what is stored."""

    async def usage(self, owner: PrincipalId) -> Usage:
        """What counts against an owner's quota. It costs the same however many files there are."""

    async def breakdown(self, owner: PrincipalId) -> Breakdown:
        """What an owner has. Every record of the owner's is read."""

    async def stock(self) -> Stock:
        """What the whole store holds. Every blob's record is read."""


class Disk(Protocol):
    """The disk that bytes lie on."""

    def state(self) -> DiskState:
        """As it is now."""
