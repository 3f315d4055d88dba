"""The published vectors, read where they lie, beside the contracts."""

import json
from typing import NotRequired, TypedDict

from penstock.chain.transaction import Output
from penstock.model.chain import TxId
from tests.contracts.documents import CONTRACTS
from tests.support.ci import required_in_ci

CHAIN = CONTRACTS.parent / "chain"


class Vector(TypedDict):
    """A transaction, and the output that its one input spends."""

    hex: str
    txid: TxId
    lock: str
    sats: int
    legacy: NotRequired[str]
    addr: NotRequired[str]
    fee: NotRequired[int]
    size: NotRequired[int]
    pub: NotRequired[str]


def vector(name: str) -> Vector:
    """The vector of this name; without the file the test is skipped on a laptop and fails in CI."""
    found: Vector = json.loads(_text("vectors.json"))[name]
    return found


def facts() -> str:
    """The facts that the vectors belong to."""
    return _text("FACTS.md")


def spent_by(known: Vector) -> Output:
    """What its one input spends."""
    return Output(known["sats"], bytes.fromhex(known["lock"]))


def _text(name: str) -> str:
    path = CHAIN / name
    required_in_ci(path.exists(), str(path))
    return path.read_text()
