"""The chain's nouns: networks, coins, and what became of a transaction that was offered."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import NewType

TxId = NewType("TxId", str)
"""64 lowercase hex digits, in the order in which people write them: the hash's bytes reversed."""


COIN = 100_000_000
"""Satoshi in a coin."""


class Network(StrEnum):
    """Which chain. The embedded ones have the prefixes of the real ones, and coins and publications of their own: what
    is on one is on no other.
    """

    MAINNET = "mainnet"
    TESTNET = "testnet"
    EMBEDDED_MAINNET = "embedded-mainnet"
    EMBEDDED_TESTNET = "embedded-testnet"

    @property
    def is_testnet(self) -> bool:
        """Whether addresses have the prefixes of the testnet."""
        return self in {Network.TESTNET, Network.EMBEDDED_TESTNET}


@dataclass(frozen=True, slots=True)
class Address:
    """A P2PKH address: its text, and the script that pays it."""

    text: str
    script: bytes


@dataclass(frozen=True, slots=True)
class Coin:
    """An unspent output that the wallet can spend, worth `value` satoshi."""

    txid: TxId
    vout: int
    value: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the main chain."""

    height: int
    hash: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Where transactions stand. `tip` is the newest block, and `trail` the blocks that were read up to now, newest
    first: it ends before the tip while there is more to read. What was known to be in a block above height `fork` is
    there no more, unless it is among the `mined`. `waiting` are those in the mempool.
    """

    tip: Block
    trail: tuple[Block, ...]
    fork: int
    mined: Mapping[TxId, Block]
    waiting: frozenset[TxId]

    @property
    def behind(self) -> bool:
        """Whether there are blocks that were not read yet: then nothing can be called unknown."""
        return not self.trail or self.trail[0] != self.tip


@dataclass(frozen=True, slots=True)
class Holdings:
    """The unspent outputs that pay an address: those that can be spent, and those of a coinbase that is too young."""

    ripe: tuple[Coin, ...] = ()
    unripe: tuple[Coin, ...] = ()


class Verdict(Enum):
    """What the chain said of a transaction. `MISSING_INPUTS` may mean that it was mined and spent long ago, and
    `UNKNOWN` that it arrived while the answer was lost: look it up by its id before believing either. `CONFLICT` says
    that an input is spent by another one in the mempool, `UNRIPE` that it is of a coinbase that is too young, and
    `CHEAP` that the fee is too low.
    """

    ACCEPTED = auto()
    KNOWN = auto()
    MISSING_INPUTS = auto()
    CONFLICT = auto()
    UNRIPE = auto()
    CHEAP = auto()
    REFUSED = auto()
    NOT_SENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the chain's own words."""

    verdict: Verdict
    reason: str = ""
