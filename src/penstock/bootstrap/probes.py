"""What operators and their machines ask of a server that runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client.core import Metric

from penstock.bootstrap.storage import Storage
from penstock.engine.hashing import BackgroundHasher
from penstock.http.routing.metrics import gauge
from penstock.http.routing.operations import Check
from penstock.model.faults import StorageFull
from penstock.ports import WatchRepository

OVERDUE = 86400.0
"""After so many seconds what is published and not deep in the chain is worth a word to whoever runs the server."""


@dataclass(frozen=True)
class Probes:
    """Looks at the disk, the database and the chain, and changes nothing."""

    storage: Storage
    watches: WatchRepository
    hashing: BackgroundHasher
    clock: Callable[[], float]

    @property
    def ready(self) -> Mapping[str, Check]:
        """What must hold for a server to be sent anything, by name."""
        storage = self.storage
        database = storage.database.check_writable
        return {"store": storage.blobs.probe, "syncs": storage.staging.probe, "database": database}

    async def space(self) -> None:
        """Raise `StorageFull` when there is too little room for parts."""
        self.storage.space.check()

    async def notices(self) -> Mapping[str, object]:
        """What whoever runs the server should know of, although it serves."""
        notices: dict[str, object] = {}
        try:
            await self.space()
        except StorageFull as full:
            notices["space"] = {"free": full.free, "minFree": full.min_free}
        count, age = await self._unburied()
        if age > OVERDUE:
            notices["chain"] = {"unburied": count, "oldestSeconds": round(age)}
        return notices

    async def gauges(self) -> list[Metric]:
        """What is counted only when it is asked for."""
        states = {str(state): float(count) for state, count in (await self.storage.uploads.count_by_state()).items()}
        count, age = await self._unburied()
        return [
            gauge("penstock_uploads", "Uploads by state.", states, "state"),
            gauge("penstock_publications_unburied", "Published, and not deep in the chain.", {"": count}),
            gauge("penstock_oldest_unburied_seconds", "Since when the oldest of them is published.", {"": age}),
            gauge("penstock_hash_backlog_bytes", "Committed bytes not yet digested.", {"": self.hashing.backlog}),
        ]

    async def _unburied(self) -> tuple[int, float]:
        """How many publications are not deep in the chain, and since when, in seconds, the oldest of them is there."""
        unburied = await self.watches.unburied()
        return unburied.count, self.clock() - unburied.since if unburied.since is not None else 0.0
