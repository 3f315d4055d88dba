"""PINs: what is pushed is what readers find, to the last byte."""

from collections.abc import Iterator
from hashlib import shake_128

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.chain.addresses import p2pkh
from penstock.chain.pins import (
    PREFIX,
    SLICE,
    NotAPin,
    Pin,
    decode,
    head,
    pin_id,
    pin_of,
    pushed_size,
    pushes,
)
from penstock.chain.transaction import Input, Output, Transaction
from penstock.model.chain import TxId

CHUNK = 2_097_152
LENGTHS = [
    0,
    1,
    2,
    *range(74, 78),
    *range(254, 259),
    *range(519, 524),
    *range(1039, 1043),
    *range(CHUNK - 1, CHUNK + 2),
]
FIELDS = (b"metaid", b"create", b"/file", b"0", b"1.0.0", b"image/png;binary")
HEAD = head("create", "/file", "image/png;binary")
TXID = TxId("ab" * 32)
PAYMENT = Output(1, p2pkh(bytes(20)))

some_text = st.text(st.characters(codec="utf-8"), max_size=300)


def payload_of(length: int) -> bytes:
    return shake_128(b"payload").digest(length)


def read_by_the_rules(script: bytes) -> Iterator[tuple[bytes, bytes]]:
    """How bitcoin reads a script of literal pushes: what stands before each push, and what it pushes."""
    while script:
        code = script[0]
        if code <= 75:
            opener, length = script[:1], code
        elif code == 76:
            opener, length = script[:2], script[1]
        elif code == 77:
            opener, length = script[:3], script[1] + 256 * script[2]
        else:
            raise AssertionError(f"{code:#x} is no push")
        pushed, script = script[len(opener) : len(opener) + length], script[len(opener) + length :]
        assert len(pushed) == length
        yield opener, pushed


def shortest_opener(length: int) -> bytes:
    if length <= 75:
        return bytes([length])
    return bytes([76, length]) if length <= 255 else bytes([77, length % 256, length // 256])


def pushed_with(*tail: bytes) -> bytes:
    """A PIN whose payload stands there as these bytes of script."""
    return HEAD + b"".join(tail)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_payload_comes_back(length: int) -> None:
    """A payload of any length is found again in its PIN, and its pushes have the announced size."""
    payload = payload_of(length)
    pushed = pushes(payload)
    assert len(pushed) == pushed_size(length)
    assert decode(HEAD + pushed) == Pin("create", "/file", "image/png;binary", payload)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_layout(length: int) -> None:
    """A payload stands in the script as literal pushes: 520 bytes each but for the last, each as short as it can be."""
    payload = payload_of(length)
    found = list(read_by_the_rules(pushes(payload)))
    assert b"".join(pushed for _, pushed in found) == payload
    assert [len(pushed) for _, pushed in found[:-1]] == [SLICE] * (max(length - 1, 0) // SLICE)
    assert all(opener == shortest_opener(len(pushed)) for opener, pushed in found)
    assert all(pushed for _, pushed in found)


def test_the_layout_of_the_head() -> None:
    """A PIN opens with OP_FALSE OP_RETURN, `metaid`, operation, path, `0`, `1.0.0` and the type, pushed literally."""
    assert HEAD[:2] == b"\x00\x6a"
    assert tuple(pushed for _, pushed in read_by_the_rules(HEAD[2:])) == FIELDS


@pytest.mark.parametrize("length", [1, 2, 76, 256, 520, 521, 522, 1041])
def test_every_last_byte(length: int) -> None:
    """Whatever the last byte of a payload is, it is kept, and alone in a push it stands there as `01 xx`."""
    for last in range(256):
        payload = payload_of(length - 1) + bytes([last])
        pushed = pushes(payload)
        assert decode(HEAD + pushed).payload == payload
        assert len(pushed) == pushed_size(length)
        if length % SLICE == 1:
            assert pushed[-2:] == bytes([1, last])


@given(st.binary(max_size=1200), some_text, some_text, some_text)
@example(b"", "", "", "")
def test_anything_comes_back(payload: bytes, operation: str, path: str, content_type: str) -> None:
    """Whatever a PIN says is found in it again, path and type in lowercase."""
    script = head(operation, path, content_type) + pushes(payload)
    assert decode(script) == Pin(operation, path.lower(), content_type.lower(), payload)


@pytest.mark.parametrize("byte", [*range(1, 17), 0x81])
def test_minimal_pushes_of_others(byte: int) -> None:
    """A byte that another writer pushed as an opcode is not lost."""
    code = 0x4F if byte == 0x81 else 0x50 + byte
    assert decode(pushed_with(b"\x02ab", bytes([code]))).payload == b"ab" + bytes([byte])
    assert decode(pushed_with(bytes([code]), b"\x02ab")).payload == bytes([byte]) + b"ab"


@pytest.mark.parametrize(
    "opener", [b"\x03", b"\x4c\x03", b"\x4d\x03\x00", b"\x4e\x03\x00\x00\x00"], ids=["plain", "1", "2", "4"]
)
def test_longer_pushes_of_others(opener: bytes) -> None:
    """A push is read in each way of writing its length."""
    assert decode(pushed_with(opener, b"abc")).payload == b"abc"


@pytest.mark.parametrize(
    "tail",
    [
        b"\x02a",
        b"\x4c",
        b"\x4c\x02a",
        b"\x4d\x02",
        b"\x4d\x00\x01a",
        b"\x4e\xff\xff\xff\xff",
        b"\x4e\xff\xff",
        b"\x50",
        b"\x61",
        b"\x6a",
        b"\xac",
        b"\xff",
    ],
)
def test_not_a_push(tail: bytes) -> None:
    """A push that ends too early, or anything that is none, makes it no PIN."""
    with pytest.raises(NotAPin):
        decode(pushed_with(b"\x02ab", tail))


@pytest.mark.parametrize("length", range(len(HEAD)))
def test_cut_off(length: int) -> None:
    """A PIN that is cut off in its head is none, or says less; never anything else."""
    try:
        said = decode(HEAD[:length])
    except NotAPin:
        return
    assert said.payload == b""
    assert said.content_type == ""


@given(st.binary(max_size=400))
@example(b"")
@example(b"\x4e\xff\xff\xff\xff")
def test_junk_behind_the_prefix(junk: bytes) -> None:
    """Junk is a PIN or is none; it is nothing else."""
    for script in (junk, PREFIX + junk, PREFIX + b"\x06metaid" + junk, HEAD + junk):
        try:
            decode(script)
        except NotAPin:
            continue


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"\x6a\x06metaid",
        PREFIX,
        PREFIX + b"\x06metaiD" + HEAD[9:],
        p2pkh(bytes(20)),
        HEAD.replace(b"\x010", b"\x011"),
        HEAD.replace(b"create", b"\xff\xffeate"),
        HEAD.replace(b"/file", b"/fil\x80"),
    ],
    ids=["empty", "no OP_FALSE", "nothing", "another word", "payment", "encrypted", "operation", "path"],
)
def test_no_pin(script: bytes) -> None:
    """What does not open as a PIN does, is encrypted, or has fields that are no text, is none."""
    with pytest.raises(NotAPin):
        decode(script)


def test_the_pin_of_a_transaction() -> None:
    """The PIN of a transaction is its first OP_RETURN, wherever that stands."""
    first, second = Output(0, HEAD + pushes(b"first")), Output(0, HEAD + pushes(b"second"))
    spent = (Input(TXID, 0),)
    for outputs in ((first,), (PAYMENT, first), (first, PAYMENT), (PAYMENT, first, second)):
        assert pin_of(Transaction(spent, outputs)).payload == b"first"
    for without in ((), (PAYMENT,), (Output(0, PREFIX), first)):
        with pytest.raises(NotAPin):
            pin_of(Transaction(spent, without))


def test_the_id_of_a_pin() -> None:
    """A PIN is named by the index of the first output with an address, 0 when there is none."""
    pin = Output(0, HEAD)
    assert pin_id(TXID, (pin,)) == f"{TXID}i0"
    assert pin_id(TXID, (PAYMENT, pin, PAYMENT)) == f"{TXID}i0"
    assert pin_id(TXID, (pin, PAYMENT)) == f"{TXID}i1"
    assert pin_id(TXID, (pin, pin, PAYMENT, PAYMENT)) == f"{TXID}i2"
