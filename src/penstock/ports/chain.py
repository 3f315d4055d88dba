"""The chain, and the vault of the wallet's key, as the publisher uses them."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.chain import Address, Answer, Block, Coin, Holdings, Survey, TxId
from penstock.model.faults import Refusal

START = 150
"""How many blocks before the tip a first survey begins: those of a day."""

TRAIL = 100
"""The length of a trail, in blocks: reorganisations are not deeper."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The raw transactions of a block, of a run of blocks up to it, or (`block` None) of the mempool, each with whether
    it is a coinbase; `tip` is the height of the newest block.
    """

    block: Block | None
    tip: int
    transactions: Sequence[tuple[bytes, bool]]


class Chain(Protocol):
    """A chain that accepts transactions."""

    async def offer(self, raw: bytes) -> Answer:
        """Send a transaction in the wire format, high fees allowed. Never raises: every failure is an answer.
        `NOT_SENT` only when certainly no byte of it arrived, `UNKNOWN` when the answer was lost.
        """

    async def transaction(self, txid: TxId) -> bytes | None:
        """The transaction of this id, confirmed or not; None when the chain has none. Raises `ChainUnavailable`."""

    async def tip(self) -> Block:
        """The newest block of the main chain. Raises `ChainUnavailable`."""

    async def survey(self, txids: Collection[TxId], trail: Sequence[Block]) -> Survey:
        """The state of all these transactions at once. `trail` is that of the previous survey: a chain without an index
        of transactions reads the blocks after it, each once and a bounded number per call, and looks for the
        transactions there; without a trail reading begins `START` blocks before the tip. Raises `ChainUnavailable`.
        """

    async def coins(self, address: Address, known: Sequence[Coin]) -> Holdings:
        """The unspent outputs that pay this address. A chain without an index of addresses reports only on the `known`
        ones. Raises `ChainUnavailable`.
        """

    def history(self, address: Address, public: bytes, start: int) -> AsyncIterator[Chapter]:
        """The chain from the block at height `start` on, the mempool last: transactions that pay this address or are
        signed by its key, whose public half is `public`, and perhaps others. If the chain is reorganised or grows
        meanwhile, some of it is repeated, and a chapter of the mempool may come in between. Raises `ChainUnavailable`.
        """

    async def least_fee(self) -> float | None:
        """The least accepted fee at present, in satoshi per byte; None when the chain does not report it. Raises
        `ChainUnavailable`.
        """

    async def close(self) -> None:
        """Close connections."""


class Vault(Protocol):
    """Keeps the secret of the wallet's key."""

    async def exists(self) -> bool:
        """Whether there is a secret."""

    async def secret(self) -> bytes:
        """The secret, 32 bytes, created on first use. Raises `WalletLocked`."""


class WalletLocked(Refusal):
    """The wallet cannot be opened; the text says why and what to do."""
