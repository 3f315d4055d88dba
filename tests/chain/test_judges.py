"""Strangers' libraries judge our transactions: mvc-lib their ids and signatures, mvclib their ids."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import mvclib  # type: ignore[import-untyped]
import pytest

from penstock.chain.transaction import Output, Transaction, parse
from penstock.model.chain import TxId
from penstock.model.publication import Method, Order
from penstock.publishing.plans import CHUNK
from tests.chain.vectors import spent_by, vector
from tests.support.ci import required_in_ci
from tests.support.plans import Ledger, coins, content, order, plan_of, sent

HERE = Path(__file__).with_name("judges")
ONE_BYTE_LEFT = 3 * 520 + 1


@dataclass(frozen=True)
class Case:
    """A transaction, and the outputs that it spends."""

    transaction: Transaction
    spent: tuple[Output, ...]


@dataclass(frozen=True)
class Judgement:
    """What mvc-lib says: an id, and of each input whether it may spend."""

    txid: TxId
    verified: list[bool]


def judged(cases: Sequence[Case]) -> list[Judgement]:
    """What mvc-lib says of these transactions."""
    node = shutil.which("node")
    required_in_ci(node is not None, "node")
    required_in_ci((HERE / "node_modules").exists(), "tests/chain/judges/node_modules (npm ci)")
    lines = [
        {
            "raw": case.transaction.serialised().hex(),
            "spent": [{"value": output.value, "script": output.script.hex()} for output in case.spent],
        }
        for case in cases
    ]
    done = subprocess.run(
        [str(node), str(HERE / "judge.js")],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = [Judgement(**json.loads(line)) for line in done.stdout.splitlines()]
    assert len(found) == len(cases)
    return found


def second_opinion(transaction: Transaction) -> str:
    """The id as mvclib tells it."""
    read = mvclib.Transaction.from_hex(transaction.serialised())
    assert read.version == transaction.version
    found: str = read.txid()
    return found


@cache
def planned(wanted: Order) -> tuple[Case, ...]:
    """Every transaction of the plan of this order, from a wallet of three coins."""
    purse = coins(1_500_000, 1_200_000, 1_000_000) if wanted.size > 10_000 else coins(3_000, 2_000, 1_000)
    ledger = Ledger(purse)
    taken = [ledger.take(raw) for raw in sent(plan_of(wanted, purse), content(wanted.size))]
    return tuple(Case(each.transaction, each.spent) for each in taken)


def every_shape() -> dict[str, Case]:
    """One of each kind: direct; merge, funding, chunks and index of files that end at a chunk or in a byte alone."""
    [direct] = planned(order(ONE_BYTE_LEFT, 1))
    [empty] = planned(order(0, 1))
    merge, funding, chunk, index = planned(order(ONE_BYTE_LEFT, 1, Method.CHUNKED))
    many, two, full, rest, list_of_two = planned(order(CHUNK + 521, 1, Method.CHUNKED))
    assert len(many.spent) > 1
    assert len(full.transaction.serialised()) > CHUNK
    for ends_in_a_byte in (direct.transaction.outputs[1], chunk.transaction.outputs[0], rest.transaction.outputs[0]):
        assert ends_in_a_byte.script[-2] == 1
    return {
        "direct": direct,
        "direct and empty": empty,
        "merge": merge,
        "funding": funding,
        "chunk": chunk,
        "index": index,
        "merge of coins": many,
        "funding of two": two,
        "chunk of 2 MiB": full,
        "chunk of 521 bytes": rest,
        "index of two": list_of_two,
    }


def changed_output(case: Case, at: int, change: Callable[[Output], Output]) -> Case:
    outputs = list(case.transaction.outputs)
    outputs[at] = change(outputs[at])
    return replace(case, transaction=replace(case.transaction, outputs=tuple(outputs)))


def changed_script(case: Case, at: int) -> Case:
    """Another bit in the unlocking script of every input."""
    entries = [
        replace(entry, script=entry.script[:at] + bytes([entry.script[at] ^ 1]) + entry.script[at + 1 :])
        for entry in case.transaction.inputs
    ]
    return replace(case, transaction=replace(case.transaction, inputs=tuple(entries)))


def tampered(case: Case) -> Iterator[Case]:
    """The transaction with one thing changed, in each way that leaves it another transaction."""
    last = len(case.transaction.outputs) - 1
    for at in (0, last):
        yield changed_output(case, at, lambda output: replace(output, value=output.value + 1))
        yield changed_output(case, at, lambda output: replace(output, script=output.script[:-1] + b"\x01"))
    yield changed_output(case, last, lambda output: replace(output, script=output.script + b"\0"))
    for at in (1 + 4 + 20, 1 + 40 + 20):  # in the middle of R and of S
        yield changed_script(case, at)
    yield replace(case, transaction=replace(case.transaction, version=11))
    yield replace(case, transaction=replace(case.transaction, locktime=1))


def otherwise_spent(case: Case) -> Iterator[Case]:
    """The same transaction, spending something else."""
    yield replace(case, spent=tuple(replace(output, value=output.value + 1) for output in case.spent))
    yield replace(
        case, spent=tuple(replace(output, script=output.script[:3] + bytes(20) + b"\x88\xac") for output in case.spent)
    )


def test_the_published_ones() -> None:
    """The judges agree on the published transactions, so that their word on ours counts."""
    known = [vector("mainnet"), vector("handmade")]
    cases = [Case(parse(bytes.fromhex(each["hex"])), (spent_by(each),)) for each in known]
    assert judged(cases) == [Judgement(each["txid"], [True]) for each in known]
    assert [second_opinion(case.transaction) for case in cases] == [each["txid"] for each in known]


def test_every_transaction() -> None:
    """Every kind of transaction that is ever sent has the same id for all, and may spend what it spends."""
    cases = every_shape()
    for (name, case), judgement in zip(cases.items(), judged(list(cases.values())), strict=True):
        assert judgement.txid == case.transaction.txid() == second_opinion(case.transaction), name
        assert judgement.verified == [True] * len(case.transaction.inputs), name


@pytest.mark.parametrize("large", [False, True])
def test_tampered_with(large: bool) -> None:
    """With anything changed, a transaction may spend nothing; it has another id where the change is in it."""
    shapes = [case for case in every_shape().values() if (len(case.transaction.serialised()) > CHUNK) is large]
    pairs = [(case, other) for case in shapes for other in tampered(case)]
    same = [(case, other) for case in shapes for other in otherwise_spent(case)]
    found = judged([other for _, other in pairs + same])
    for (case, other), judgement in zip(pairs + same, found, strict=True):
        assert judgement.verified == [False] * len(case.spent)
        assert judgement.txid == other.transaction.txid() == second_opinion(other.transaction)
    for case, other in pairs:
        assert other.transaction.txid() != case.transaction.txid()


@pytest.mark.parametrize("version", [1, 9, 10, 11])
def test_ids_of_each_version(version: int) -> None:
    """The judges agree on the version from which an id is made in the new way."""
    [case] = planned(order(1, 1))
    other = replace(case, transaction=replace(case.transaction, version=version))
    [judgement] = judged([other])
    assert judgement.txid == other.transaction.txid() == second_opinion(other.transaction)
