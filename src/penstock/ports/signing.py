"""The secrets that addresses are signed with."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.signature import Key


class Keys(Protocol):
    """The secrets that addresses are signed with."""

    def all(self) -> Sequence[Key]:
        """Every valid key, the newest first; there is always one once they are loaded."""

    async def load(self) -> None:
        """Take up the keys, or make the first one. Raises `Refusal` when they cannot be opened."""

    async def follow(self) -> None:
        """Take up what others change, until cancelled."""

    async def rotate(self, *, keep: bool) -> None:
        """Add a new key in front; without `keep` the others are removed, and their signatures become invalid."""
