"""Facts about publications, and about the coins that pay for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.chain import Coin, Network, TxId
from penstock.model.ids import FileId, PrincipalId
from penstock.model.publication import Order, Plan, Planned, Publication, PublicationId, Role, Stage


class LeaseLost(Exception):
    """Another worker has taken the publication over."""


class CoinTaken(Exception):
    """A coin that the plan spends is not free any more."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """The most that may be spent in one day (UTC), in satoshi: by one client, and by all. None is without end."""

    client: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a publication becomes. `message` tells a person how it stands, `progress` in percent never falls."""

    stage: Stage
    progress: int
    message: str


@dataclass(frozen=True, slots=True)
class Balance:
    """The wallet's coins in satoshi: free to be spent, held by publications, and change that comes back once its
    transaction is accepted, of those that are under way.
    """

    free: int
    held: int
    pending: int


class PublicationLedger(Protocol):
    """Facts about publications. One method, one transaction, one outcome. What names a `worker` raises `LeaseLost` when
    that worker no longer has the lease, and changes nothing then.
    """

    async def add(self, order: Order, worker: str | None, ttl: float) -> tuple[Publication, bool]:
        """Record a new publication, leased to the worker if one is named, and say that it is new. Instead of a second
        one it answers the owner's equal one that is live, or for `create` one that is completed (of another owner's the
        plan alone is taken over). A chunked one that failed is live again, with its bytes pinned.
        """

    async def publication(self, publication: PublicationId) -> Publication | None:
        """The publication as it stands."""

    async def page(
        self, owner: PrincipalId, network: Network, address: str, start: int, count: int
    ) -> list[Publication]:
        """The owner's chunked publications for an address, newest first."""

    async def plan(self, publication: PublicationId, role: Role | None = None) -> list[tuple[Planned, bool]]:
        """Its transactions (of one role), in the order in which they are offered, and whether each was accepted."""

    async def claim(self, network: Network, worker: str, ttl: float) -> Publication | None:
        """Lease a live publication for this network that nobody has, the one that is due longest."""

    async def renew(self, publication: PublicationId, worker: str, ttl: float) -> None:
        """Keep the lease."""

    async def prepare(
        self, publication: PublicationId, plan: Plan, budgets: Budgets, step: Step, worker: str
    ) -> Publication:
        """created → prepared: the coins are held and the plan is written down, in one transaction. Raises `CoinTaken`,
        `RateLimited` when the client's budget is spent, `FundsMissing` when that of all is.
        """

    async def offering(self, publication: PublicationId, worker: str) -> bool:
        """The first transaction is about to be sent: the plan stands from now on. False when it did before."""

    async def withdrawn(self, publication: PublicationId, worker: str) -> None:
        """It was not sent after all, and never before."""

    async def accepted(self, publication: PublicationId, txid: TxId, step: Step, worker: str) -> Publication:
        """The chain has this transaction. What the plan spends is spent, and its change is free."""

    async def advance(self, publication: PublicationId, step: Step, worker: str) -> Publication:
        """Go on to a stage that takes no transaction. At `completed` the file is no longer pinned."""

    async def postpone(self, publication: PublicationId, seconds: float, message: str, worker: str) -> None:
        """Give the lease back; not to be claimed before so many seconds are over."""

    async def fail(self, publication: PublicationId, message: str, worker: str, *, release: bool) -> None:
        """Give up until somebody retries. `release`: nothing of the plan is on the chain or ever will be, so its coins
        are free again and it will be planned anew.
        """

    async def retry(self, publication: PublicationId) -> None:
        """A failed one is live again, at the stage where it was. Retrying a live one changes nothing."""

    async def maker(self, network: Network, txid: TxId) -> tuple[Publication, Planned] | None:
        """The publication whose plan has this transaction, and the transaction."""

    async def refile(self, publication: PublicationId, file: FileId) -> None:
        """The publication's file has another record now."""

    async def forget_old(self, seconds: float) -> int:
        """Remove what failed longer ago than this; coins of its plan are lost until the chain tells of them again. Of
        what was completed as long ago, forget the coins that were spent. Returns how many were removed.
        """


class CoinLedger(Protocol):
    """Facts about the wallet's coins."""

    async def free(self, network: Network) -> list[Coin]:
        """Every coin that may be spent."""

    async def balance(self, network: Network) -> Balance:
        """What there is."""

    async def learn(self, network: Network, coins: Sequence[Coin]) -> int:
        """Coins that the chain tells of; one that was lost is free again, others on record stay as they are. Returns
        how many came.
        """

    async def lose(self, network: Network, coins: Sequence[Coin]) -> None:
        """Free coins among these that somebody else has spent, so that they are never chosen again."""

    async def belong(self, key: str) -> None:
        """The wallet's public key. When it is another one than before, every free coin is lost: that key has it."""

    async def held(self, publication: PublicationId) -> list[Coin]:
        """The coins that a publication holds."""
