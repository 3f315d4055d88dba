"""What the servers did in a minute, of which a day is kept."""

from dataclasses import dataclass

MINUTE = 60
KEPT = 86400
"""For how many seconds a minute is kept."""


@dataclass(frozen=True, slots=True)
class Work:
    """Requests that were answered, of them those with a fault of ours (5xx), the bytes of bodies that came and went,
    the parts that were acknowledged, and the seconds that all answers took.
    """

    requests: int = 0
    failures: int = 0
    came: int = 0
    went: int = 0
    parts: int = 0
    seconds: float = 0.0

    def since(self, before: "Work") -> "Work":
        """What was done between two moments, from the sums at each."""
        return Work(
            self.requests - before.requests,
            self.failures - before.failures,
            self.came - before.came,
            self.went - before.went,
            self.parts - before.parts,
            self.seconds - before.seconds,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A span of time that began at `at` (Unix seconds): the `work` of all processes, the least free space on their
    disks (None where there is no disk), and the bytes that all users had.
    """

    at: int
    work: Work
    free: int | None
    stored: int
