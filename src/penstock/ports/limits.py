"""Rate limits."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """The state of a client's limit: `remaining` of `limit` calls until `reset` (Unix seconds), and whether this one
    was `granted`.
    """

    limit: int
    remaining: int
    reset: int
    granted: bool

    def wait(self, now: float) -> int:
        """How many seconds from `now` (Unix seconds) until calls are granted again, at least 1."""
        return max(1, round(self.reset - now))


class Limiter(Protocol):
    """Counts calls, over all processes."""

    async def hit(self, bucket: str, client: str, limit: int, period: int) -> Allowance:
        """Count a call of this client in this bucket, of which `limit` are granted in `period` seconds. Raises
        `LimiterUnavailable` where counts are kept elsewhere and cannot be had.
        """
