"""The services that publish files onto a chain."""

import asyncio
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from penstock.adapters.sql.coins import SqlCoins
from penstock.adapters.sql.devchain import DevChain
from penstock.adapters.sql.rescans import SqlRescans
from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.watches import SqlWatches
from penstock.bootstrap.storage import Storage
from penstock.http.routing.metrics import Metrics
from penstock.identity.audit import Audit
from penstock.model.audit import CHAIN, Act
from penstock.model.chain import COIN, Network
from penstock.model.publication import Publication
from penstock.ports import Budgets, Chain, PublicationRepository, Vault
from penstock.publishing.publisher import Publisher
from penstock.publishing.rebuilding import Rebuilder
from penstock.publishing.rescan import Rescan
from penstock.publishing.runner import Runner
from penstock.publishing.sight import Sight
from penstock.publishing.stages import LOOKS, Stages
from penstock.publishing.wallet import Wallet
from penstock.publishing.watch import Watch
from penstock.settings import Settings, SettingsRefused

REAL_BUDGETS = (COIN // 10, COIN)
"""The default daily budgets of one client and of all, in satoshi, on a real chain."""


@dataclass(frozen=True)
class PublishingServices:
    """The publishing services. `devchain` is the embedded chain, None when another one is used."""

    publisher: Publisher
    runner: Runner
    watch: Watch
    rescan: Rescan
    repository: PublicationRepository
    rebuilder: Rebuilder
    chain: Chain
    devchain: DevChain | None
    vault: Vault

    async def close(self) -> None:
        """Finish work under way and close the connections to the chain."""
        await self.publisher.close()
        await self.chain.close()


def open_publishing(settings: Settings, storage: Storage, audit: Audit, metrics: Metrics) -> PublishingServices:
    """Build the publishing services. Raises `SettingsRefused`."""
    database, repository, process = storage.database, storage.publications, storage.process
    chain, network = _chain(settings, database), _network(settings)
    vault = storage.metadata.vault
    wallet = Wallet(vault, SqlCoins(database), chain, network)
    watches = SqlWatches(database)
    sight = Sight(watches, chain, network, settings.confirmations)
    stages = Stages(
        repository, wallet, chain, storage.files, storage.blobs, _budgets(settings), asyncio.Lock(), sight, LOOKS
    )
    runner = Runner(repository, stages, process, settings.publishing)
    return PublishingServices(
        publisher=Publisher(repository, stages, runner),
        runner=runner,
        watch=Watch(
            watches,
            repository,
            stages,
            sight,
            process,
            settings.watch_interval,
            metrics.offered_again.inc,
            partial(_overturned, audit, metrics),
        ),
        rescan=Rescan(SqlRescans(database), chain, wallet, settings.confirmations),
        repository=repository,
        rebuilder=Rebuilder(chain),
        chain=chain,
        devchain=chain if isinstance(chain, DevChain) else None,
        vault=vault,
    )


async def _overturned(audit: Audit, metrics: Metrics, publication: Publication, reason: str) -> None:
    """Audit a publication that failed after it was answered with success."""
    metrics.conflicts.inc()
    await audit.note(CHAIN, Act.PUBLICATION_OVERTURNED, publication.id, reason)


def _budgets(settings: Settings) -> Budgets:
    real = settings.chain != ""
    chosen = (settings.budget_client, settings.budget_total)
    return Budgets(*(usual if real and own is None else own for own, usual in zip(chosen, REAL_BUDGETS, strict=True)))


def _chain(settings: Settings, database: Database) -> Chain:
    kind, _, url = settings.chain.partition("+")
    if not settings.chain:
        return DevChain(database, _network(settings), deep=settings.confirmations)
    from penstock.adapters.chains import ApiChain, NodeChain

    if kind == "rpc" and _is_address(url):
        return NodeChain(url, settings.chain_timeout)
    if kind == "api" and _is_address(url):
        return ApiChain(url, settings.chain_token, settings.chain_timeout)
    raise SettingsRefused("chain: it is neither empty nor rpc+http(s)://USER:PASSWORD@HOST:PORT nor api+http(s)://…")


def _network(settings: Settings) -> Network:
    return Network(settings.network if settings.chain else f"embedded-{settings.network}")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
