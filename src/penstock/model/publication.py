"""A publication: a file on its way onto the chain, and the stages of that way (metaid.md, *任务生命周期*)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NewType

from penstock.model.chain import Coin, Network, TxId
from penstock.model.ids import FileId, PrincipalId, Sha256

PublicationId = NewType("PublicationId", str)


class Operation(StrEnum):
    """The operation of a PIN: a new one, or a change to the one that its path names."""

    CREATE = "create"
    MODIFY = "modify"
    REVOKE = "revoke"


class Method(StrEnum):
    """One transaction, or merge → funding → chunks → index."""

    DIRECT = "direct"
    CHUNKED = "chunked"


class Stage(StrEnum):
    """The stages of a publication. Each means "this step is done"."""

    CREATED = "created"
    PREPARED = "prepared"
    MERGE_BROADCAST = "merge_broadcast"
    FUNDING_BROADCAST = "funding_broadcast"
    CHUNK_BROADCAST = "chunk_broadcast"
    INDEX_BROADCAST = "index_broadcast"
    COMPLETED = "completed"


STAGES: Mapping[Method, Sequence[Stage]] = {
    Method.DIRECT: (Stage.CREATED, Stage.PREPARED, Stage.COMPLETED),
    Method.CHUNKED: tuple(Stage),
}
"""The stages of each method, in order. A publication returns to `created` for a new plan: when the chain accepted
nothing of the old one, or for the missing part of one that cannot continue.
"""


class Phase(StrEnum):
    """How far a publication is, for those who need no more detail."""

    PUBLISHING = "publishing"
    COMPLETED = "completed"
    BURIED = "buried"
    FAILED = "failed"


FAILED, BURIED = Phase.FAILED, Phase.BURIED
"""States beside the stages: failed until somebody retries, and buried so deep that it is no longer watched."""


def transitions(method: Method) -> Mapping[str, frozenset[str]]:
    """Which of a publication's states (`Publication.state`) may follow which."""
    way = STAGES[method]
    table = {here: {there, FAILED} for here, there in pairwise(way)}
    table[Stage.PREPARED].add(Stage.CREATED)  # with other coins
    return {
        **{state: frozenset(following) for state, following in table.items()},
        Stage.COMPLETED: frozenset({BURIED, FAILED}),
        FAILED: frozenset(way[:-1]),
        BURIED: frozenset(),
    }


PROGRESS: Mapping[Stage, int] = {
    Stage.CREATED: 0,
    Stage.PREPARED: 10,
    Stage.MERGE_BROADCAST: 15,
    Stage.FUNDING_BROADCAST: 20,
    Stage.CHUNK_BROADCAST: 90,
    Stage.INDEX_BROADCAST: 95,
    Stage.COMPLETED: 100,
}
"""Percent done at each stage; between funding and chunks it grows with every chunk."""


class Role(StrEnum):
    """The role of a transaction in a plan, in the order of offering."""

    PIN = "pin"
    MERGE = "merge"
    FUNDING = "funding"
    CHUNK = "chunk"
    INDEX = "index"


STEP: Mapping[Stage, Role] = {
    Stage.PREPARED: Role.MERGE,
    Stage.MERGE_BROADCAST: Role.FUNDING,
    Stage.FUNDING_BROADCAST: Role.CHUNK,
    Stage.CHUNK_BROADCAST: Role.INDEX,
}
"""What a chunked publication at this stage offers next. A direct one that is prepared offers its PIN."""


@dataclass(frozen=True, slots=True)
class Order:
    """A request to publish. `fee_rate` in satoshi per byte; `size` in bytes.

    `client` is whose budget pays; `blob` is the SHA-256 of the bytes and `file` their record.
    """

    owner: PrincipalId
    client: str
    network: Network
    address: str
    operation: Operation
    path: str
    content_type: str
    name: str
    fee_rate: int
    method: Method
    blob: Sha256
    size: int
    file: FileId


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as its record has it. Times are Unix seconds; `progress` in percent; `cost` in satoshi, None until
    it is planned. `offered` is set before the first transaction is sent: from then on the plan stands. `plan_of` names
    the publication whose plan this is: another one's when the same thing was on the chain already. `result` is the
    planned transaction that will hold the PIN or the index. `buried_at` is when its transactions were so deep in the
    chain that they are watched no more.
    """

    id: PublicationId
    order: Order
    stage: Stage
    progress: int
    message: str
    cost: int | None
    offered: bool
    tries: int
    plan_of: PublicationId
    result: TxId | None
    created_at: float
    updated_at: float
    completed_at: float | None
    failed_at: float | None
    buried_at: float | None

    @property
    def next_stage(self) -> Stage:
        """The stage that this one leads to; itself at the end."""
        way = STAGES[self.order.method]
        return way[min(way.index(self.stage) + 1, len(way) - 1)]

    @property
    def state(self) -> str:
        """Its state: `FAILED`, `BURIED`, or its stage."""
        if self.failed_at is not None:
            return FAILED
        return BURIED if self.buried_at is not None else self.stage

    @property
    def phase(self) -> Phase:
        """How far it is."""
        if self.failed_at is not None:
            return Phase.FAILED
        if self.buried_at is not None:
            return Phase.BURIED
        return Phase.COMPLETED if self.completed_at is not None else Phase.PUBLISHING

    @property
    def live(self) -> bool:
        """Whether it is still under way."""
        return self.completed_at is None and self.failed_at is None


@dataclass(frozen=True, slots=True)
class Planned:
    """A signed transaction of a plan without its payload. `frame` is the transaction in which the script of output
    `output` lacks the payload, bytes [start, stop) of the file, at its end; with None nothing is lacking.
    """

    role: Role
    txid: TxId
    frame: bytes
    output: int | None = None
    start: int = 0
    stop: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A transaction of a publication as the records have it: whether the chain took it, and in the block of which
    `height` it was last seen.
    """

    role: Role
    txid: TxId
    accepted: bool
    height: int | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a publication would be: its `cost` in satoshi, how many `transactions`, and at most how many bytes they
    have. `funded`: the wallet's free coins are enough.
    """

    cost: int
    transactions: int
    bytes: int
    funded: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a deployment publishes: files of at most `largest` bytes, for `fee_floor` to `fee_cap` satoshi per byte."""

    largest: int
    fee_floor: int
    fee_cap: int

    def fee_rate(self, wanted: int) -> int:
        """The fee rate that is paid."""
        return max(self.fee_floor, min(wanted, self.fee_cap))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be sent, in order, and what it does to the wallet: it takes the coins `spends`, gives back
    `change`, and its `inner` outputs pay its own later transactions. `cost` is what the wallet loses, in satoshi.
    """

    transactions: tuple[Planned, ...]
    spends: tuple[Coin, ...]
    change: Coin | None
    inner: tuple[Coin, ...]

    @property
    def cost(self) -> int:
        """Satoshi that do not come back."""
        return sum(coin.value for coin in self.spends) - (self.change.value if self.change else 0)
