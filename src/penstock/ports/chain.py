"""What the publisher asks of the chain, and of whoever keeps the wallet's key."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.chain import Address, Answer, Block, Coin, Holdings, Survey, TxId
from penstock.model.faults import Refusal

START = 150
"""How many blocks before the tip a first survey begins: a day's."""

TRAIL = 100
"""How many blocks a trail has: deeper no chain is turned."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The raw transactions of a block, of a run of blocks up to it, or (`block` None) of the mempool, each with whether
    it is a coinbase; `tip` is the height of the newest block.
    """

    block: Block | None
    tip: int
    transactions: Sequence[tuple[bytes, bool]]


class Chain(Protocol):
    """A chain that takes transactions, whoever runs it."""

    async def offer(self, raw: bytes) -> Answer:
        """Send a transaction in the wire format, high fees allowed. Never raises: whatever goes wrong is an answer.
        `NOT_SENT` only when certainly not one byte of it was taken in, `UNKNOWN` when the answer was lost.
        """

    async def transaction(self, txid: TxId) -> bytes | None:
        """The transaction of this id, confirmed or not; None when the chain has none. Raises `ChainUnavailable`."""

    async def tip(self) -> Block:
        """The newest block of the main chain. Raises `ChainUnavailable`."""

    async def survey(self, txids: Collection[TxId], trail: Sequence[Block]) -> Survey:
        """Where these transactions stand, asked for all at once. `trail` is what the survey before had: without an
        index of transactions, the blocks behind it are read, each once, and compared with what is asked for, so many
        of them at a time; without a trail reading begins `START` blocks before the tip. Raises `ChainUnavailable`.
        """

    async def coins(self, address: Address, known: Sequence[Coin]) -> Holdings:
        """The unspent outputs that pay this address. A chain without an index of addresses answers for those that are
        `known` alone. Raises `ChainUnavailable`.
        """

    def history(self, address: Address, public: bytes, start: int) -> AsyncIterator[Chapter]:
        """The chain from the block at height `start` on, the mempool last: what pays this address or is signed by its
        key, of which `public` is the public half, and perhaps more. Where the chain is turned meanwhile, or grows, some
        of it comes twice, and a chapter of the mempool in the midst. Raises `ChainUnavailable`.
        """

    async def least_fee(self) -> float | None:
        """Below what fee, in satoshi per byte, transactions are not taken just now; None when the chain does not tell.
        Raises `ChainUnavailable`.
        """

    async def close(self) -> None:
        """Let go of connections."""


class Vault(Protocol):
    """Keeps the secret of the wallet's key."""

    def secret(self) -> bytes:
        """The secret, 32 bytes, made on first use. Raises `WalletLocked`."""


class WalletLocked(Refusal):
    """The wallet cannot be opened; the text says why and what to do."""
