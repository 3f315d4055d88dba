"""The container of everything that runs on one data folder: storage, identity, engine, publishing, probes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from penstock.bootstrap.engine import EngineServices, open_engine
from penstock.bootstrap.hooks import open_hooks
from penstock.bootstrap.identity import IdentityServices, open_identity
from penstock.bootstrap.limits import Limits, open_limits
from penstock.bootstrap.probes import Probes
from penstock.bootstrap.publishing import PublishingServices, open_publishing
from penstock.bootstrap.storage import Storage, open_storage
from penstock.engine.engine import Engine
from penstock.engine.fsck import Fsck
from penstock.engine.upkeep import Upkeep
from penstock.http.routing.clients import Proxies
from penstock.http.routing.metrics import Metrics
from penstock.settings import Settings


@dataclass(frozen=True)
class Container:
    """Everything that runs on one data folder. Call `close` when done."""

    settings: Settings
    clock: Callable[[], float]
    metrics: Metrics
    storage: Storage
    limits: Limits
    identity: IdentityServices
    uploading: EngineServices
    publishing: PublishingServices
    probes: Probes

    @cached_property
    def proxies(self) -> Proxies:
        """The proxies in front, once: it limits its own warnings."""
        return Proxies(self.settings.trusted_proxies)

    @property
    def engine(self) -> Engine:
        """The use cases around uploads and accounts."""
        return self.uploading.engine

    @property
    def upkeep(self) -> Upkeep:
        """The background work that removes what is due."""
        return self.uploading.upkeep

    @property
    def fsck(self) -> Fsck:
        """The check of records against bytes."""
        return self.uploading.fsck

    async def close(self) -> None:
        """Finish work under way and release the folder."""
        await self.publishing.close()
        await self.uploading.close()
        await self.identity.close()
        await self.limits.close()
        await self.storage.close()


def open_container(settings: Settings, clock: Callable[[], float] | None = None, *, make: bool = True) -> Container:
    """Open the folder and the database, and build the engine. Without a `clock`, the time is the database's. Raises
    `FolderRefused`, `DatabaseRefused`, `SecretRefused`, `SettingsRefused`.
    """
    metrics = Metrics()
    storage = open_storage(settings, clock, metrics.group, make=make)
    return build_container(settings, metrics, storage)


def build_container(settings: Settings, metrics: Metrics, storage: Storage) -> Container:
    """Build everything that runs on this storage. Raises `SettingsRefused`."""
    clock = storage.clock
    limits = open_limits(settings, storage, metrics.uncounted.inc)
    identity = open_identity(settings, storage, limits.limiter, clock)
    hooks = open_hooks(settings, storage, identity, metrics)
    uploading = open_engine(settings, storage, identity, hooks, clock, metrics.part, lambda: metrics.sums)
    publishing = open_publishing(settings, storage, identity.audit, metrics)
    probes = Probes(storage, publishing.watch.repository, hooks.outbox, uploading.hashing, clock)
    return Container(settings, clock, metrics, storage, limits, identity, uploading, publishing, probes)
