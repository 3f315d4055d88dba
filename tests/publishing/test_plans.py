"""Plans: what is sent is what was reckoned, to the satoshi and to the byte."""

import json
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penstock.chain.keys import WalletKey
from penstock.chain.pins import Pin, decode, pin_id, pin_of
from penstock.chain.transaction import Output, output_size, parse, size_of
from penstock.model.chain import Coin, Network
from penstock.model.faults import FundsMissing
from penstock.model.publication import Method, Operation, Order, Plan, Role
from penstock.publishing.estimates import estimated
from penstock.publishing.plans import (
    CHUNK,
    PlanBroken,
    assembled,
    chunk_ranges,
    chunked_plan,
    direct_plan,
    shape_of,
)
from tests.support.plans import (
    MAX_SIZE,
    MIB_5,
    OWN,
    USER,
    Ledger,
    Taken,
    coin,
    coins,
    content,
    order,
    plan_of,
    purses,
    sent,
    shapes,
)

DUST = 600
PAYMENT = 34
INPUT = 148
SMALL = [0, 1, 75, 520, 521, 1041, 60_000]
BORDERS = [CHUNK - 1, CHUNK, CHUNK + 1, MIB_5, MAX_SIZE]
NAMES = ["sha256", "fileSize", "chunkNumber", "chunkSize", "dataType", "name", "chunkList"]

rates = st.integers(1, 5)
methods = st.sampled_from(Method)


def orders(sizes: list[int]) -> st.SearchStrategy[Order]:
    return st.builds(order, st.sampled_from(sizes), rates, methods)


def settle(wanted: Order, purse: list[Coin], plan: Plan) -> tuple[Ledger, list[Taken]]:
    """The plan, sent one transaction after the other to a ledger that has the purse."""
    ledger = Ledger(purse)
    taken = [ledger.take(raw) for raw in sent(plan, content(wanted.size))]
    assert [each.txid for each in taken] == [planned.txid for planned in plan.transactions]
    return ledger, taken


def reckoned(taken: Taken) -> int:
    return size_of(len(taken.spent), [len(output.serialised()) for output in taken.transaction.outputs])


def balances(wanted: Order, purse: list[Coin], plan: Plan) -> None:
    """That the plan settles, that every fee is right, and that the wallet has afterwards what the plan says."""
    ledger, taken = settle(wanted, purse, plan)
    from_wallet, *others = taken
    for each in taken:
        assert each.fee >= wanted.fee_rate * each.size
        assert reckoned(each) >= each.size
    for each in others:
        assert each.fee == wanted.fee_rate * reckoned(each)
    exact = wanted.fee_rate * reckoned(from_wallet)
    if plan.change:
        assert plan.change.value >= DUST
        assert from_wallet.fee == exact
    else:
        assert exact <= from_wallet.fee < exact + wanted.fee_rate * (PAYMENT + 2) + DUST
    assert set(plan.spends) <= set(purse)
    assert ledger.coins() == set(purse) - set(plan.spends) | ({plan.change} if plan.change else set())
    assert plan.cost == sum(each.fee for each in taken) + 1
    assert [output.value for output in ledger.unspent.values() if output.script == USER.script] == [1]


def lacking(wanted: Order, purse: list[Coin], missing: FundsMissing) -> None:
    """That the purse is not enough as told, and that it is enough to the satoshi as soon as it has what is told. Coins
    that cost more than they bring do not count.
    """
    worthy = [held for held in purse if held.value > wanted.fee_rate * INPUT]
    assert missing.available == sum(held.value for held in worthy) < missing.needed
    last = missing.needed - missing.available
    filled = [replace(worthy[0], value=worthy[0].value + last), *worthy[1:]] if worthy else [coin(last)]
    plan_of(wanted, filled)
    with pytest.raises(FundsMissing):
        plan_of(wanted, [replace(filled[0], value=filled[0].value - 1), *filled[1:]])


def balances_or_lacks(wanted: Order, purse: list[Coin]) -> None:
    try:
        plan = plan_of(wanted, purse)
    except FundsMissing as missing:
        lacking(wanted, purse, missing)
    else:
        balances(wanted, purse, plan)


@given(orders(SMALL), purses(100_000))
@example(order(0), coins(600))
@example(order(0, 5), coins(600, 600))
@example(order(0), [])
def test_any_purse(wanted: Order, purse: list[Coin]) -> None:
    """Whatever the wallet has, a plan balances to the satoshi and the chain takes it, or it is told what is missing."""
    balances_or_lacks(wanted, purse)


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("size", BORDERS)
def test_around_the_borders(size: int, method: Method) -> None:
    """A file of about a whole number of chunks is planned to the satoshi too."""
    if method is Method.DIRECT and size > MIB_5:
        size = MIB_5 + 1
    for rate in (1, 5):
        wanted, purse = order(size, rate, method), coins(40_000_000, 20_000_000, 10_000_000, 5_000, 600)
        balances(wanted, purse, plan_of(wanted, purse))


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(orders([CHUNK + 1, 2 * CHUNK]), purses(30_000_000))
def test_any_purse_for_chunks(wanted: Order, purse: list[Coin]) -> None:
    """The same holds where there is more than one chunk."""
    balances_or_lacks(wanted, purse)


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("rate", [1, 5])
def test_the_border_of_change(rate: int, method: Method) -> None:
    """What is left is change from 600 satoshi on, below it goes to the fee; one satoshi too little is not enough."""
    wanted = order(521, rate, method)
    with pytest.raises(FundsMissing) as caught:
        plan_of(wanted, coins(750))
    needed = caught.value.needed
    assert caught.value.available == 750
    with pytest.raises(FundsMissing) as caught:
        plan_of(wanted, coins(needed - 1))
    assert (caught.value.needed, caught.value.available) == (needed, needed - 1)
    for left, change in ((0, None), (DUST + rate * PAYMENT - 1, None), (DUST + rate * PAYMENT, DUST)):
        purse = coins(needed + left)
        plan = plan_of(wanted, purse)
        assert (plan.change.value if plan.change else None) == change
        balances(wanted, purse, plan)


@pytest.mark.parametrize("method", Method)
def test_an_empty_wallet(method: Method) -> None:
    """An empty wallet is told what one coin would have to be worth."""
    wanted = order(1, 1, method)
    with pytest.raises(FundsMissing) as caught:
        plan_of(wanted, [])
    assert caught.value.available == 0
    assert plan_of(wanted, coins(caught.value.needed)).cost == caught.value.needed


def test_coins_that_cost_more_than_they_bring() -> None:
    """What is missing does not grow with coins that cost more than they bring, and no plan takes them."""
    for purse in (coins(20_000), coins(20_000, *[600] * 100)):
        with pytest.raises(FundsMissing) as caught:
            plan_of(order(10_000, 5), purse)
        assert caught.value.available == 20_000
    rich = coins(90_000, *[600] * 100)
    assert plan_of(order(10_000, 5), rich).spends == (rich[0],)


def test_the_coins_taken() -> None:
    """The smallest coin that is enough is taken, else the largest together."""
    wanted = order(10_000)
    ample, enough, half, little = purse = coins(90_000, 20_000, 9_000, 700)
    assert plan_of(wanted, purse).spends == (enough,)
    assert plan_of(wanted, [ample, little]).spends == (ample,)
    other = replace(half, txid=ample.txid)
    assert plan_of(wanted, [little, half, other]).spends == plan_of(wanted, [other, half, little]).spends
    assert set(plan_of(wanted, [little, half, other]).spends) == {half, other}


@given(orders(SMALL), st.integers(60_000, 10**9))
def test_the_same_again(wanted: Order, value: int) -> None:
    """The same order and coins give the same plan, bit for bit, whatever order the coins come in."""
    purse = coins(value * 6, value * 7)
    again = plan_of(wanted, purse[::-1], WalletKey(sha256(b"the wallet").digest()))
    assert plan_of(wanted, purse) == again


@pytest.mark.parametrize("size", [0, 1, 521, 60_000])
@pytest.mark.parametrize(
    ("operation", "path"), [(Operation.CREATE, "/file"), (Operation.MODIFY, "@" + "ab" * 32 + "i0")]
)
def test_a_direct_upload(size: int, operation: Operation, path: str) -> None:
    """A direct upload is one transaction: 1 satoshi to the user, the PIN, change; readers name it by output 0."""
    wanted = order(size, operation=operation, path=path)
    plan = plan_of(wanted, coins(1_000_000))
    _, [taken] = settle(wanted, coins(1_000_000), plan)
    paid, pin, change = taken.transaction.outputs
    assert paid == Output(1, USER.script)
    assert pin.value == 0
    assert decode(pin.script) == Pin(operation, path, "video/mp4;binary", content(size))
    assert change.script == OWN.script
    assert plan.change == Coin(taken.txid, 2, change.value)
    assert pin_id(taken.txid, taken.transaction.outputs) == f"{taken.txid}i0"
    assert [planned.role for planned in plan.transactions] == [Role.PIN]
    assert plan.inner == ()


@pytest.mark.parametrize("network", Network)
def test_each_network(network: Network) -> None:
    """A user's address of each network is paid there."""
    user = WalletKey(sha256(b"a user").digest()).address(network)
    for method in Method:
        wanted = order(1, 1, method, network=network, address=user.text)
        last = plan_of(wanted, coins(10_000)).transactions[-1]
        assert parse(last.frame).outputs[0] == Output(1, user.script)


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, MAX_SIZE])
def test_a_chunked_upload(size: int) -> None:
    """A chunked upload is merge, funding, chunks and index, each laid out as the chain's readers expect it."""
    wanted, purse = order(size, 2, Method.CHUNKED), coins(20_000_000, 10_000_000)
    plan = plan_of(wanted, purse)
    _, [merge, funding, *chunks, index] = settle(wanted, purse, plan)
    whole = [merge.transaction, funding.transaction, *(chunk.transaction for chunk in chunks), index.transaction]
    assert all((each.version, each.locktime) == (10, 0) for each in whole)
    assert [planned.role for planned in plan.transactions] == [
        Role.MERGE,
        Role.FUNDING,
        *[Role.CHUNK] * len(chunks),
        Role.INDEX,
    ]
    assert [(entry.txid, entry.vout) for entry in merge.transaction.inputs] == [
        (spent.txid, spent.vout) for spent in plan.spends
    ]
    assert [output.script for output in merge.transaction.outputs] == [OWN.script] * 3
    assert [(entry.txid, entry.vout) for entry in funding.transaction.inputs] == [(merge.txid, 0)]
    assert [output.script for output in funding.transaction.outputs] == [OWN.script] * len(chunks)
    for number, chunk in enumerate(chunks):
        assert [(entry.txid, entry.vout) for entry in chunk.transaction.inputs] == [(funding.txid, number)]
        [pin] = chunk.transaction.outputs
        assert pin.value == 0
        assert chunk.fee == funding.transaction.outputs[number].value
        assert pin_id(chunk.txid, chunk.transaction.outputs) == f"{chunk.txid}i0"
    assert [(entry.txid, entry.vout) for entry in index.transaction.inputs] == [(merge.txid, 1)]
    paid, pin = index.transaction.outputs
    assert (paid, pin.value) == (Output(1, USER.script), 0)
    assert pin_id(index.txid, index.transaction.outputs) == f"{index.txid}i0"


@pytest.mark.parametrize("size", [0, 521, CHUNK + 1, MAX_SIZE])
def test_the_inner_coins(size: int) -> None:
    """The inner coins of a plan are those that its own later transactions spend, with their values; none is left."""
    wanted, purse = order(size, 3, Method.CHUNKED), coins(60_000_000)
    plan = plan_of(wanted, purse)
    _, [_, *later] = settle(wanted, purse, plan)
    spent = [
        Coin(entry.txid, entry.vout, output.value)
        for each in later
        for entry, output in zip(each.transaction.inputs, each.spent, strict=True)
    ]
    assert len(set(plan.inner)) == len(plan.inner)
    assert set(spent) == set(plan.inner)
    assert len(spent) == len(plan.inner)


@pytest.mark.parametrize("size", [0, 521, CHUNK, CHUNK + 1, MAX_SIZE])
def test_the_index(size: int) -> None:
    """The index says in compact JSON what it must and nothing else, and a reader finds the whole file by it."""
    wanted, purse = order(size, 1, Method.CHUNKED), coins(20_000_000)
    _, [_, _, *chunks, last] = settle(wanted, purse, plan_of(wanted, purse))
    said = pin_of(last.transaction)
    assert (said.operation, said.path, said.content_type) == ("create", "/file/index", "metafile/index;utf-8")
    index = json.loads(said.payload)
    assert json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode() == said.payload
    assert list(index) == NAMES
    assert [list(entry) for entry in index["chunkList"]] == [["sha256", "pinId"]] * len(chunks)
    pieces = []
    for chunk, entry in zip(chunks, index["chunkList"], strict=True):
        piece = pin_of(chunk.transaction)
        assert (piece.operation, piece.path, piece.content_type) == ("create", "/file/_chunk", "metafile/chunk;binary")
        assert entry == {"sha256": sha256(piece.payload).hexdigest(), "pinId": f"{chunk.txid}i0"}
        pieces.append(piece.payload)
    assert all(len(piece) == CHUNK for piece in pieces[:-1])
    assert b"".join(pieces) == content(size)
    del index["chunkList"]
    assert index == {
        "sha256": sha256(content(size)).hexdigest(),
        "fileSize": size,
        "chunkNumber": len(chunks),
        "chunkSize": 2_097_152,
        "dataType": "video/mp4;binary",
        "name": "片子 “1”.mp4",
    }


@given(st.integers(0, 5 * CHUNK + 1))
@example(0)
@example(CHUNK)
@example(CHUNK + 1)
def test_the_ranges(size: int) -> None:
    """The chunks of a file follow one another from its first byte to its last; all but the last are whole."""
    ranges = chunk_ranges(size)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == size
    assert all(stop == start for (_, stop), (start, _) in pairwise(ranges))
    assert all(stop - start == CHUNK for start, stop in ranges[:-1])
    assert 0 < ranges[-1][1] - ranges[-1][0] <= CHUNK or size == 0


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("size", [1, 521, CHUNK + 1])
def test_changed_bytes(size: int, method: Method) -> None:
    """When the stored bytes have changed, whatever carries them is not sent, and everything else is."""
    plan = plan_of(order(size, 1, method), coins(20_000_000))
    for planned in plan.transactions:
        payload = content(size)[planned.start : planned.stop]
        changed = bytes([payload[0] ^ 1]) + payload[1:] if payload else b""
        wrong = [changed, payload[:-1], payload + b"\0", payload[:-1] + b"\0\0", b""]
        if planned.output is None:
            assert all(assembled(planned, other) == planned.frame for other in wrong)
        else:
            assert len(assembled(planned, payload)) > len(planned.frame)
            for other in wrong:
                with pytest.raises(PlanBroken):
                    assembled(planned, other)


def test_a_frame_holds_no_payload() -> None:
    """What is kept of a plan is small, however large the file is."""
    for method in Method:
        plan = plan_of(order(MIB_5, 1, method), coins(20_000_000))
        assert max(len(planned.frame) for planned in plan.transactions) < 2_000


def test_the_shape_of_a_chunk() -> None:
    """A shape tells where its chunk lies and what its digest is, and is all that a plan needs of it."""
    payload = content(CHUNK)
    shape = shape_of(7, payload)
    assert (shape.start, shape.stop, shape.sha256) == (7, 7 + CHUNK, sha256(payload).hexdigest())
    wanted = order(CHUNK + 1, 1, Method.CHUNKED)
    plan = chunked_plan(wanted, shapes(wanted.size), coins(20_000_000), WalletKey(sha256(b"the wallet").digest()))
    assert [(planned.start, planned.stop) for planned in plan.transactions] == [
        (0, 0),
        (0, 0),
        (0, CHUNK),
        (CHUNK, CHUNK + 1),
        (0, 0),
    ]


def test_many_chunks() -> None:
    """More chunks than a count of one byte can tell are still funded to the satoshi."""
    wanted = order(300 * 3, 1, Method.CHUNKED)
    small = [replace(shape_of(0, content(3)), start=3 * number, stop=3 * number + 3) for number in range(300)]
    plan = chunked_plan(wanted, small, coins(5_000_000), WalletKey(sha256(b"the wallet").digest()))
    ledger = Ledger(coins(5_000_000))
    taken = [ledger.take(raw) for raw in sent(plan, content(3) * 300)]
    assert len(taken) == 303
    assert all(each.fee == reckoned(each) for each in taken)
    assert ledger.coins() == {plan.change}


def test_many_coins() -> None:
    """More coins than a count of one byte can tell are still spent to the satoshi."""
    wanted, purse = order(140_000), coins(*[700] * 300)
    plan = direct_plan(wanted, content(140_000), purse, WalletKey(sha256(b"the wallet").digest()))
    assert len(plan.spends) > 253
    balances(wanted, purse, plan)
    assert output_size(25) == PAYMENT


@pytest.mark.parametrize("size", [0, 1, 5000, CHUNK, 3 * CHUNK + 5])
@pytest.mark.parametrize("rate", [1, 3])
@pytest.mark.parametrize("purse", [[coin(10**9)], coins(*[4_000_000] * 9), []])
def test_an_estimate_is_what_is_paid(size: int, rate: int, purse: list[Coin]) -> None:
    """An estimate has the cost, the transactions and the bytes of the plan that is made of the same coins; with too few
    it says so, and what it costs with one coin.
    """
    wanted = order(size, rate, Method.CHUNKED)
    estimate = estimated(wanted, purse)
    paying = purse or [coin(10**9)]
    plan = plan_of(wanted, paying)
    _, taken = settle(wanted, paying, plan)
    assert (estimate.cost, estimate.transactions) == (plan.cost, len(plan.transactions))
    assert estimate.bytes == sum(reckoned(each) for each in taken) >= sum(each.size for each in taken)
    assert estimate.funded == bool(purse)
