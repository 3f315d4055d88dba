"""A real transaction of the chain and a hand-made one, bit for bit."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.chain.addresses import AddressRefused, address_of, read_address
from penstock.chain.consensus import Spent, check, decoded
from penstock.chain.keys import unlocks
from penstock.chain.pins import Pin, decode, head, pin_id, pin_of, pushes
from penstock.chain.transaction import (
    Input,
    Output,
    Transaction,
    double_sha256,
    outputs_hash,
    parse,
    size_of,
)
from penstock.model.chain import Network, TxId
from tests.chain.vectors import Vector, spent_by, vector

BOTH = pytest.mark.parametrize("name", ["mainnet", "handmade"])


def parsed(known: Vector) -> Transaction:
    return parse(bytes.fromhex(known["hex"]))


def may_spend(transaction: Transaction, spent: Output) -> bool:
    return unlocks(transaction, outputs_hash(transaction.outputs), 0, spent)


def flipped(message: bytes, bit: int) -> bytes:
    changed = bytearray(message)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@BOTH
def test_the_bytes_come_back(name: str) -> None:
    """A published transaction that is read and written again is the same, byte for byte."""
    known = vector(name)
    assert parsed(known).serialised().hex() == known["hex"]


@BOTH
def test_the_id(name: str) -> None:
    """A published transaction has its published id."""
    assert parsed(vector(name)).txid() == vector(name)["txid"]


@BOTH
def test_the_signature(name: str) -> None:
    """The signature of a published transaction lets it spend what it spends."""
    known = vector(name)
    assert may_spend(parsed(known), spent_by(known))


@BOTH
def test_the_chain_takes_it(name: str) -> None:
    """A published transaction is taken where what it spends is known."""
    known = vector(name)
    offered = decoded(bytes.fromhex(known["hex"]))
    entry = offered.transaction.inputs[0]
    check(offered, {(entry.txid, entry.vout): Spent(spent_by(known))})


@BOTH
def test_any_bit_of_the_outputs(name: str) -> None:
    """With one bit of an output flipped, the signature is no longer good."""
    known = vector(name)
    whole = parsed(known)
    for number, output in enumerate(whole.outputs):
        changed = [replace(output, value=output.value ^ 1 << bit) for bit in range(64)]
        changed += [replace(output, script=flipped(output.script, bit)) for bit in range(0, len(output.script) * 8, 7)]
        for other in changed:
            outputs = (*whole.outputs[:number], other, *whole.outputs[number + 1 :])
            assert not may_spend(replace(whole, outputs=outputs), spent_by(known))


@BOTH
def test_any_bit_of_what_is_spent(name: str) -> None:
    """With one bit of the amount or of the locking script flipped, the signature is no longer good."""
    known = vector(name)
    spent, whole = spent_by(known), parsed(known)
    for bit in range(63):
        assert not may_spend(whole, replace(spent, value=spent.value ^ 1 << bit))
    for bit in range(len(spent.script) * 8):
        assert not may_spend(whole, replace(spent, script=flipped(spent.script, bit)))


@BOTH
def test_any_bit_of_the_unlocking_script(name: str) -> None:
    """With one bit of the unlocking script flipped, the signature is no longer good, and the id is another one."""
    known = vector(name)
    whole = parsed(known)
    [entry] = whole.inputs
    for bit in range(len(entry.script) * 8):
        other = replace(whole, inputs=(replace(entry, script=flipped(entry.script, bit)),))
        assert not may_spend(other, spent_by(known))
        assert other.txid() != known["txid"]


REST: dict[str, Callable[[Transaction], Transaction]] = {
    "version": lambda whole: replace(whole, version=11),
    "locktime": lambda whole: replace(whole, locktime=1),
    "sequence": lambda whole: replace(whole, inputs=(replace(whole.inputs[0], sequence=0),)),
    "vout": lambda whole: replace(whole, inputs=(replace(whole.inputs[0], vout=3),)),
    "txid": lambda whole: replace(whole, inputs=(replace(whole.inputs[0], txid=TxId("ab" * 32)),)),
}


@BOTH
@pytest.mark.parametrize("change", REST.values(), ids=REST)
def test_everything_else_is_signed_too(name: str, change: Callable[[Transaction], Transaction]) -> None:
    """With another version, lock time, sequence or outpoint the signature is not good, and the id is another one."""
    known = vector(name)
    other = change(parsed(known))
    assert not may_spend(other, spent_by(known))
    assert other.txid() != known["txid"]


def test_the_legacy_id() -> None:
    """Below version 10 an id is the double hash of the raw bytes, from 10 on it is not."""
    known = vector("handmade")
    whole = parsed(known)
    assert double_sha256(bytes.fromhex(known["hex"]))[::-1].hex() == known["legacy"] != whole.txid()
    for version in range(1, 14):
        other = replace(whole, version=version)
        legacy = double_sha256(other.serialised())[::-1].hex()
        assert (other.txid() == legacy) is (version < 10)


def test_made_from_its_parts() -> None:
    """The hand-made transaction comes out of our own functions, given its signature and what it says."""
    known = vector("handmade")
    whole = parsed(known)
    _, pin, change = whole.outputs
    said = decode(pin.script)
    user = read_address(known["addr"], Network.MAINNET)
    made = Transaction(
        (Input(TxId("aa" * 32), 1, whole.inputs[0].script),),
        (
            Output(1, user.script),
            Output(0, head("create", "/file", "image/png;binary") + pushes(said.payload)),
            Output(change.value, user.script),
        ),
    )
    assert made.serialised().hex() == known["hex"]
    assert (said.operation, said.path, said.content_type) == ("create", "/file", "image/png;binary")
    assert said.payload == (bytes(range(256)) * 5)[: len(said.payload)]
    assert len(said.payload) > 1040
    assert pin_of(made) == said
    assert pin_id(made.txid(), made.outputs) == f"{known['txid']}i0"


def test_its_fee() -> None:
    """The hand-made transaction pays one satoshi for each byte of the size that is reckoned before it is signed."""
    known = vector("handmade")
    whole = parsed(known)
    assert known["sats"] - sum(output.value for output in whole.outputs) == known["fee"]
    assert len(whole.serialised()) == known["size"]
    assert size_of(1, [len(output.serialised()) for output in whole.outputs]) == known["fee"]


def test_its_address() -> None:
    """The hand-made transaction's public key, address and locking script belong together."""
    known = vector("handmade")
    address = address_of(bytes.fromhex(known["pub"]), Network.MAINNET)
    assert (address.text, address.script.hex()) == (known["addr"], known["lock"])
    assert read_address(known["addr"], Network.MAINNET) == address
    with pytest.raises(AddressRefused):
        read_address(known["addr"], Network.TESTNET)


def test_what_the_real_one_says() -> None:
    """The PIN of a stranger's real transaction can be read."""
    known = vector("mainnet")
    whole = parsed(known)
    said = pin_of(whole)
    assert said == Pin("create", said.path, "text/plain;utf-8", said.payload)
    assert said.path.endswith(":/protocols/simplebuzz")
    assert said.payload.decode().startswith('{"content":"My new plant')
    assert pin_id(whole.txid(), whole.outputs) == f"{known['txid']}i0"
