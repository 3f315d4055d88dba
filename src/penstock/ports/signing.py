"""The secrets that addresses are signed with."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.signature import Key


class Keys(Protocol):
    """The secrets that addresses are signed with."""

    def all(self) -> Sequence[Key]:
        """Every valid key, the newest first; there is always one."""
