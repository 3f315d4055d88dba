"""Thread pools for the disk."""

from dataclasses import dataclass, field

from penstock.pools import Pool

PARTS = 32
"""Threads that write, sync and delete parts. They wait for the disk and not for the processor, and concurrent syncs
share one journal commit.
"""

MERGES = 8
"""Threads that compose blobs. Most only rename and sync; the few that copy must not block the others, and more of them
would only slow each other down.
"""

READS = 16
"""Threads that read for downloads what is not cached."""


@dataclass(frozen=True, slots=True)
class Pools:
    """A pool for each kind of work, so that merges and downloads do not delay parts."""

    parts: Pool = field(default_factory=lambda: Pool(PARTS, "part"))
    merges: Pool = field(default_factory=lambda: Pool(MERGES, "merge"))
    reads: Pool = field(default_factory=lambda: Pool(READS, "read"))

    def close(self) -> None:
        """Wait for work under way."""
        for pool in (self.parts, self.merges, self.reads):
            pool.close()
