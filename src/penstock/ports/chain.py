"""What the publisher asks of the chain, and of whoever keeps the wallet's key."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.chain import Address, Answer, Coin, TxId
from penstock.model.faults import Refusal


class Chain(Protocol):
    """A chain that takes transactions, whoever runs it."""

    async def offer(self, raw: bytes) -> Answer:
        """Send a transaction in the wire format, high fees allowed. Never raises: whatever goes wrong is an answer.
        `NOT_SENT` only when certainly not one byte of it was taken in, `UNKNOWN` when the answer was lost.
        """

    async def transaction(self, txid: TxId) -> bytes | None:
        """The transaction of this id, confirmed or not; None when the chain has none. Raises `ChainUnavailable`."""

    async def coins(self, address: Address, known: Sequence[Coin]) -> list[Coin]:
        """The unspent outputs that pay this address. A chain without an index of addresses answers for those that are
        `known` alone. Raises `ChainUnavailable`.
        """

    async def close(self) -> None:
        """Let go of connections."""


class Vault(Protocol):
    """Keeps the secret of the wallet's key."""

    def secret(self) -> bytes:
        """The secret, 32 bytes, made on first use. Raises `WalletLocked`."""


class WalletLocked(Refusal):
    """The wallet cannot be opened; the text says why and what to do."""
