"""Transactions: their bytes, their ids and their sizes."""

import struct
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.chain.keys import WalletKey, unlocks
from penstock.chain.transaction import (
    FINAL,
    HEADER,
    MAX_SCRIPT_SIG,
    VERSION,
    Input,
    Malformed,
    Output,
    Transaction,
    compact_size,
    is_coinbase,
    output_size,
    outputs_hash,
    parse,
    size_of,
    transactions_of,
    txid_of,
)
from penstock.model.chain import TxId
from tests.support.plans import KEY, OWN

words = st.integers(0, 2**32 - 1)
scripts = st.binary(max_size=120) | st.sampled_from([252, 253, 254, 65535, 65536]).map(bytes)
txids = st.binary(min_size=32, max_size=32).map(lambda digest: TxId(digest.hex()))
inputs = st.builds(Input, txids, words, scripts, words)
outputs = st.builds(Output, st.integers(0, 2**64 - 1), scripts)
transactions = st.builds(
    Transaction,
    st.lists(inputs, max_size=4).map(tuple),
    st.lists(outputs, max_size=4).map(tuple),
    st.sampled_from([1, 2, 9, 10, 11]) | words,
    words,
)
crowded = st.builds(
    lambda entry, output, many: Transaction((entry,) * many, (output,) * many),
    st.builds(Input, txids, words),
    st.builds(Output, words, st.binary(max_size=3)),
    st.sampled_from([252, 253, 300]),
)
secrets = st.binary(min_size=32, max_size=32).filter(lambda secret: 0 < int.from_bytes(secret, "big") < 2**255)


def by_hand(transaction: Transaction) -> bytes:
    """The root that the id of version 10 is the double hash of, as FACTS spells it."""
    outpoints = b"".join(
        bytes.fromhex(entry.txid)[::-1] + struct.pack("<II", entry.vout, entry.sequence) for entry in transaction.inputs
    )
    unlocking = b"".join(sha256(entry.script).digest() for entry in transaction.inputs)
    paying = b"".join(
        struct.pack("<Q", output.value) + sha256(output.script).digest() for output in transaction.outputs
    )
    numbers = (transaction.version, transaction.locktime, len(transaction.inputs), len(transaction.outputs))
    return struct.pack("<4I", *numbers) + b"".join(sha256(part).digest() for part in (outpoints, unlocking, paying))


@given(transactions | crowded)
@example(Transaction((), ()))
def test_the_bytes_come_back(transaction: Transaction) -> None:
    """A transaction of any shape is what its bytes are read as."""
    raw = transaction.serialised()
    assert parse(raw) == transaction
    assert parse(raw).serialised() == raw


@given(st.binary(max_size=300))
@example(b"")
def test_junk(raw: bytes) -> None:
    """Junk is a transaction or is malformed; it is nothing else."""
    for start in (b"", b"\x0a\0\0\0", b"\x0a\0\0\0\x01", b"\x0a\0\0\0\x00\x01"):
        with suppress(Malformed):
            assert parse(start + raw).serialised() == start + raw


@given(transactions, st.data())
def test_mutations(transaction: Transaction, data: st.DataObject) -> None:
    """A transaction with some bytes replaced is another one or is malformed."""
    raw = bytearray(transaction.serialised())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFD, 0xFE, 0xFF]))
    with suppress(Malformed):
        assert parse(bytes(raw)).serialised() == bytes(raw)


@given(transactions, st.data())
def test_truncations(transaction: Transaction, data: st.DataObject) -> None:
    """A transaction that is cut off, or has bytes behind it, is malformed."""
    raw = transaction.serialised()
    with pytest.raises(Malformed):
        parse(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(Malformed):
        parse(raw + data.draw(st.binary(min_size=1, max_size=9)))


ONE_INPUT = b"\x01" + bytes(36) + b"\x00" + bytes(4)


@pytest.mark.parametrize("before", [b"", b"\x01" + bytes(36), b"\x00", b"\x00\x01" + bytes(8), ONE_INPUT], ids=len)
@pytest.mark.parametrize("count", [b"\xfd\xff\xff", b"\xfe\xff\xff\xff\x7f", b"\xff" * 9], ids=len)
def test_a_huge_announcement(before: bytes, count: bytes) -> None:
    """Announcing billions of inputs, outputs or bytes of script that do not follow costs no memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            parse(b"\x0a\0\0\0" + before + count + bytes(200))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@given(transactions | crowded)
def test_the_id(transaction: Transaction) -> None:
    """An id from digests of the outputs is the transaction's, and both are the double hash of the root."""
    modern = replace(transaction, version=VERSION)
    digests = [output.digest() for output in modern.outputs]
    expected = sha256(sha256(by_hand(modern)).digest()).digest()[::-1].hex()
    assert len(by_hand(modern)) == 112
    assert modern.txid() == expected
    assert txid_of(modern.inputs, digests, modern.version, modern.locktime) == expected


@given(transactions, st.integers(0, 9))
def test_an_old_id(transaction: Transaction, version: int) -> None:
    """Below version 10 the id is the double hash of the bytes."""
    old = replace(transaction, version=version)
    assert old.txid() == sha256(sha256(old.serialised()).digest()).digest()[::-1].hex()


@given(secrets, st.lists(st.integers(600, 10**12), min_size=1, max_size=5), st.lists(outputs, max_size=4))
def test_the_size(secret: bytes, values: list[int], paid: list[Output]) -> None:
    """A signed transaction is never longer than reckoned, and shorter only by what its signatures are."""
    unsigned = Transaction(tuple(Input(TxId("ab" * 32), number) for number in range(len(values))), tuple(paid))
    signed = WalletKey(secret).sign(unsigned, [Output(value, OWN.script) for value in values])
    saved = [MAX_SCRIPT_SIG - len(entry.script) for entry in signed.inputs]
    reckoned = size_of(len(values), [output_size(len(output.script)) for output in paid])
    assert reckoned == len(signed.serialised()) + sum(saved)
    assert min(saved) >= 0


def test_the_size_is_close() -> None:
    """Nine signatures in ten save at most one byte of what is reckoned, and all but one in a hundred at most two."""
    spent = Output(1000, OWN.script)
    unsigned = Transaction(tuple(Input(TxId("ab" * 32), number) for number in range(1000)), (spent,))
    signed = KEY.sign(unsigned, [spent] * 1000)
    saved = sorted(MAX_SCRIPT_SIG - len(entry.script) for entry in signed.inputs)
    assert set(saved[:990]) <= {0, 1, 2}
    assert set(saved[:900]) <= {0, 1}
    assert size_of(1000, [len(spent.serialised())]) - len(signed.serialised()) == sum(saved)


@given(st.lists(st.integers(600, 10**12), min_size=1, max_size=5), st.lists(outputs, min_size=1, max_size=3))
def test_signing(values: list[int], paid: list[Output]) -> None:
    """A key signs every input for what it spends and for no other amount, always in the same way."""
    unsigned = Transaction(tuple(Input(TxId("ab" * 32), number) for number in range(len(values))), tuple(paid))
    spent = [Output(value, OWN.script) for value in values]
    signed, digest = KEY.sign(unsigned, spent), outputs_hash(paid)
    assert signed == KEY.sign(unsigned, spent)
    for number, output in enumerate(spent):
        assert unlocks(signed, digest, number, output)
        assert not unlocks(signed, digest, number, replace(output, value=output.value + 1))


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "00"),
        (252, "fc"),
        (253, "fdfd00"),
        (65535, "fdffff"),
        (65536, "fe00000100"),
        (2**32 - 1, "feffffffff"),
        (2**32, "ff0000000001000000"),
    ],
)
def test_counts(number: int, written: str) -> None:
    """A count is written as bitcoin writes it."""
    assert compact_size(number).hex() == written


@pytest.mark.parametrize("count", ["fd0100", "fe01000000", "ff0100000000000000"])
def test_counts_written_too_long(count: str) -> None:
    """A count that is written longer than it must be is malformed, as the node says."""
    raw = Transaction((Input(TxId("ab" * 32), 0),), (Output(1, OWN.script),)).serialised()
    with pytest.raises(Malformed):
        parse(raw[:4] + bytes.fromhex(count) + raw[5:])


@given(st.lists(transactions, max_size=5))
def test_a_block_is_taken_apart(inside: list[Transaction]) -> None:
    """Behind its header a block has its transactions, to the byte; a byte less or more is no block."""
    raws = [transaction.serialised() for transaction in inside]
    block = b"\xab" * HEADER + compact_size(len(raws)) + b"".join(raws)
    assert list(transactions_of(block)) == raws
    for wrong in (block[:-1], block + b"\0"):
        with pytest.raises(Malformed):
            list(transactions_of(wrong))


def test_a_real_block() -> None:
    """A block of a real node's testnet, with its coinbase alone."""
    block = bytes.fromhex(
        "00000020c8721c71588bd7e4361a3eee61c377f8fa14778116f334a3d4fbc80a1abb5c1d1012358c7889d1a84195a8a05e611de4c2c5a06e"
        "1a1d4d42dbca3b3cbd6bbbdfd643096bffff001d00000000010a0000000100000000000000000000000000000000000000000000000000"
        "00000000000000ffffffff05022c010101ffffffff0100f2052a010000001976a914c087c6addd45bc2b51618711eca0c1da976a207288ac"
        "00000000"
    )
    [raw] = transactions_of(block)
    assert is_coinbase(raw)
    assert parse(raw).txid() == TxId(block[36:68][::-1].hex())  # the root of a tree with one leaf


@given(transactions)
def test_what_makes_coins(transaction: Transaction) -> None:
    """A coinbase has one input, which spends output 2³² - 1 of a transaction whose id is zeros."""
    nothing = TxId("0" * 64)
    spends = [(entry.txid, entry.vout) for entry in transaction.inputs]
    assert is_coinbase(transaction.serialised()) == (spends == [(nothing, FINAL)])
    coinbase = replace(transaction, inputs=(Input(nothing, FINAL, b"made"),))
    assert is_coinbase(coinbase.serialised())
    assert not is_coinbase(replace(coinbase, inputs=coinbase.inputs * 2).serialised())
