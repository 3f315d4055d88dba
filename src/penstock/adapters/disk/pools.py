"""The threads of the disk."""

from dataclasses import dataclass, field

from penstock.pools import Pool

PARTS = 32
"""Threads that place, sync and give back parts. They wait for the disk and not for the processor, and syncs that come
together cost one journal commit.
"""

MERGES = 8
"""Threads that put blobs together. Most only rename and sync; the few that copy must not stop the others, and more of
them would only make each slower.
"""

READS = 16
"""Threads that read for downloads what is not in memory."""


@dataclass(frozen=True, slots=True)
class Pools:
    """A pool for each kind of waiting: nobody's merge or download keeps a part waiting."""

    parts: Pool = field(default_factory=lambda: Pool(PARTS, "part"))
    merges: Pool = field(default_factory=lambda: Pool(MERGES, "merge"))
    reads: Pool = field(default_factory=lambda: Pool(READS, "read"))

    def close(self) -> None:
        """Wait for what is under way."""
        for pool in (self.parts, self.merges, self.reads):
            pool.close()
