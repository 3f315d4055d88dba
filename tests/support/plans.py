"""Wallets, files and plans for the tests, and a ledger that takes transactions as the chain does."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256, shake_128
from typing import Any

from hypothesis import strategies as st

from penstock.chain.consensus import Outpoint, Spent, check, decoded
from penstock.chain.keys import WalletKey
from penstock.chain.transaction import Output, Transaction
from penstock.model.chain import Address, Coin, Network, TxId
from penstock.model.ids import FileId, PrincipalId, Sha256
from penstock.model.publication import Method, Operation, Order, Plan
from penstock.publishing.plans import CHUNK, Shape, assembled, chunk_ranges, chunked_plan, direct_plan, shape_of

KEY = WalletKey(sha256(b"the wallet").digest())
OWN: Address = KEY.address(Network.MAINNET)
USER: Address = WalletKey(sha256(b"a user").digest()).address(Network.MAINNET)

MIB_5 = 5_242_880
MAX_SIZE = 5 * CHUNK + 1


def coin(value: int, number: int = 0) -> Coin:
    """A coin of the wallet; each number is another one."""
    return Coin(TxId(sha256(b"coin %d" % number).hexdigest()), number % 3, value)


def coins(*values: int) -> list[Coin]:
    """Coins of the wallet that are worth this much."""
    return [coin(value, number) for number, value in enumerate(values)]


def purses(most: int) -> st.SearchStrategy[list[Coin]]:
    """A few coins of the wallet, each worth at least what it takes to be kept."""
    return st.lists(st.integers(600, most), max_size=8).map(lambda values: coins(*values))


@cache
def _longest() -> bytes:
    return shake_128(b"a film").digest(MAX_SIZE)


@cache
def content(size: int) -> bytes:
    """A file of this size, always the same."""
    return _longest()[:size]


@cache
def shapes(size: int) -> tuple[Shape, ...]:
    """The shapes of its chunks."""
    return tuple(shape_of(start, content(size)[start:stop]) for start, stop in chunk_ranges(size))


@cache
def order(size: int, fee_rate: int = 1, method: Method = Method.DIRECT, **changes: Any) -> Order:
    """Asks for the file of this size to be published for the user."""
    settled: dict[str, Any] = {
        "owner": PrincipalId("somebody"),
        "client": "127.0.0.1",
        "network": Network.MAINNET,
        "address": USER.text,
        "operation": Operation.CREATE,
        "path": "/file",
        "content_type": "video/mp4;binary",
        "name": "片子 “1”.mp4",
        "fee_rate": fee_rate,
        "method": method,
        "blob": Sha256(sha256(content(size)).hexdigest()),
        "size": size,
        "file": FileId("file"),
    }
    return Order(**settled | changes)


def plan_of(wanted: Order, purse: Sequence[Coin], key: WalletKey = KEY) -> Plan:
    """The plan of what is wanted."""
    if wanted.method is Method.DIRECT:
        return direct_plan(wanted, content(wanted.size), purse, key)
    return chunked_plan(wanted, shapes(wanted.size), purse, key)


def sent(plan: Plan, payload: bytes) -> list[bytes]:
    """Every transaction of a plan as it is sent, in order; `payload` is the file."""
    return [assembled(planned, payload[planned.start : planned.stop]) for planned in plan.transactions]


@dataclass(frozen=True)
class Taken:
    """A transaction that the ledger took, what it spent, and the fee that it paid."""

    txid: TxId
    transaction: Transaction
    spent: tuple[Output, ...]
    fee: int
    size: int


class Ledger:
    """Knows which outputs are unspent, and takes what may spend them."""

    def __init__(self, purse: Sequence[Coin]) -> None:
        self.unspent: dict[Outpoint, Output] = {
            (held.txid, held.vout): Output(held.value, OWN.script) for held in purse
        }

    def take(self, raw: bytes) -> Taken:
        """Apply a transaction. Raises `Refused`."""
        offered = decoded(raw)
        check(offered, {outpoint: Spent(output) for outpoint, output in self.unspent.items()})
        transaction = offered.transaction
        spent = tuple(self.unspent.pop((entry.txid, entry.vout)) for entry in transaction.inputs)
        for number, output in enumerate(transaction.outputs):
            self.unspent[offered.txid, number] = output
        fee = sum(output.value for output in spent) - sum(output.value for output in transaction.outputs)
        return Taken(offered.txid, transaction, spent, fee, len(raw))

    def coins(self) -> set[Coin]:
        """What the wallet can spend."""
        return {
            Coin(txid, vout, output.value)
            for (txid, vout), output in self.unspent.items()
            if output.script == OWN.script
        }
