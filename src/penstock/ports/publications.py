"""Facts about publications, and about the coins that pay for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.chain import Block, Coin, Holdings, Network, Survey, TxId
from penstock.model.ids import FileId, PrincipalId
from penstock.model.publication import Order, Plan, Planned, Publication, PublicationId, Role, Stage


class LeaseLost(Exception):
    """Another worker has taken the publication over."""


class CoinTaken(Exception):
    """A coin that the plan spends is not free any more."""


CLAIMED = "claimed"
"""The message of a publication that somebody has taken up, and that is at its first step."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """The most that may be spent in one day (UTC), in satoshi: by one client, and by all. None is unlimited."""

    client: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a publication becomes. `message` tells how it stands, `progress` in percent never falls."""

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
        """What of the pending comes back in no time."""
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
    """Facts about transactions that may still be forgotten."""

    async def trail(self, network: Network) -> list[Block]:
        """The blocks that the survey before has read, newest first."""

    async def watched(self, network: Network) -> list[Watched]:
        """Every transaction of what was offered and is not buried, in the order in which it was offered. Of what failed
        only what stands of its plan.
        """

    async def surveyed(
        self, network: Network, before: Sequence[Block], txids: Collection[TxId], survey: Survey, deep: int
    ) -> int | None:
        """Record a survey of those that were asked for. A publication is buried, and its bytes are not pinned any more,
        when it is completed and each of its transactions is `deep` blocks deep. Returns how many were buried. None, and
        nothing is changed, when the trail is not `before` any more, since somebody else has recorded a newer survey, or
        when blocks were read in which nobody has looked for what was offered meanwhile.
        """

    async def lead(self, network: Network, worker: str, ttl: float) -> bool:
        """Whether this worker alone looks after what is forgotten, for so many seconds."""

    async def offered_again(self, publication: PublicationId, pause: float) -> None:
        """Its transactions were offered again; the next time not before `pause` seconds are over, and twice as many
        with each time that they were not seen since.
        """

    async def seen(self, publication: PublicationId) -> None:
        """All that it has sent stands; nothing of it is in doubt."""

    async def doubt(self, publication: PublicationId, height: int) -> int:
        """An input is spent by something else, as it seems at this height; returns the height when it first did."""

    async def overturn(self, publication: PublicationId, message: str, keep: Collection[TxId]) -> list[Coin]:
        """It failed although it was completed, and so did every other that has its plan. Of its transactions those to
        `keep` are on the chain, and all else will be planned anew; the coins of that are returned.
        """

    async def unburied(self) -> Unburied:
        """What was answered with success and is not buried yet."""


class PublicationRepository(Protocol):
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

    async def fail(
        self, publication: PublicationId, message: str, worker: str, *, keep: Collection[TxId] | None
    ) -> list[Coin]:
        """Give up until somebody retries. With `keep` these transactions of the plan alone are on the chain or ever
        will be: all else will be planned anew, and its coins, which are returned, are free again. None: the plan
        stands.
        """

    async def unplan(self, publication: PublicationId, worker: str) -> list[Coin]:
        """Back to created: of the plan nothing that was not accepted ever will be. Its coins, which are returned, are
        free again.
        """

    async def retry(self, publication: PublicationId, fee_rate: int | None = None) -> None:
        """A failed one is live again, at the stage where it was; one that is planned anew at this fee rate, if it is
        named. Retrying a live one changes nothing.
        """

    async def listed(self, *, unburied: bool) -> list[Publication]:
        """All of them, or those that were offered and are not buried, newest first."""

    async def maker(self, network: Network, txid: TxId) -> tuple[Publication, Planned] | None:
        """The publication whose plan has this transaction, and the transaction."""

    async def refile(self, publication: PublicationId, file: FileId) -> None:
        """The publication's file has another record now."""

    async def forget_old(self, seconds: float) -> int:
        """Remove what failed longer ago than this; coins of its plan are lost until the chain tells of them again. Of
        what was completed as long ago, forget the coins that were spent. Returns how many were removed.
        """


@dataclass(frozen=True, slots=True)
class Recovered:
    """A publication that was found on the chain: those of its transactions that matter, with the block that each is in,
    and in the wire format what may have to be offered again. `deep`: all of them are buried.
    """

    order: Order
    transactions: Sequence[tuple[Role, TxId, Block | None, bytes]]
    deep: bool


class RescanRepository(Protocol):
    """What is learnt by reading the chain anew."""

    async def reached(self, network: Network) -> int:
        """Up to which height the last reading came; -1 when there was none, or it came to the end."""

    async def learnt(
        self,
        network: Network,
        height: int,
        paying: Holdings,
        spent: Collection[tuple[TxId, int]],
        found: list[Recovered],
    ) -> tuple[int, int]:
        """Record what the chain has up to this height, -1 at its end: outputs that pay the wallet, outputs that are
        spent, and publications that it paid for. Coins that are under way stay as they are, and so does what is on
        record of a publication. Returns how many coins and how many publications were new.
        """


class CoinRepository(Protocol):
    """Facts about the wallet's coins."""

    async def free(self, network: Network) -> list[Coin]:
        """Every coin that may be spent."""

    async def balance(self, network: Network) -> Balance:
        """What there is."""

    async def learn(self, network: Network, holdings: Holdings) -> int:
        """Coins that the chain tells of; one that was lost, or has ripened, is free again, others on record stay as
        they are. Returns how many came.
        """

    async def unripe(self, network: Network) -> list[Coin]:
        """Coins of coinbases that were too young to be spent."""

    async def lost(self, network: Network) -> list[Coin]:
        """Coins that were not there to be spent when they were last looked for."""

    async def lose(self, network: Network, coins: Sequence[Coin]) -> None:
        """Free coins among these that somebody else has spent, so that they are never chosen again."""

    async def belong(self, key: str) -> None:
        """The wallet's public key. When it is another one than before, every free coin is lost: that key has it."""

    async def held(self, publication: PublicationId) -> list[Coin]:
        """The coins that a publication holds."""
