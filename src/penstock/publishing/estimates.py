"""What a publication would cost, before anything is held or signed for it."""

from collections.abc import Sequence

from penstock.chain.keys import WalletKey
from penstock.chain.pins import pushed_size
from penstock.chain.transaction import output_size, parse, size_of
from penstock.model.chain import Coin, TxId
from penstock.model.faults import FundsMissing
from penstock.model.publication import Estimate, Order, Planned
from penstock.publishing.plans import Shape, chunk_ranges, chunked_plan

_NOBODY = WalletKey(bytes(31) + b"\x01")
"""What signs in place of the wallet's key: signatures of any key are paid for alike."""

_WEALTH = Coin(TxId("00" * 32), 0, 1 << 60)


def estimated(order: Order, coins: Sequence[Coin]) -> Estimate:
    """What publishing in chunks would cost with these coins; where they are not enough, with one that is. The bytes of
    the file are not read: the cost depends on their number alone.
    """
    shapes = [Shape(start, stop, "0" * 64, bytes(32), bytes(32)) for start, stop in chunk_ranges(order.size)]
    try:
        plan, funded = chunked_plan(order, shapes, coins, _NOBODY), True
    except FundsMissing:
        plan, funded = chunked_plan(order, shapes, [_WEALTH], _NOBODY), False
    return Estimate(plan.cost, len(plan.transactions), sum(map(_size, plan.transactions)), funded)


def _size(planned: Planned) -> int:
    """The most bytes that the complete transaction has."""
    transaction = parse(planned.frame)
    scripts = [len(output.script) for output in transaction.outputs]
    if planned.output is not None:
        scripts[planned.output] += pushed_size(planned.stop - planned.start)
    return size_of(len(transaction.inputs), [output_size(script) for script in scripts])
