"""What publishes, put together; and what the command line asks of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from penstock.adapters.disk import DiskBlobs, DiskVault
from penstock.adapters.sql.coins import SqlCoins
from penstock.adapters.sql.database import Database
from penstock.adapters.sql.devchain import DevChain
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.rescans import SqlRescans
from penstock.adapters.sql.watches import SqlWatches
from penstock.model.chain import COIN, Network, TxId
from penstock.model.faults import ChainUnavailable, FileDamaged, FileUnknown, Refusal
from penstock.model.publication import Publication
from penstock.ports import Budgets, Chain, PublicationRepository
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
"""What one client and all of them may spend in a day, in satoshi, when the chain is a real one and nothing is set."""


@dataclass(frozen=True)
class PublishingServices:
    """What publishes. `devchain` is the embedded chain, None when another one is used."""

    publisher: Publisher
    runner: Runner
    watch: Watch
    rescan: Rescan
    repository: PublicationRepository
    rebuilder: Rebuilder
    chain: Chain
    devchain: DevChain | None
    vault: DiskVault


class ChainRefused(Refusal):
    """The chain cannot do what was asked; the text says why."""


def open_publishing(
    settings: Settings,
    database: Database,
    repository: SqlPublications,
    vault: DiskVault,
    files: SqlFiles,
    blobs: DiskBlobs,
    process: str,
    on_offered_again: Callable[[], object],
    on_overturned: Callable[[Publication, str], Awaitable[None]],
) -> PublishingServices:
    """Put together what publishes; `process` is a name that no other process has. The watch calls `on_offered_again`
    and `on_overturned`. Raises `SettingsRefused`.
    """
    chain = _chain(settings, database)
    real = settings.chain != ""
    set_budgets = (settings.budget_client, settings.budget_total)
    budgets = Budgets(
        *(usual if real and chosen is None else chosen for chosen, usual in zip(set_budgets, REAL_BUDGETS, strict=True))
    )
    wallet = Wallet(vault, SqlCoins(database), chain, _network(settings))
    watches = SqlWatches(database)
    sight = Sight(watches, chain, wallet.network, settings.confirmations)
    stages = Stages(repository, wallet, chain, files, blobs, budgets, asyncio.Lock(), sight, LOOKS)
    rescan = Rescan(SqlRescans(database), chain, wallet, settings.confirmations)
    watch = Watch(watches, repository, stages, sight, process, settings.watch_interval, on_offered_again, on_overturned)
    runner = Runner(repository, stages, process, settings.publishing)
    devchain = chain if isinstance(chain, DevChain) else None
    publisher, rebuilder = Publisher(repository, stages, runner), Rebuilder(chain)
    return PublishingServices(publisher, runner, watch, rescan, repository, rebuilder, chain, devchain, vault)


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


async def new_wallet(publishing: PublishingServices) -> str:
    """Make the wallet's key, and return its address. Raises `ChainRefused` when there is one."""
    if publishing.vault.exists:
        raise ChainRefused("There is a wallet already; whoever needs another one moves wallet.json away.")
    return (await publishing.publisher.wallet.address()).text


async def fund(publishing: PublishingServices, txid: TxId | None) -> int:
    """Let the faucet of the embedded chain pay the wallet, or take up what was paid on another one; returns how many
    coins came. Raises `ChainRefused`, `WalletLocked`.
    """
    wallet = publishing.publisher.wallet
    if publishing.devchain is not None and txid is not None:
        raise ChainRefused("The embedded chain has a faucet; it takes no transaction's id.")
    with in_words():
        if publishing.devchain is not None:
            await publishing.devchain.fund(await wallet.address())
        return await wallet.receive(txid) if txid is not None else await wallet.refresh()


async def read_transaction(publishing: PublishingServices, txid: str) -> bytes:
    """A transaction in the wire format. Raises `ChainRefused`."""
    with in_words():
        found = await publishing.chain.transaction(TxId(txid))
    if found is None:
        raise ChainRefused(f"The chain has no transaction {txid}.")
    return found


@contextmanager
def in_words() -> Iterator[None]:
    """Raises `ChainRefused` in the place of the faults that a chain is good for."""
    try:
        yield
    except ChainUnavailable as away:
        raise ChainRefused(f"{away.reason}.") from away
    except FileUnknown as unknown:
        raise ChainRefused("The chain has no such PIN.") from unknown
    except FileDamaged as damaged:
        raise ChainRefused("What is on the chain does not match its index.") from damaged
