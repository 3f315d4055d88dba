"""Probes of a running server, for operators."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client.core import Metric

from penstock.bootstrap.storage import Storage
from penstock.engine.hashing import BackgroundHasher
from penstock.http.routing.metrics import gauge
from penstock.http.routing.operations import Check
from penstock.model.faults import Fault, StorageFull
from penstock.ports import OutboxRepository, WatchRepository

OVERDUE = 86400.0
"""After this many seconds a publication that is not buried is reported to the operator."""


@dataclass(frozen=True)
class Probes:
    """Reads the state of the disk, the database and the chain."""

    storage: Storage
    watches: WatchRepository
    outbox: OutboxRepository
    hashing: BackgroundHasher
    clock: Callable[[], float]

    @property
    def ready(self) -> Mapping[str, Check]:
        """The checks of readiness, by name."""
        storage = self.storage
        database = storage.database.check_writable
        return {"store": storage.blobs.probe, "syncs": storage.staging.probe, "database": database}

    async def space(self) -> None:
        """Raise `StorageFull` when there is too little space for parts, as far as they need space here."""
        if not self.storage.is_elsewhere:
            self.storage.space.check()

    async def notices(self) -> Mapping[str, object]:
        """Conditions that the operator should know of, although the server is ready."""
        notices: dict[str, object] = {}
        try:
            await self.space()
        except StorageFull as full:
            notices["space"] = {"free": full.free, "minFree": full.min_free}
        with suppress(Fault):  # that the database is away is for its check to say
            count, age = await self._unburied()
            if age > OVERDUE:
                notices["chain"] = {"unburied": count, "oldestSeconds": round(age)}
        return notices

    async def gauges(self) -> list[Metric]:
        """Metrics that are measured at each request. While the database is away, there are none of what it holds."""
        gauges = [gauge("penstock_hash_backlog_bytes", "Committed bytes not yet digested.", {"": self.hashing.backlog})]
        with suppress(Fault):
            gauges += await self._recorded()
        return gauges

    async def _recorded(self) -> list[Metric]:
        states = {str(state): float(count) for state, count in (await self.storage.uploads.count_by_state()).items()}
        count, age = await self._unburied()
        waiting = await self.outbox.backlog()
        since = self.clock() - waiting.since if waiting.since is not None else 0.0
        return [
            gauge("penstock_uploads", "Uploads by state.", states, "state"),
            gauge("penstock_outbox", "Messages that wait to be delivered.", {"": waiting.count}),
            gauge("penstock_outbox_oldest_seconds", "Since when the oldest of them waits.", {"": since}),
            gauge("penstock_publications_unburied", "Published, and not deep in the chain.", {"": count}),
            gauge("penstock_oldest_unburied_seconds", "Since when the oldest of them is published.", {"": age}),
        ]

    async def _unburied(self) -> tuple[int, float]:
        """How many publications are not buried, and the age of the oldest, in seconds."""
        unburied = await self.watches.unburied()
        return unburied.count, self.clock() - unburied.since if unburied.since is not None else 0.0
