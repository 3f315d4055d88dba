"""Plans: every transaction of a publication, signed, before the first is sent (FACTS, *Direct* and *Chunked upload*).

Payloads are not part of a plan. A transaction whose PIN carries bytes of the file is planned from digests of its script
and put together again from its frame when it is sent.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from penstock.chain.addresses import read_address
from penstock.chain.keys import WalletKey
from penstock.chain.pins import head, pushed_size, pushes
from penstock.chain.transaction import (
    Input,
    Output,
    Transaction,
    output_size,
    outputs_hash,
    parse,
    signature_hash,
    size_of,
    txid_of,
)
from penstock.model.chain import Coin, TxId
from penstock.model.faults import FundsMissing
from penstock.model.publication import Order, Plan, Planned, Role

CHUNK = 2_097_152
"""The size of a chunk, in bytes."""

CHUNK_HEAD = head("create", "/file/_chunk", "metafile/chunk;binary")
INDEX_PATH = "/file/index"
INDEX_TYPE = "metafile/index;utf-8"

PIN_VALUE = 1
"""The output that makes the user the owner of the PIN, in satoshi."""

DUST = 600
"""In satoshi: smaller change goes to the fee, and smaller coins are not spent."""

MAX_COINS = 500
"""The most coins that one transaction spends: the cost of signing is quadratic."""

_PAYMENT = output_size(25)


class PlanBroken(Exception):
    """The stored bytes no longer yield the planned transaction."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One chunk without its bytes: its span in the file, and the digests of its PIN."""

    start: int
    stop: int
    sha256: str
    digest: bytes
    outputs: bytes


def chunk_ranges(size: int) -> list[tuple[int, int]]:
    """The spans of the chunks of a file of `size` bytes; an empty file has one empty chunk."""
    return [(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)] or [(0, 0)]


def shape_of(start: int, payload: bytes) -> Shape:
    """The shape of the chunk that begins at `start`."""
    output = Output(0, CHUNK_HEAD + pushes(payload))
    digest = sha256(payload).hexdigest()
    return Shape(start, start + len(payload), digest, output.digest(), outputs_hash([output]))


def direct_plan(order: Order, payload: bytes, coins: Sequence[Coin], key: WalletKey) -> Plan:
    """One transaction: 1 satoshi to the user, the PIN, change. Raises `FundsMissing`."""
    opening = head(order.operation, order.path, order.content_type)
    paid = Output(PIN_VALUE, read_address(order.address, order.network).script)
    signed, spends = _spend(order, coins, [paid, Output(0, opening + pushes(payload))], key)
    frame = Transaction(signed.inputs, (paid, Output(0, opening), *signed.outputs[2:]))
    txid = signed.txid()
    planned = Planned(Role.PIN, txid, frame.serialised(), 1, 0, len(payload))
    change = Coin(txid, 2, signed.outputs[2].value) if len(signed.outputs) > 2 else None
    return Plan((planned,), spends, change, ())


def chunked_plan(
    order: Order, shapes: Sequence[Shape], coins: Sequence[Coin], key: WalletKey, taken: Mapping[int, TxId] = {}
) -> Plan:
    """Merge, funding, chunks, index. `taken` are the chunks on the chain already, by their start: the plan covers the
    others and an index of all. Raises `FundsMissing`.
    """
    rate, lock = order.fee_rate, key.address(order.network).script
    wanted = [shape for shape in shapes if shape.start not in taken]
    fees = [rate * size_of(1, [_chunk_output_size(shape)]) for shape in wanted]
    blank = _index_script(order, shapes, ["0" * 64] * len(shapes))
    owner = Output(PIN_VALUE, read_address(order.address, order.network).script)
    for_index = PIN_VALUE + rate * size_of(1, [len(owner.serialised()), output_size(len(blank))])
    for_funding = [sum(fees) + rate * size_of(1, [_PAYMENT] * len(fees))] if fees else []

    shares = [Output(value, lock) for value in (*for_funding, for_index)]
    merge, spends = _spend(order, coins, shares, key)
    merged = merge.txid()
    funding = [key.sign(_funding(merged, fees, lock), list(merge.outputs[:1]))] if fees else []
    paid = [Coin(transaction.txid(), number, fee) for transaction in funding for number, fee in enumerate(fees)]
    chunks = [_chunk(shape, coin, lock, key) for shape, coin in zip(wanted, paid, strict=True)]
    names = dict(taken) | {chunk.start: chunk.txid for chunk in chunks}
    pins = (owner, Output(0, _index_script(order, shapes, [names[shape.start] for shape in shapes])))
    last = len(for_funding)
    index = key.sign(Transaction((Input(merged, last),), pins), [merge.outputs[last]])
    return Plan(
        transactions=(
            Planned(Role.MERGE, merged, merge.serialised()),
            *(Planned(Role.FUNDING, transaction.txid(), transaction.serialised()) for transaction in funding),
            *chunks,
            Planned(Role.INDEX, index.txid(), index.serialised()),
        ),
        spends=spends,
        change=Coin(merged, last + 1, merge.outputs[last + 1].value) if len(merge.outputs) > last + 1 else None,
        inner=(*(Coin(merged, number, share.value) for number, share in enumerate(shares)), *paid),
    )


def _funding(merged: TxId, fees: Sequence[int], lock: bytes) -> Transaction:
    return Transaction((Input(merged, 0),), tuple(Output(fee, lock) for fee in fees))


def assembled(planned: Planned, payload: bytes) -> bytes:
    """The complete transaction in the wire format. Raises `PlanBroken` when it differs from the planned one."""
    transaction = parse(planned.frame)
    if planned.output is not None:
        outputs = list(transaction.outputs)
        outputs[planned.output] = Output(0, outputs[planned.output].script + pushes(payload))
        transaction = Transaction(transaction.inputs, tuple(outputs))
    if transaction.txid() != planned.txid:
        raise PlanBroken(f"{planned.role} {planned.txid} cannot be made again: the stored bytes have changed")
    return transaction.serialised()


def _chunk(shape: Shape, coin: Coin, lock: bytes, key: WalletKey) -> Planned:
    """The transaction of a chunk. It has one output, so its signature and id need only the digests."""
    unsigned = Input(coin.txid, coin.vout)
    script = key.unlock(signature_hash([unsigned], shape.outputs, 0, coin.value, lock))
    signed = Input(coin.txid, coin.vout, script)
    frame = Transaction((signed,), (Output(0, CHUNK_HEAD),)).serialised()
    return Planned(Role.CHUNK, txid_of([signed], [shape.digest]), frame, 0, shape.start, shape.stop)


def _chunk_output_size(shape: Shape) -> int:
    return output_size(len(CHUNK_HEAD) + pushed_size(shape.stop - shape.start))


def _index_script(order: Order, shapes: Sequence[Shape], txids: Sequence[str]) -> bytes:
    index = {
        "sha256": order.blob,
        "fileSize": order.size,
        "chunkNumber": len(shapes),
        "chunkSize": CHUNK,
        "dataType": order.content_type,
        "name": order.name,
        "chunkList": [
            {"sha256": shape.sha256, "pinId": f"{txid}i0"} for shape, txid in zip(shapes, txids, strict=True)
        ],
    }
    payload = json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()
    return head("create", INDEX_PATH, INDEX_TYPE) + pushes(payload)


def _spend(
    order: Order, coins: Sequence[Coin], outputs: Sequence[Output], key: WalletKey
) -> tuple[Transaction, tuple[Coin, ...]]:
    """A signed transaction from the wallet's coins to these outputs and change, and the coins that it spends."""
    lock = key.address(order.network).script
    sizes = [output_size(len(output.script)) for output in outputs]
    paid = sum(output.value for output in outputs)
    spends = _choose(coins, lambda count: paid + order.fee_rate * size_of(count, sizes))
    rest = sum(coin.value for coin in spends) - paid
    change = rest - order.fee_rate * size_of(len(spends), [*sizes, _PAYMENT])
    back = (Output(change, lock),) if change >= DUST else ()
    unsigned = Transaction(tuple(Input(coin.txid, coin.vout) for coin in spends), (*outputs, *back))
    return key.sign(unsigned, [Output(coin.value, lock) for coin in spends]), spends


def _choose(coins: Sequence[Coin], needed: Callable[[int], int]) -> tuple[Coin, ...]:
    """The smallest sufficient coin, else the largest ones together; `needed` is the amount for a number of inputs.
    Coins that cost more in fees than they are worth are not spent.
    """
    worthy = [coin for coin in coins if coin.value > needed(2) - needed(1)]  # what one more input costs
    ascending = sorted(worthy, key=lambda coin: (coin.value, coin.txid, coin.vout))
    for coin in ascending:
        if coin.value >= needed(1):
            return (coin,)
    taken: list[Coin] = []
    total = 0
    for coin in reversed(ascending[-MAX_COINS:]):
        taken.append(coin)
        total += coin.value
        if total >= needed(len(taken)):
            return tuple(taken)
    raise FundsMissing(needed(max(1, len(taken))), total)
