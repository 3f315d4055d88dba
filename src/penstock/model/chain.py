"""The chain's nouns: networks, coins, and what became of a transaction that was offered."""

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


class Verdict(Enum):
    """What the chain said of a transaction. `MISSING_INPUTS` may mean that it was mined and spent long ago, and
    `UNKNOWN` that it arrived while the answer was lost: look it up by its id before believing either.
    """

    ACCEPTED = auto()
    KNOWN = auto()
    MISSING_INPUTS = auto()
    REFUSED = auto()
    NOT_SENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the chain's own words."""

    verdict: Verdict
    reason: str = ""
