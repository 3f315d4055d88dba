"""How often a client may call."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a client: `remaining` of `limit` calls until `reset` (Unix seconds), and whether this one was
    `granted`.
    """

    limit: int
    remaining: int
    reset: int
    granted: bool


class Limiter(Protocol):
    """Counts calls, over all processes."""

    async def hit(self, bucket: str, client: str, limit: int, period: int) -> Allowance:
        """One more call of this client in this bucket, where `limit` of them are granted in `period` seconds."""
