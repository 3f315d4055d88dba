"""What the chain refuses, with the node's own codes and words, each by a transaction that breaks just that."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest
from btclib_libsecp256k1.keys import pubkey_from_prvkey

from penstock.chain import consensus
from penstock.chain.addresses import hash160, p2pkh
from penstock.chain.consensus import (
    ABSURD_FEE,
    ALL_MONEY,
    IN_BLOCK,
    IN_MEMPOOL,
    Refused,
    Spent,
    check,
    decoded,
    understood,
)
from penstock.chain.keys import WalletKey
from penstock.chain.pins import head, pushes
from penstock.chain.transaction import (
    ALL_FORKID,
    Input,
    Output,
    Transaction,
    outputs_hash,
    signature_hash,
)
from penstock.model.chain import Answer, Network, TxId, Verdict
from tests.chain.vectors import facts
from tests.support.plans import KEY, OWN, USER

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECRET = sha256(b"the wallet").digest()
STRANGER = WalletKey(sha256(b"a stranger").digest())
PARENT = TxId("ab" * 32)
PIN = Output(0, head("create", "/file", "text/plain") + pushes(b"hello"))
TO_USER = Output(1, USER.script)


@dataclass(frozen=True)
class Offer:
    """A transaction that the chain takes unless it is changed: bytes, what they spend, and how they are offered."""

    version: int = 10
    inputs: tuple[Input, ...] = (Input(PARENT, 0), Input(PARENT, 1))
    outputs: tuple[Output, ...] = (TO_USER, PIN, Output(99_000, OWN.script))
    spent: tuple[Spent | None, ...] = (Spent(Output(60_000, OWN.script)), Spent(Output(40_000, OWN.script)))
    key: WalletKey = field(default=KEY)
    high_fees: bool = True
    tail: bytes = b""

    def signed(self) -> Transaction:
        """The transaction, every input signed for what it spends."""
        outputs = outputs_hash(self.outputs)
        inputs = []
        for index, entry in enumerate(self.inputs):
            coin = self.spent[index] or Spent(Output(50_000, OWN.script))
            paid = coin.output
            digest = signature_hash(self.inputs, outputs, index, paid.value, paid.script, self.version)
            inputs.append(replace(entry, script=self.key.unlock(digest)))
        return Transaction(tuple(inputs), self.outputs, self.version)

    def offer(self, transaction: Transaction | None = None) -> None:
        """Offer it, or this transaction in its place. Raises `Refused`."""
        signed = transaction or self.signed()
        coins = {
            (entry.txid, entry.vout): coin
            for entry, coin in zip(self.inputs, self.spent, strict=True)
            if coin is not None
        }
        check(decoded(signed.serialised() + self.tail), coins, high_fees=self.high_fees)


GOOD = Offer()
OURS = Spent(Output(60_000, OWN.script))


def paying(*outputs: Output) -> Offer:
    return replace(GOOD, outputs=outputs)


def spending(first: Spent | None) -> Offer:
    return replace(GOOD, spent=(first, GOOD.spent[1]))


def with_fee(fee: int, bring: int = 100_000) -> Offer:
    """Offers this much of what its inputs bring to the miner."""
    spent = (Spent(Output(bring - 40_000, OWN.script)), GOOD.spent[1])
    return replace(GOOD, spent=spent, outputs=(TO_USER, PIN, Output(bring - fee - 1, OWN.script)))


def with_size(size: int) -> Offer:
    """A transaction of exactly this size: signatures are not all of one length, so the first that fits."""
    for filler in range(size - 182, size - 160):
        output = Output(0, b"\x00\x6a" + bytes(filler))
        offer = replace(GOOD, inputs=GOOD.inputs[:1], spent=(Spent(Output(9_000_000, OWN.script)),), outputs=(output,))
        if len(offer.signed().serialised()) == size:
            return offer
    raise AssertionError("no signature fits")


P2SH = Output(1, b"\xa9\x14" + bytes(20) + b"\x87")
TOO_LARGE = (-26, "64: tx-size")
SIGNATURE = (-26, "16: mandatory-script-verify-flag-failed (…)")

BROKEN: dict[str, tuple[Offer, tuple[int, str]]] = {
    "malformed": (replace(GOOD, tail=b"\0"), (-22, "TX decode failed")),
    "unknown parent": (spending(None), (-25, "Missing inputs")),
    "spent in a block": (spending(replace(OURS, spent="block")), (-25, "Missing inputs")),
    "spent in the mempool": (spending(replace(OURS, spent="mempool")), (-26, "258: txn-mempool-conflict")),
    "no fee": (with_fee(0), (-26, "66: insufficient priority")),
    "more than there is": (with_fee(-1), (-26, "66: insufficient priority")),
    "signed by a stranger": (replace(GOOD, key=STRANGER), SIGNATURE),
    "not P2PKH": (spending(Spent(Output(60_000, b"\x51"))), SIGNATURE),
    "dust": (paying(TO_USER, Output(0, OWN.script), Output(99_000, OWN.script)), (-26, "64: dust")),
    "a bare OP_RETURN": (paying(Output(0, b"\x6a\x01a"), Output(99_000, OWN.script)), (-26, "64: dust")),
    "version 0": (replace(GOOD, version=0), (-26, "64: version")),
    "version 12": (replace(GOOD, version=12), (-26, "64: version")),
    "a negative version": (replace(GOOD, version=0xFFFFFFFF), (-26, "64: version")),
    "an absurd fee": (
        replace(with_fee(ABSURD_FEE + 1, 20_000_000), high_fees=False),
        (-26, "256: absurdly-high-fee"),
    ),
    "P2SH": (paying(P2SH, Output(99_000, OWN.script)), (-26, "16: bad-txns-vout-p2sh")),
    "no inputs": (replace(GOOD, inputs=(), spent=()), (-26, "16: bad-txns-vin-empty")),
    "no outputs": (paying(), (-26, "16: bad-txns-vout-empty")),
    "the same input twice": (
        replace(GOOD, inputs=(Input(PARENT, 0), Input(PARENT, 0))),
        (-26, "16: bad-txns-inputs-duplicate"),
    ),
    "more money than there is": (paying(Output(ALL_MONEY, OWN.script), TO_USER), (-26, "16: bad-txns-vout-toolarge")),
    "a negative amount": (paying(Output(2**64 - 1, OWN.script)), (-26, "16: bad-txns-vout-toolarge")),
}

TAKEN: dict[str, Offer] = {
    "as it is": GOOD,
    "version 1": replace(GOOD, version=1),
    "version 11": replace(GOOD, version=11),
    "1 satoshi": paying(TO_USER, Output(1, OWN.script), Output(99_000, OWN.script)),
    "a PIN of nothing": paying(Output(0, b"\x00\x6a"), Output(99_000, OWN.script)),
    "the highest fee": replace(with_fee(ABSURD_FEE, 20_000_000), high_fees=False),
    "an absurd fee that is meant": with_fee(ABSURD_FEE + 1, 20_000_000),
    "the last satoshi": replace(with_fee(1_000), outputs=(Output(99_000, b"\x51"),)),
}


def matches(words: str, told: str) -> bool:
    """Whether these words are what is told, where an ellipsis stands for anything."""
    return re.fullmatch(re.escape(told).replace("…", ".+"), words) is not None


def table() -> list[tuple[int, str]]:
    """Every code and word in the facts' table of errors."""
    found, code = [], 0
    for row in re.findall(r"^\| (-2\d .*?) \|", facts(), re.MULTILINE):
        for number, words in re.findall(r"(-\d+)?[ ,]*`([^`]+)`", row):
            code = int(number or code)
            found.append((code, words))
    return found


@pytest.mark.parametrize(("offer", "expected"), BROKEN.values(), ids=BROKEN)
def test_what_is_refused(offer: Offer, expected: tuple[int, str]) -> None:
    """A transaction that breaks one rule is refused with the node's code and words."""
    with pytest.raises(Refused) as caught:
        offer.offer()
    assert caught.value.code == expected[0]
    assert matches(caught.value.words, expected[1])


@pytest.mark.parametrize("offer", TAKEN.values(), ids=TAKEN)
def test_what_is_taken(offer: Offer) -> None:
    """A transaction that just keeps every rule is taken."""
    offer.offer()


def test_the_largest() -> None:
    """A transaction of ten million bytes is taken; one byte more is too large."""
    with_size(10_000_000).offer()
    with pytest.raises(Refused) as caught:
        with_size(10_000_001).offer()
    assert (caught.value.code, caught.value.words) == TOO_LARGE


def test_the_whole_table() -> None:
    """Every code and word of the published table is one that this chain answers with, and is tested here."""
    tested = {*(expected for _, expected in BROKEN.values()), TOO_LARGE, IN_MEMPOOL, IN_BLOCK}
    published = table()
    assert len(published) == 11
    assert set(published) <= tested


def test_the_relay_fee() -> None:
    """A quarter of a satoshi for each byte, rounded down as the node does, is enough, and one satoshi less is not."""
    left = set()
    for fee in range(90, 120):
        offer = with_fee(fee)
        more = fee - len(offer.signed().serialised()) // 4
        left.add(more)
        if more >= 0:
            offer.offer()
            continue
        with pytest.raises(Refused) as caught:
            offer.offer()
        assert (caught.value.code, caught.value.words) == consensus.LOW_FEE
    assert {-1, 0} <= left


def test_what_is_said_first() -> None:
    """Where several things are wrong, a missing input is told before a conflict, and both before the fee."""
    gone, taken = replace(OURS, spent="block"), replace(OURS, spent="mempool")
    poor = with_fee(0)
    for spent, expected in (
        ((None, taken), consensus.MISSING_INPUTS),
        ((taken, gone), consensus.MISSING_INPUTS),
        ((taken, poor.spent[1]), consensus.CONFLICT),
        ((replace(OURS, output=Output(1, OWN.script)), poor.spent[1]), consensus.LOW_FEE),
    ):
        with pytest.raises(Refused) as caught:
            replace(poor, spent=spent, key=STRANGER).offer()
        assert (caught.value.code, caught.value.words) == expected


# --- what unlocks an output ------------------------------------------------------------------------------------------

Unlocking = Callable[[Callable[[int], bytes]], bytes]
"""An unlocking script, given the digest that is signed for each hash type."""

PUBLIC = WalletKey(SECRET).public
LONG = pubkey_from_prvkey(SECRET, compressed=False)


def pushed(*parts: bytes) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in parts)


def signature(digest: bytes) -> bytes:
    return WalletKey(SECRET).unlock(digest)[1:].partition(bytes([ALL_FORKID, len(PUBLIC)]) + PUBLIC)[0]


def numbers(der: bytes) -> tuple[bytes, bytes]:
    """The bytes of both numbers in a signature."""
    middle = 4 + der[3]
    return der[4:middle], der[middle + 2 :]


def written(first: bytes, second: bytes) -> bytes:
    body = b"\x02" + pushed(first) + b"\x02" + pushed(second)
    return b"\x30" + pushed(body)


def high(der: bytes) -> bytes:
    """The other signature that the same key makes good: what the low-S rule forbids."""
    first, second = numbers(der)
    return written(first, (ORDER - int.from_bytes(second, "big")).to_bytes(33, "big"))


def padded(der: bytes) -> bytes:
    first, second = numbers(der)
    return written(b"\0" + first, second)


def signed_as(hash_type: int) -> Unlocking:
    return lambda digest: pushed(signature(digest(hash_type)) + bytes([hash_type]), PUBLIC)


def reshaped(change: Callable[[bytes], bytes]) -> Unlocking:
    return lambda digest: pushed(change(signature(digest(ALL_FORKID))) + bytes([ALL_FORKID]), PUBLIC)


def around(change: Callable[[bytes], bytes]) -> Unlocking:
    """A good unlocking script, changed."""
    return lambda digest: change(signed_as(ALL_FORKID)(digest))


def long_opener(script: bytes) -> bytes:
    return b"\x4c" + script


UNLOCKS_NOTHING: dict[str, Unlocking] = {
    "high S": reshaped(high),
    "padded R": reshaped(padded),
    "a byte too many": reshaped(lambda der: der + b"\0"),
    "no signature": reshaped(lambda der: b""),
    "not DER": reshaped(lambda der: b"".join(part[-32:].rjust(32, b"\0") for part in numbers(der))),
    "no fork id": signed_as(0x01),
    "signs no output": signed_as(0x42),
    "signs one output": signed_as(0x43),
    "signs one input": signed_as(0xC1),
    "no hash type": lambda digest: pushed(signature(digest(ALL_FORKID)), PUBLIC),
    "empty": lambda digest: b"",
    "one push": around(lambda script: script[: script[0] + 1]),
    "a third push": around(lambda script: script + b"\x01\x01"),
    "a third push in front": around(lambda script: b"\x01\x01" + script),
    "OP_NOP in front": around(lambda script: b"\x61" + script),
    "OP_NOP behind": around(lambda script: script + b"\x61"),
    "OP_0 behind": around(lambda script: script + b"\x00"),
    "OP_PUSHDATA1": around(long_opener),
    "cut off": around(lambda script: script[:-1]),
    "the wrong way round": lambda digest: pushed(PUBLIC, signature(digest(ALL_FORKID)) + b"\x41"),
    "another key": lambda digest: pushed(signature(digest(ALL_FORKID)) + b"\x41", STRANGER.public),
    "the same key, not compressed": lambda digest: pushed(signature(digest(ALL_FORKID)) + b"\x41", LONG),
}


def offer_unlocked(unlocking: Unlocking, lock: bytes) -> None:
    """Offer a transaction that spends this lock with this script. Raises `Refused`."""
    offer = replace(
        GOOD,
        inputs=(Input(PARENT, 0),),
        spent=(Spent(Output(60_000, lock)),),
        outputs=(TO_USER, Output(59_000, OWN.script)),
    )

    def digest(hash_type: int) -> bytes:
        """What is signed with each hash type: by its own rules, so that nothing else is wrong with the signature."""
        return by_the_rules(offer, hash_type)

    entry = replace(offer.inputs[0], script=unlocking(digest))
    offer.offer(Transaction((entry,), offer.outputs))


def by_the_rules(offer: Offer, hash_type: int) -> bytes:
    """The BIP143 digest of the first input for any hash type."""

    def twice(message: bytes) -> bytes:
        return sha256(sha256(message).digest()).digest()

    [entry], nothing = offer.inputs, bytes(32)
    only, kind = bool(hash_type & 0x80), hash_type & 0x1F
    paid = {1: offer.outputs, 2: (), 3: offer.outputs[:1]}[kind]
    spent = offer.spent[0]
    assert spent is not None
    return twice(
        (10).to_bytes(4, "little")
        + (nothing if only else twice(entry.outpoint()))
        + (nothing if only or kind != 1 else twice(b"\xff" * 4))
        + entry.outpoint()
        + pushed(spent.output.script)
        + spent.output.value.to_bytes(8, "little")
        + b"\xff" * 4
        + (twice(b"".join(output.serialised() for output in paid)) if paid else nothing)
        + bytes(4)
        + hash_type.to_bytes(4, "little")
    )


def test_a_good_signature() -> None:
    """An output is unlocked by a signature of its key, compressed or not, when the lock has the hash of that."""
    offer_unlocked(signed_as(ALL_FORKID), OWN.script)
    offer_unlocked(
        lambda digest: pushed(signature(digest(ALL_FORKID)) + b"\x41", LONG),
        p2pkh(hash160(LONG)),
    )


@pytest.mark.parametrize("unlocking", UNLOCKS_NOTHING.values(), ids=UNLOCKS_NOTHING)
def test_what_unlocks_nothing(unlocking: Unlocking) -> None:
    """Any other signature, or a script that does anything but push it and its key, unlocks nothing."""
    with pytest.raises(Refused) as caught:
        offer_unlocked(unlocking, OWN.script)
    assert (caught.value.code, caught.value.words) == consensus.BAD_SIGNATURE


@pytest.mark.parametrize("public", [b"", b"\x02", b"\x05" + bytes(32), b"\x02" + b"\xff" * 32, b"\x04" + bytes(64)])
def test_no_key(public: bytes) -> None:
    """What is no public key unlocks nothing, even where the lock has its hash."""
    with pytest.raises(Refused) as caught:
        offer_unlocked(
            lambda digest: pushed(signature(digest(ALL_FORKID)) + b"\x41", public),
            p2pkh(hash160(public)),
        )
    assert (caught.value.code, caught.value.words) == consensus.BAD_SIGNATURE


def test_one_bad_input_of_many() -> None:
    """One input that is not signed by its owner spoils the whole transaction, wherever it stands."""
    inputs = tuple(Input(PARENT, number) for number in range(5))
    offer = replace(GOOD, inputs=inputs, spent=(OURS,) * 5)
    good, bad = offer.signed(), replace(offer, key=STRANGER).signed()
    offer.offer(good)
    for number in range(5):
        mixed = (*good.inputs[:number], bad.inputs[number], *good.inputs[number + 1 :])
        with pytest.raises(Refused) as caught:
            offer.offer(replace(good, inputs=mixed))
        assert (caught.value.code, caught.value.words) == consensus.BAD_SIGNATURE


# --- how an answer is understood -------------------------------------------------------------------------------------

MEANINGS = {
    "Transaction already in the mempool": Verdict.KNOWN,
    "257: txn-already-known": Verdict.KNOWN,
    "258: txn-mempool-conflict": Verdict.CONFLICT,
    "Missing inputs": Verdict.MISSING_INPUTS,
    "66: insufficient priority": Verdict.CHEAP,
    "16: mandatory-script-verify-flag-failed (…)": Verdict.REFUSED,
    "64: dust": Verdict.REFUSED,
    "64: tx-size": Verdict.REFUSED,
    "64: version": Verdict.REFUSED,
    "256: absurdly-high-fee": Verdict.REFUSED,
    "TX decode failed": Verdict.REFUSED,
}


def test_every_word_is_understood() -> None:
    """Each published word has its verdict, with its code or carried by something else, and is handed on."""
    assert [words for _, words in table()] == list(MEANINGS)
    for code, words in table():
        for carried in (words, f"broadcast failed: {words}", words.upper()):
            for known in (code, None):
                answer = understood(known, carried)
                assert (answer.verdict, answer.reason) == (MEANINGS[words], carried)


def test_what_this_chain_says_is_understood() -> None:
    """What this chain refuses is understood as the node's words for it are."""
    for offer, (_, told) in BROKEN.values():
        with pytest.raises(Refused) as caught:
            offer.offer()
        assert understood(caught.value.code, caught.value.words).verdict is MEANINGS.get(told, Verdict.REFUSED)


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("16: bad-txns-premature-spend-of-coinbase", Verdict.UNRIPE),
        ("66: mempool min fee not met", Verdict.CHEAP),
        ("66: min relay fee not met", Verdict.CHEAP),
    ],
)
def test_words_of_other_nodes(words: str, verdict: Verdict) -> None:
    """What this chain never says is understood where a node does: a coin that is too young, a least fee that rose."""
    assert understood(-26, words) == Answer(verdict, words)


@pytest.mark.parametrize("words", ["", "internal error", "unauthorized", "64: dust"])
def test_other_words(words: str) -> None:
    """Anything else is a refusal, unless its code says that the transaction is there already."""
    assert understood(None, words).verdict is Verdict.REFUSED
    assert understood(-26, words).verdict is Verdict.REFUSED
    assert understood(-27, words).verdict is Verdict.KNOWN


def test_the_networks_differ_in_addresses_alone() -> None:
    """A key locks an output in the same way on every network."""
    assert len({KEY.address(network).script for network in Network}) == 1


def test_a_hybrid_key() -> None:
    """A hybrid key (06, 07) unlocks nothing, even where the lock has its hash."""
    hybrid = bytes([6 + LONG[-1] % 2]) + LONG[1:]
    with pytest.raises(Refused):
        offer_unlocked(lambda digest: pushed(signature(digest(ALL_FORKID)) + b"\x41", hybrid), p2pkh(hash160(hybrid)))
