"""PINs: MetaID's records in an output's script (FACTS, *A PIN*)."""

from collections.abc import Iterator
from dataclasses import dataclass

from penstock.chain.addresses import is_p2pkh
from penstock.chain.transaction import Output, Transaction
from penstock.model.chain import TxId

PREFIX = b"\x00\x6a"
"""`OP_FALSE OP_RETURN`: an output that nobody can spend and that may be worth nothing."""

SLICE = 520
"""The most bytes of one push."""

_PUSHDATA = {0x4C: 1, 0x4D: 2, 0x4E: 4}


class NotAPin(ValueError):
    """This script is no PIN."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What a PIN says."""

    operation: str
    path: str
    content_type: str
    payload: bytes


def head(operation: str, path: str, content_type: str) -> bytes:
    """The script of a PIN up to its payload."""
    fields = ("metaid", operation, path, "0", "1.0.0", content_type)
    return PREFIX + b"".join(_push(field.encode()) for field in fields)


def pushes(payload: bytes) -> bytes:
    """The payload as pushes of at most 520 bytes. A last byte alone is pushed literally: as an opcode readers would
    lose it.
    """
    return b"".join(_pieces(payload))


def pushed_size(payload: int) -> int:
    """How many bytes the pushes of a payload of so many bytes have."""
    whole, rest = divmod(payload, SLICE)
    return whole * (3 + SLICE) + (len(_opener(rest)) + rest if rest else 0)


def decode(script: bytes) -> Pin:
    """What the PIN in this script says to readers, who write path and content type in lower case. Raises `NotAPin`."""
    pin = as_written(script)
    return Pin(pin.operation, pin.path.lower(), pin.content_type.lower(), pin.payload)


def as_written(script: bytes) -> Pin:
    """What the PIN in this script says, to the letter. Raises `NotAPin`."""
    if not script.startswith(PREFIX):
        raise NotAPin("no OP_RETURN")
    pushed = _pushed(script)
    fields = [next(pushed, b"") for _ in range(6)]
    if fields[0] != b"metaid":
        raise NotAPin("no metaid")
    try:
        _, operation, path, encryption, _, content_type = (field.decode() for field in fields)
    except UnicodeDecodeError as error:
        raise NotAPin("a field is not UTF-8") from error
    if encryption != "0":
        raise NotAPin("it is encrypted")
    return Pin(operation, path, content_type, b"".join(pushed))


def pin_of(transaction: Transaction) -> Pin:
    """The PIN in a transaction, as readers take it. Raises `NotAPin`."""
    return decode(pin_script(transaction))


def pin_script(transaction: Transaction) -> bytes:
    """The script that may be a PIN. Raises `NotAPin`."""
    for output in transaction.outputs:
        if output.script.startswith(PREFIX):
            return output.script
    raise NotAPin("no OP_RETURN")


def pin_id(txid: TxId, outputs: tuple[Output, ...]) -> str:
    """How readers name the PIN of a transaction: by the index of the first output with an address, 0 when there is
    none.
    """
    addressed = (index for index, output in enumerate(outputs) if is_p2pkh(output.script))
    return f"{txid}i{next(addressed, 0)}"


def _pieces(payload: bytes) -> Iterator[bytes | memoryview]:
    view = memoryview(payload)
    for start in range(0, len(view), SLICE):
        piece = view[start : start + SLICE]
        yield _opener(len(piece))
        yield piece


def _push(field: bytes) -> bytes:
    return _opener(len(field)) + field


def _opener(length: int) -> bytes:
    """What stands before a push of so many bytes."""
    if length < 0x4C:
        return bytes([length])
    if length < 1 << 8:
        return bytes([0x4C, length])
    return b"\x4d" + length.to_bytes(2, "little")


def _pushed(script: bytes) -> Iterator[bytes]:
    """What a script pushes behind its prefix."""
    at = len(PREFIX)
    while at < len(script):
        code = script[at]
        at += 1
        if code in _PUSHDATA:
            width = _PUSHDATA[code]
            length = int.from_bytes(script[at : at + width], "little")
            at += width
        elif code < 0x4C:
            length = code
        else:
            yield _opcode(code)
            continue
        if at + length > len(script):
            raise NotAPin("a push ends too early")
        yield script[at : at + length]
        at += length


def _opcode(code: int) -> bytes:
    """The byte that a "minimal push" of others stands for."""
    if code == 0x4F:
        return b"\x81"
    if 0x51 <= code <= 0x60:
        return bytes([code - 0x50])
    raise NotAPin("an opcode in the place of a push")
