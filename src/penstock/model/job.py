"""Work on the whole store that an administrator starts and watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

KEPT = 100
"""How many jobs are remembered, the newest."""

MAX_FINDINGS = 1000
"""How many findings of one job are kept, the first."""


class JobKind(StrEnum):
    """What a job does."""

    FSCK = "fsck"
    """Every byte is read again and held against its record."""
    GC = "gc"
    """The background's work is done once, now: expiry, collection, orphans, retention."""


class JobState(StrEnum):
    """What has become of a job. One whose process died is `lost`."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: in which step, how much of it is done, of how much (0: unknown), what was counted and found."""

    step: str = ""
    done: int = 0
    total: int = 0
    counts: Mapping[str, int] | None = None
    findings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A job. Times are Unix seconds."""

    id: str
    kind: JobKind
    repair: bool
    state: JobState
    started_by: str
    started_at: float
    ended_at: float | None
    progress: JobProgress
