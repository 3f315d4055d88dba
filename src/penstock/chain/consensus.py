"""What the chain demands of a transaction, with the node's own codes and words (FACTS, *The chain*).

Every output is either P2PKH or taken for unspendable: nothing else is ever paid here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from penstock.chain.addresses import is_p2sh
from penstock.chain.keys import unlocks
from penstock.chain.pins import PREFIX
from penstock.chain.transaction import Malformed, Output, Transaction, outputs_hash, parse
from penstock.model.chain import Answer, TxId, Verdict

RELAY_FEE = 250
"""Satoshi for 1,000 bytes."""

ABSURD_FEE = 10_000_000
MAX_SIZE = 10_000_000
"""The most bytes of a transaction."""

VERSIONS = range(1, 12)
MATURITY = 100
"""How deep a coinbase must be before it is spent. A testnet's node takes it earlier, and nothing is lost by waiting."""

ALL_MONEY = 21_000_000 * 100_000_000

DECODE_FAILED = (-22, "TX decode failed")
MISSING_INPUTS = (-25, "Missing inputs")
IN_MEMPOOL = (-27, "Transaction already in the mempool")
IN_BLOCK = (-26, "257: txn-already-known")
CONFLICT = (-26, "258: txn-mempool-conflict")
LOW_FEE = (-26, "66: insufficient priority")
BAD_SIGNATURE = (-26, "16: mandatory-script-verify-flag-failed (an input is not signed by the owner of what it spends)")

Outpoint = tuple[TxId, int]


@dataclass(eq=False)
class Refused(Exception):
    """What a node answers, as its RPC does: a code and words."""

    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Spent:
    """An output that is about to be spent. `spent` tells how it is taken already: not at all, by a transaction in the
    mempool, or by one in a block.
    """

    output: Output
    spent: str | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """A transaction of `size` bytes that may be relayed, with the digests that are costly on large ones."""

    transaction: Transaction
    txid: TxId
    outputs: bytes
    size: int


def decoded(raw: bytes) -> Decoded:
    """The transaction in these bytes, if it may be relayed at all. Raises `Refused`."""
    try:
        transaction = parse(raw)
    except Malformed:
        raise Refused(*DECODE_FAILED) from None
    if len(raw) > MAX_SIZE:
        raise Refused(-26, "64: tx-size")
    for words, is_wrong in _RULES:
        if is_wrong(transaction):
            raise Refused(-26, words)
    return Decoded(transaction, transaction.txid(), outputs_hash(transaction.outputs), len(raw))


def check(offered: Decoded, coins: Mapping[Outpoint, Spent], *, high_fees: bool = True) -> None:
    """Whether a transaction may spend what it spends. `coins` are those of its inputs that exist; `high_fees` allows
    absurdly high ones. Raises `Refused`.
    """
    transaction = offered.transaction
    spent = [coins.get((entry.txid, entry.vout)) for entry in transaction.inputs]
    known = [coin for coin in spent if coin is not None]
    if len(known) < len(spent) or any(coin.spent == "block" for coin in known):
        raise Refused(*MISSING_INPUTS)
    if any(coin.spent for coin in known):
        raise Refused(*CONFLICT)
    fee = sum(coin.output.value for coin in known) - sum(output.value for output in transaction.outputs)
    if fee < RELAY_FEE * offered.size // 1000:
        raise Refused(*LOW_FEE)
    if fee > ABSURD_FEE and not high_fees:
        raise Refused(-26, "256: absurdly-high-fee")
    if not all(unlocks(transaction, offered.outputs, index, coin.output) for index, coin in enumerate(known)):
        raise Refused(*BAD_SIGNATURE)


def understood(code: int | None, words: str) -> Answer:
    """The verdict in a node's words, whatever carried them; `code` is the RPC's when there was one."""
    for part, verdict in _MEANINGS.items():
        if part in words.lower():
            return Answer(verdict, words)
    return Answer(Verdict.KNOWN if code == IN_MEMPOOL[0] else Verdict.REFUSED, words)


_MEANINGS = {
    "already in the mempool": Verdict.KNOWN,
    "txn-already-known": Verdict.KNOWN,
    "missing inputs": Verdict.MISSING_INPUTS,
    "txn-mempool-conflict": Verdict.CONFLICT,
    "premature-spend-of-coinbase": Verdict.UNRIPE,
    "insufficient priority": Verdict.CHEAP,
    "mempool min fee not met": Verdict.CHEAP,
    "min relay fee": Verdict.CHEAP,
}


def _is_dust(output: Output) -> bool:
    return output.value == 0 and not output.script.startswith(PREFIX)


def _repeats(transaction: Transaction) -> bool:
    outpoints = {(entry.txid, entry.vout) for entry in transaction.inputs}
    return len(outpoints) < len(transaction.inputs)


_RULES: Sequence[tuple[str, Callable[[Transaction], bool]]] = (
    ("64: version", lambda offered: offered.version not in VERSIONS),
    ("16: bad-txns-vin-empty", lambda offered: not offered.inputs),
    ("16: bad-txns-vout-empty", lambda offered: not offered.outputs),
    ("16: bad-txns-inputs-duplicate", _repeats),
    ("16: bad-txns-vout-toolarge", lambda offered: sum(output.value for output in offered.outputs) > ALL_MONEY),
    ("16: bad-txns-vout-p2sh", lambda offered: any(is_p2sh(output.script) for output in offered.outputs)),
    ("64: dust", lambda offered: any(map(_is_dust, offered.outputs))),
)
