"""Validation of requests to publish (metaid.md, *请求参数*; RULINGS, `metaid`)."""

import re
from dataclasses import dataclass

from penstock.chain.addresses import AddressRefused, meta_id, read_address
from penstock.dialects.metaid.wire import ChunkedRequest, DirectRequest
from penstock.engine.media import media_type
from penstock.http.bodies.values import file_name, plain_text, required, within
from penstock.model.chain import Network
from penstock.model.faults import InputInvalid, InputMissing
from penstock.model.publication import Operation
from penstock.publishing.plans import INDEX_PATH

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
_CREATED = re.compile(r"(?:[\w.-]+:)?/.*")
_CHANGED = re.compile(r"@[0-9a-f]{64}i[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Wish:
    """A validated request to publish, without the bytes."""

    address: str
    operation: Operation
    path: str
    content_type: str
    name: str
    fee_rate: int


def direct_wish(payload: DirectRequest, network: Network, *, has_content: bool) -> Wish:
    """The wish of a direct upload. Raises `InputMissing`, `InputInvalid`."""
    address = _address(payload, network)
    name = file_name(required(payload.fileName, "fileName"), "fileName")
    _require_content(has_content)
    operation = _operation(payload.operation)
    path = _path(payload.path, operation)
    return Wish(address, operation, path, _content_type(payload.contentType, name), name, fee_rate(payload.feeRate))


def chunked_wish(payload: ChunkedRequest, network: Network, *, has_content: bool) -> Wish:
    """The wish of a chunked upload. Its paths are fixed: `path` is ignored. Raises as `direct_wish`."""
    address = _address(payload, network)
    name = file_name(required(payload.fileName, "fileName"), "fileName")
    _require_content(has_content)
    if (payload.chain or "mvc") != "mvc":
        raise InputInvalid("chain", "another chain", _quotable(payload.chain))
    operation = _operation(payload.operation)
    if operation is not Operation.CREATE:
        raise InputInvalid("operation", "chunked uploads only create", operation)
    content_type = _content_type(payload.contentType, name)
    return Wish(address, operation, INDEX_PATH, content_type, name, fee_rate(payload.feeRate))


def valid_address(text: str | None, network: Network) -> str:
    """The address, valid on this network. Raises `InputMissing`, `InputInvalid`."""
    address = required(text or None, "address")
    try:
        return read_address(address, network).text
    except AddressRefused as refused:
        raise InputInvalid("address", f"{refused} ({network})", _quotable(address)) from refused


def _address(payload: DirectRequest, network: Network) -> str:
    address = valid_address(payload.address, network)
    if required(payload.metaId or None, "metaId") != meta_id(address):
        raise InputInvalid("metaId", "not the SHA-256 of the address", _quotable(payload.metaId))
    return address


def _require_content(has_content: bool) -> None:
    if not has_content:
        raise InputMissing("content")


def _operation(text: str | None) -> Operation:
    try:
        return Operation(text or Operation.CREATE)
    except ValueError:
        raise InputInvalid("operation", "no such operation", _quotable(text)) from None


def _path(text: str | None, operation: Operation) -> str:
    path = plain_text(text or "/file", "path", MAX_LENGTH)
    if operation is Operation.CREATE:
        if not _CREATED.fullmatch(path):
            raise InputInvalid("path", "not a path", _quotable(path))
    elif not _CHANGED.fullmatch(path):
        raise InputInvalid("operation", f"{operation} needs a path @<pinId>", operation)
    return path


def _content_type(text: str | None, name: str) -> str:
    if not text:
        guessed = media_type(b"", name)
        return guessed if _TEXT.fullmatch(guessed) else f"{guessed};binary"
    if len(text) > MAX_LENGTH or not (_BINARY.fullmatch(text) or _TEXT.fullmatch(text)):
        raise InputInvalid("contentType", "malformed", _quotable(text))
    return text


def fee_rate(rate: int | None) -> int:
    """The fee in satoshi per byte, 1 by default. Raises `InputInvalid`."""
    return within(1 if rate is None else rate, "feeRate", 1, MAX_FEE)


def _quotable(value: str | None) -> str | None:
    return value[:MAX_QUOTED] if value is not None else None
