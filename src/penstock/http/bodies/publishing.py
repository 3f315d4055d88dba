"""What requests to publish say, in every dialect's names of its parameters."""

import re

from penstock.chain.addresses import AddressRefused, read_address
from penstock.engine.media import media_type
from penstock.http.bodies.values import required, within
from penstock.model.chain import Network
from penstock.model.faults import InputInvalid

MAX_LENGTH = 255
"""The most characters of a path or a content type."""

MAX_QUOTED = 100
"""The most characters of a wrong value that are repeated in the answer."""

MAX_FEE = 1_000_000

_BINARY = re.compile(r"[\w.+-]{1,127}/[\w.+-]{1,127};binary", re.ASCII | re.IGNORECASE)
_TEXT = re.compile(
    r"(?:text/[\w.+-]{1,127}|application/(?:json|javascript|xml|[\w.-]{1,120}\+(?:json|xml)))"
    r"(?:; ?(?:charset=)?utf-8)?",
    re.ASCII | re.IGNORECASE,
)


def valid_address(text: str | None, network: Network) -> str:
    """The address, valid on this network. Raises `InputMissing`, `InputInvalid`."""
    address = required(text or None, "address")
    try:
        return read_address(address, network).text
    except AddressRefused as refused:
        raise InputInvalid("address", f"{refused} ({network})", quotable(address)) from refused


def content_type(text: str, name: str) -> str:
    """A content type of PINs, told by the parameter of this name. Raises `InputInvalid`."""
    if len(text) > MAX_LENGTH or not (_BINARY.fullmatch(text) or _TEXT.fullmatch(text)):
        raise InputInvalid(name, "malformed", quotable(text))
    return text


def usual_content_type(file_name: str) -> str:
    """The content type of the PIN of a file that is called so."""
    guessed = media_type(b"", file_name)
    return guessed if _TEXT.fullmatch(guessed) else f"{guessed};binary"


def fee_rate(rate: int | None, name: str) -> int:
    """The fee in satoshi per byte, 1 by default. Raises `InputInvalid`."""
    return within(1 if rate is None else rate, name, 1, MAX_FEE)


def quotable(value: str | None) -> str | None:
    """What is repeated of a wrong value."""
    return value[:MAX_QUOTED] if value is not None else None
