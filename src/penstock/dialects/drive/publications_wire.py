"""The shapes of publications and of the wallet. Times are Unix seconds, sizes bytes, amounts satoshi."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from penstock.model.chain import Address, Network
from penstock.model.publication import Estimate, Publication, Standing
from penstock.ports import CLAIMED, Balance, Budgets
from penstock.publishing.notes import read

State = Literal["publishing", "completed", "buried", "failed"]


class NewPublication(msgspec.Struct):
    """What is to be published."""

    file: Annotated[str | None, Meta(description="The file.")] = None
    address: Annotated[str | None, Meta(description="Who is to own it: an address of the chain.")] = None
    content_type: Annotated[str | None, Meta(description="`type/subtype;binary`, or a text type; absent: guessed.")] = (
        None
    )
    fee_rate: Annotated[int | None, Meta(description="Satoshi per byte, 1 without it, within the operator's.")] = None


class Again(msgspec.Struct):
    """How it is to be tried again."""

    fee_rate: Annotated[int | None, Meta(description="Satoshi per byte of what is built anew; absent: as it was.")] = (
        None
    )


class EstimateShown(msgspec.Struct, frozen=True):
    """What it would cost: the `fee` at this `fee_rate`, for so many `transactions` of at most `bytes` together.
    `funded`: what the wallet has free is enough. `address` is as it was understood.
    """

    address: str
    content_type: str
    fee_rate: int
    fee: int
    transactions: int
    bytes: int
    funded: bool


class PublicationShown(msgspec.Struct, frozen=True):
    """A publication. `state` is `publishing`, `completed` (the chain has it, and may still forget it), `buried` (it is
    deep in the chain) or `failed`, until it is retried; `stage` the last step that is done. `message` says what is
    under way or why it failed, `fee` what was paid, null until it is planned, and `pin` where it is on the chain.
    """

    id: str
    file: str
    name: str
    size: int
    content_type: str
    address: str
    method: str
    state: State
    stage: str
    progress: int
    message: str
    fee_rate: int
    fee: int | None
    pin: str | None
    created_at: float
    updated_at: float
    completed_at: float | None
    failed_at: float | None
    buried_at: float | None


class TransactionShown(msgspec.Struct, frozen=True):
    """A transaction: `accepted` by the chain or only planned; in the block of this `height`, so many `confirmations`
    deep when the chain was last looked at, null while it is in none.
    """

    role: str
    txid: str
    accepted: bool
    height: int | None
    confirmations: int | None


class PublicationTold(msgspec.Struct, frozen=True):
    """A publication, and its transactions in the order in which they are sent."""

    publication: PublicationShown
    transactions: list[TransactionShown]


class Publications(msgspec.Struct, frozen=True):
    """A page of publications, newest first."""

    publications: list[PublicationShown]
    next: str | None


class FeesShown(msgspec.Struct, frozen=True):
    """Satoshi per byte: wishes are raised to `floor` and cut to `cap`; `least` is what the chain asks, if it says."""

    floor: int
    cap: int
    least: int | None


class BudgetsShown(msgspec.Struct, frozen=True):
    """What one client, and all together, may spend in a day (UTC); null is without limit."""

    client: int | None
    total: int | None


class WalletShown(msgspec.Struct, frozen=True):
    """The wallet: what is `free`, `held` by publications, `pending` as change, and too young to be spent (`unripe`,
    which is pending, too), by the chain if it was `asked` and else by the books. `address` pays it, null while there is
    no key or it cannot be read.
    """

    network: str
    address: str | None
    asked: bool
    free: int
    held: int
    pending: int
    unripe: int
    fees: FeesShown
    budgets: BudgetsShown


def publication_shown(publication: Publication) -> PublicationShown:
    """A publication as its owner sees it."""
    order, message = publication.order, publication.message
    return PublicationShown(
        publication.id,
        order.file,
        order.name,
        order.size,
        order.content_type,
        order.address,
        order.method,
        publication.phase.value,
        publication.stage,
        publication.progress,
        "" if message == CLAIMED else str(read(message)),
        order.fee_rate,
        publication.cost,
        pin_of(publication),
        publication.created_at,
        publication.updated_at,
        publication.completed_at,
        publication.failed_at,
        publication.buried_at,
    )


def pin_of(publication: Publication) -> str | None:
    """Where it is on the chain; None until it is."""
    on_chain = publication.completed_at is not None and publication.failed_at is None
    return f"{publication.result}i0" if on_chain and publication.result is not None else None


def publication_told(publication: Publication, transactions: Sequence[Standing], height: int | None) -> PublicationTold:
    """A publication with its transactions, when the chain had this height."""
    return PublicationTold(publication_shown(publication), [_transaction(each, height) for each in transactions])


def _transaction(standing: Standing, height: int | None) -> TransactionShown:
    deep = None
    if height is not None and standing.height is not None:
        deep = max(1, height - standing.height + 1)
    return TransactionShown(standing.role, standing.txid, standing.accepted, standing.height, deep)


def estimate_shown(estimate: Estimate, address: str, content_type: str, fee_rate: int) -> EstimateShown:
    """An estimate as its caller sees it."""
    return EstimateShown(
        address,
        content_type,
        fee_rate,
        estimate.cost,
        estimate.transactions,
        estimate.bytes,
        estimate.funded,
    )


def wallet_shown(
    network: Network,
    address: Address | None,
    balance: Balance,
    fees: FeesShown,
    budgets: Budgets,
    *,
    asked: bool,
) -> WalletShown:
    """The wallet as administrators see it."""
    return WalletShown(
        network,
        address.text if address is not None else None,
        asked,
        balance.free,
        balance.held,
        balance.pending,
        balance.unripe,
        fees,
        BudgetsShown(budgets.client, budgets.total),
    )
