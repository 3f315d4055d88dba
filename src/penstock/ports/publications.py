"""Records of publications, and of the coins that pay for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.chain import Block, Coin, Holdings, Network, Survey, TxId
from penstock.model.ids import FileId, PrincipalId
from penstock.model.listing import Mark
from penstock.model.publication import (
    Order,
    Phase,
    Plan,
    Planned,
    Publication,
    PublicationId,
    Role,
    Stage,
    Standing,
)


class LeaseLost(Exception):
    """Another worker has taken the publication over."""


class CoinTaken(Exception):
    """A coin that the plan spends is no longer free."""


CLAIMED = "claimed"
"""The message of a leased publication at its first step."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """The daily budgets (UTC) in satoshi: of one client, and of all. None is unlimited."""

    client: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The next state of a publication. `message` describes it; `progress`, in percent, never decreases."""

    stage: Stage
    progress: int
    message: str


@dataclass(frozen=True, slots=True)
class Balance:
    """The wallet's coins in satoshi: free to be spent, held by publications, and pending: change that comes back once
    its transaction is accepted, of those that are under way, and what is `unripe`, of a coinbase that is too young.
    """

    free: int
    held: int
    pending: int
    unripe: int = 0

    @property
    def change(self) -> int:
        """The part of the pending amount that needs no maturing."""
        return self.pending - self.unripe


@dataclass(frozen=True, slots=True)
class Watched:
    """A transaction of a publication that is not buried yet. `accepted`: the chain had it once; `block` is the one that
    it was last seen in. `due`: its publication may be offered again now, which it was `offers` times since it was last
    seen whole, unless it `failed`. `doubted` is the height at which an input of the publication was first missed.
    """

    publication: PublicationId
    role: Role
    txid: TxId
    accepted: bool
    block: Block | None
    due: bool
    offers: int
    failed: bool
    doubted: int | None


@dataclass(frozen=True, slots=True)
class Unburied:
    """How many publications were answered with success and are not buried, and since when (Unix seconds) the oldest."""

    count: int
    since: float | None


class WatchRepository(Protocol):
    """Records of transactions that the chain may still forget."""

    async def trail(self, network: Network) -> list[Block]:
        """The blocks read by the previous survey, newest first."""

    async def watched(self, network: Network) -> list[Watched]:
        """Every transaction of publications that were offered and are not buried, in the order of offering. Of failed
        ones only those that still stand.
        """

    async def surveyed(
        self, network: Network, before: Sequence[Block], txids: Collection[TxId], survey: Survey, deep: int
    ) -> int | None:
        """Record a survey of these transactions. A publication is buried, and its bytes are not pinned any more, when
        it is completed and each of its transactions is `deep` blocks deep. Returns how many were buried. None, and
        nothing is changed, when the trail is not `before` any more, since somebody else has recorded a newer survey, or
        when blocks were read in which nobody has looked for what was offered meanwhile.
        """

    async def lead(self, network: Network, worker: str, ttl: float) -> bool:
        """Take or renew the lead of the watch for this many seconds; false while another worker has it."""

    async def offered_again(self, publication: PublicationId, pause: float) -> None:
        """Record that its transactions were offered again; the next time at the earliest after `pause` seconds, doubled
        for each time that they stayed unseen.
        """

    async def seen(self, publication: PublicationId) -> None:
        """Record that all of its sent transactions stand, and clear doubts."""

    async def doubt(self, publication: PublicationId, height: int) -> int:
        """Record that an input appears spent by another transaction at this height; returns the height when it first
        did, which counts until every input is seen again.
        """

    async def overturn(self, publication: PublicationId, message: str, keep: Collection[TxId]) -> list[Coin]:
        """Fail a completed publication, and every other with its plan. Its transactions to `keep` are on the chain, the
        others will be replanned; returns their coins.
        """

    async def unburied(self) -> Unburied:
        """The publications that were answered with success and are not buried yet."""


class PublicationRepository(Protocol):
    """Records of publications. Each method is one transaction. Methods with a `worker` raise `LeaseLost`, and change
    nothing, when that worker no longer has the lease.
    """

    async def add(self, order: Order, worker: str | None, ttl: float) -> tuple[Publication, bool]:
        """Record a new publication, leased to the worker if one is given, and return it with true. Instead of a second
        one it returns the owner's equal one that is live, or for `create` one that is completed (from another owner's
        only the plan is taken over). A failed chunked one becomes live again, with its bytes pinned.
        """

    async def publication(self, publication: PublicationId) -> Publication | None:
        """The publication of this id."""

    async def page(
        self, owner: PrincipalId, network: Network, address: str, start: int, count: int
    ) -> list[Publication]:
        """The owner's chunked publications for an address, newest first."""

    async def own(
        self, owner: PrincipalId, network: Network, phase: Phase | None, after: Mark | None, count: int
    ) -> tuple[list[Publication], Mark | None]:
        """The owner's publications of this phase, or of any, newest first, and where the list goes on."""

    async def standing(self, publication: PublicationId) -> list[Standing]:
        """Its transactions, in the order in which they are offered, as they stand."""

    async def plan(self, publication: PublicationId, role: Role | None = None) -> list[tuple[Planned, bool]]:
        """Its transactions (of one role), in the order in which they are offered, and whether each was accepted."""

    async def claim(self, network: Network, worker: str, ttl: float) -> Publication | None:
        """Lease a live publication of this network without a lease, the longest due first."""

    async def renew(self, publication: PublicationId, worker: str, ttl: float) -> None:
        """Renew the lease."""

    async def prepare(
        self, publication: PublicationId, plan: Plan, budgets: Budgets, step: Step, worker: str
    ) -> Publication:
        """created → prepared: the coins are held and the plan is written down, in one transaction. Raises `CoinTaken`,
        `RateLimited` when the client's budget is spent, `FundsMissing` when the total budget is.
        """

    async def offering(self, publication: PublicationId, worker: str) -> bool:
        """Fix the plan before its first transaction is sent. False when it was fixed before."""

    async def withdrawn(self, publication: PublicationId, worker: str) -> None:
        """Undo `offering`: the transaction was not sent, and none was before."""

    async def accepted(self, publication: PublicationId, txid: TxId, step: Step, worker: str) -> Publication:
        """Record that the chain has this transaction: the plan's coins are spent, and its change is free."""

    async def advance(self, publication: PublicationId, step: Step, worker: str) -> Publication:
        """Advance to a stage that needs no transaction. At `completed` the file stays pinned until the
        publication is buried.
        """

    async def postpone(self, publication: PublicationId, seconds: float, message: str, worker: str) -> None:
        """Return the lease; the publication is due again after this many seconds."""

    async def fail(
        self, publication: PublicationId, message: str, worker: str, *, keep: Collection[TxId] | None
    ) -> list[Coin]:
        """Fail the publication until somebody retries it. With `keep` only these transactions of the plan are on the
        chain or ever will be: the others will be replanned, and their coins, which are returned, are free again. None:
        the plan stands.
        """

    async def unplan(self, publication: PublicationId, worker: str) -> list[Coin]:
        """Return to created: no unaccepted transaction of the plan will ever be on the chain. Their coins, which are
        returned, are free again.
        """

    async def retry(self, publication: PublicationId, fee_rate: int | None = None) -> None:
        """Make a failed publication live again, at its stage; one that must be replanned gets this fee rate, if given.
        Retrying a live one changes nothing, nor does retrying one whose equal is live.
        """

    async def listed(self, *, unburied: bool) -> list[Publication]:
        """Every publication, or those that were offered and are not buried, newest first."""

    async def maker(self, network: Network, txid: TxId) -> tuple[Publication, Planned] | None:
        """The publication whose plan has this transaction, and the transaction."""

    async def refile(self, publication: PublicationId, file: FileId) -> None:
        """Point the publication to another record of its file."""

    async def forget_old(self, seconds: float) -> int:
        """Remove publications that failed longer ago than this; coins of their plans are lost until the chain reports
        them again. Of those completed as long ago, remove the records of spent coins. Returns how many publications
        were removed.
        """


@dataclass(frozen=True, slots=True)
class Recovered:
    """A publication recovered from the chain: its relevant transactions, each with its block, and in the wire format
    those that may have to be offered again. `deep`: all of them are buried.
    """

    order: Order
    transactions: Sequence[tuple[Role, TxId, Block | None, bytes]]
    deep: bool


class RescanRepository(Protocol):
    """Records of a rescan of the chain."""

    async def reached(self, network: Network) -> int:
        """The height that the last rescan reached; -1 when there was none, or it reached the end."""

    async def learnt(
        self,
        network: Network,
        height: int,
        paying: Holdings,
        spent: Collection[tuple[TxId, int]],
        recovered: list[Recovered],
    ) -> tuple[int, int]:
        """Record the chain up to this height, -1 at its end: outputs that pay the wallet, spent outputs, and
        publications that the wallet paid for. Pending coins and recorded publications stay as they are. Returns how
        many coins and how many publications were new.
        """


class CoinRepository(Protocol):
    """Records of the wallet's coins."""

    async def free(self, network: Network) -> list[Coin]:
        """Every free coin."""

    async def balance(self, network: Network) -> Balance:
        """The wallet's balance."""

    async def learn(self, network: Network, holdings: Holdings) -> int:
        """Record coins that the chain reports; a lost or matured one is free again, others on record stay as they are.
        Returns how many were added or freed.
        """

    async def unripe(self, network: Network) -> list[Coin]:
        """Coins of immature coinbases."""

    async def lost(self, network: Network) -> list[Coin]:
        """Coins that the chain did not have as unspent when last checked."""

    async def lose(self, network: Network, coins: Sequence[Coin]) -> None:
        """Mark the free coins among these as lost, since another party has spent them, so that they are never chosen
        again.
        """

    async def belong(self, key: str) -> None:
        """Record the wallet's public key. If it differs from the one before, every free coin is lost: it belongs to the
        old key.
        """

    async def held(self, publication: PublicationId) -> list[Coin]:
        """The coins that a publication holds."""
