"""Transactions of the chain: their bytes, their ids, and what a signature signs. Pure functions over bytes.

The wire format is bitcoin's. From version 10 on an id is the double hash of a root of fixed size, so that it can be
computed from digests of scripts (`txid_of`); below, of the raw bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from penstock.model.chain import TxId

VERSION = 10
FINAL = 0xFFFFFFFF
"""The sequence of an input that is not to be replaced."""

ALL_FORKID = 0x41
"""Signs every input and output (BIP143)."""

HEADER = 80
"""The bytes of a block before its transactions."""

MAX_SCRIPT_SIG = 1 + 72 + 1 + 33
"""A P2PKH unlocking script: a low-S signature in DER with its hash type, and a compressed public key."""


class Malformed(ValueError):
    """These bytes are no transaction."""


@dataclass(frozen=True, slots=True)
class Input:
    """Spends output `vout` of the transaction `txid`."""

    txid: TxId
    vout: int
    script: bytes = b""
    sequence: int = FINAL

    def outpoint(self) -> bytes:
        """What is spent, as 36 bytes."""
        return bytes.fromhex(self.txid)[::-1] + self.vout.to_bytes(4, "little")

    def serialised(self) -> bytes:
        """The wire format."""
        return self.outpoint() + length_of(self.script) + self.script + self.sequence.to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class Output:
    """Pays `value` satoshi to whoever satisfies the script."""

    value: int
    script: bytes

    def serialised(self) -> bytes:
        """The wire format."""
        return b"".join((self.value.to_bytes(8, "little"), length_of(self.script), self.script))

    def digest(self) -> bytes:
        """What of this output the id of a transaction is made of: 40 bytes."""
        return self.value.to_bytes(8, "little") + sha256(self.script).digest()


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    version: int = VERSION
    locktime: int = 0

    def serialised(self) -> bytes:
        """The wire format."""
        return b"".join(
            (
                self.version.to_bytes(4, "little"),
                compact_size(len(self.inputs)),
                *(entry.serialised() for entry in self.inputs),
                compact_size(len(self.outputs)),
                *(entry.serialised() for entry in self.outputs),
                self.locktime.to_bytes(4, "little"),
            )
        )

    def txid(self) -> TxId:
        """The id."""
        if self.version < VERSION:
            return _reversed(double_sha256(self.serialised()))
        return txid_of(self.inputs, [output.digest() for output in self.outputs], self.version, self.locktime)


def txid_of(
    inputs: Sequence[Input], output_digests: Sequence[bytes], version: int = VERSION, locktime: int = 0
) -> TxId:
    """The id of a transaction of version 10 or more, from the digests of its outputs."""
    root = b"".join(
        (
            version.to_bytes(4, "little"),
            locktime.to_bytes(4, "little"),
            len(inputs).to_bytes(4, "little"),
            len(output_digests).to_bytes(4, "little"),
            _sha256(entry.outpoint() + entry.sequence.to_bytes(4, "little") for entry in inputs),
            _sha256(sha256(entry.script).digest() for entry in inputs),
            _sha256(output_digests),
        )
    )
    return _reversed(double_sha256(root))


def outputs_hash(outputs: Iterable[Output]) -> bytes:
    """What of the outputs a signature signs."""
    return sha256(_sha256(output.serialised() for output in outputs)).digest()


def signature_hash(
    inputs: Sequence[Input],
    outputs: bytes,
    index: int,
    value: int,
    lock: bytes,
    version: int = VERSION,
    locktime: int = 0,
) -> bytes:
    """What input `index` signs when it spends `value` satoshi locked by the script `lock`; `outputs` as
    `outputs_hash` gives it (BIP143 with `ALL|FORKID`).
    """
    entry = inputs[index]
    return double_sha256(
        b"".join(
            (
                version.to_bytes(4, "little"),
                sha256(_sha256(other.outpoint() for other in inputs)).digest(),
                sha256(_sha256(other.sequence.to_bytes(4, "little") for other in inputs)).digest(),
                entry.outpoint(),
                length_of(lock),
                lock,
                value.to_bytes(8, "little"),
                entry.sequence.to_bytes(4, "little"),
                outputs,
                locktime.to_bytes(4, "little"),
                ALL_FORKID.to_bytes(4, "little"),
            )
        )
    )


def size_of(inputs: int, output_sizes: Sequence[int]) -> int:
    """The most bytes that a transaction of so many P2PKH inputs and of these outputs has."""
    signed = 36 + len(compact_size(MAX_SCRIPT_SIG)) + MAX_SCRIPT_SIG + 4
    counts = len(compact_size(inputs)) + len(compact_size(len(output_sizes)))
    return 4 + counts + inputs * signed + sum(output_sizes) + 4


def output_size(script: int) -> int:
    """The bytes of an output whose script has so many."""
    return 8 + len(compact_size(script)) + script


def parse(raw: bytes) -> Transaction:
    """The transaction of these bytes, all of them. Raises `Malformed`."""
    reader = _Reader(raw)
    transaction = _transaction(reader)
    reader.end()
    return transaction


def transactions_of(block: bytes) -> Iterator[bytes]:
    """The transactions of a block, each in the wire format. Raises `Malformed`."""
    reader = _Reader(block, HEADER)
    for _ in range(reader.count()):
        start = reader.at
        _transaction(reader)
        yield block[start : reader.at]
    reader.end()


def is_coinbase(raw: bytes) -> bool:
    """Whether this transaction makes coins: its only input spends nothing."""
    return raw[4:41] == b"\1" + bytes(32) + FINAL.to_bytes(4, "little")


def _transaction(reader: "_Reader") -> Transaction:
    version = reader.number(4)
    inputs = tuple(_input(reader) for _ in range(reader.count()))
    outputs = tuple(Output(reader.number(8), reader.script()) for _ in range(reader.count()))
    return Transaction(inputs, outputs, version, reader.number(4))


def _input(reader: "_Reader") -> Input:
    txid = _reversed(reader.take(32))
    return Input(txid, reader.number(4), reader.script(), reader.number(4))


class _Reader:
    """Reads numbers and scripts off the front of some bytes."""

    def __init__(self, raw: bytes, start: int = 0) -> None:
        self._raw = raw
        self.at = start

    def take(self, count: int) -> bytes:
        taken = self._raw[self.at : self.at + count]
        if len(taken) < count:
            raise Malformed("it ends too early")
        self.at += count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def count(self) -> int:
        """How many follow, as bitcoin writes it: never longer than it must be."""
        first = self.number(1)
        value = first if first < 0xFD else self.number(1 << (first - 0xFC))
        if first >= 0xFD and compact_size(value)[0] != first:
            raise Malformed("a count is written too long")
        return value

    def script(self) -> bytes:
        return self.take(self.count())

    def end(self) -> None:
        if self.at != len(self._raw):
            raise Malformed("bytes are left over")


def compact_size(number: int) -> bytes:
    """A count as bitcoin writes it."""
    if number < 0xFD:
        return number.to_bytes(1, "little")
    if number < 1 << 16:
        return b"\xfd" + number.to_bytes(2, "little")
    if number < 1 << 32:
        return b"\xfe" + number.to_bytes(4, "little")
    return b"\xff" + number.to_bytes(8, "little")


def length_of(script: bytes) -> bytes:
    """The length of a script, as it stands before it."""
    return compact_size(len(script))


def double_sha256(message: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return sha256(sha256(message).digest()).digest()


def _sha256(pieces: Iterable[bytes]) -> bytes:
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def _reversed(digest: bytes) -> TxId:
    return TxId(digest[::-1].hex())
