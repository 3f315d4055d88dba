"""Validation of requests to publish (metaid.md, *请求参数*; RULINGS, `metaid`)."""

import re
from dataclasses import dataclass

from penstock.chain.addresses import meta_id
from penstock.dialects.metaid.wire import ChunkedRequest, DirectRequest
from penstock.http.bodies.publishing import (
    MAX_LENGTH,
    content_type,
    fee_rate,
    quotable,
    usual_content_type,
    valid_address,
)
from penstock.http.bodies.values import file_name, plain_text, required
from penstock.model.chain import Network
from penstock.model.faults import InputInvalid, InputMissing
from penstock.model.publication import Operation
from penstock.publishing.plans import INDEX_PATH

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
    return Wish(
        address, operation, path, _content_type(payload.contentType, name), name, fee_rate(payload.feeRate, "feeRate")
    )


def chunked_wish(payload: ChunkedRequest, network: Network, *, has_content: bool) -> Wish:
    """The wish of a chunked upload. Its paths are fixed: `path` is ignored. Raises as `direct_wish`."""
    address = _address(payload, network)
    name = file_name(required(payload.fileName, "fileName"), "fileName")
    _require_content(has_content)
    if (payload.chain or "mvc") != "mvc":
        raise InputInvalid("chain", "another chain", quotable(payload.chain))
    operation = _operation(payload.operation)
    if operation is not Operation.CREATE:
        raise InputInvalid("operation", "chunked uploads only create", operation)
    kind = _content_type(payload.contentType, name)
    return Wish(address, operation, INDEX_PATH, kind, name, fee_rate(payload.feeRate, "feeRate"))


def _address(payload: DirectRequest, network: Network) -> str:
    address = valid_address(payload.address, network)
    if required(payload.metaId or None, "metaId") != meta_id(address):
        raise InputInvalid("metaId", "not the SHA-256 of the address", quotable(payload.metaId))
    return address


def _require_content(has_content: bool) -> None:
    if not has_content:
        raise InputMissing("content")


def _operation(text: str | None) -> Operation:
    try:
        return Operation(text or Operation.CREATE)
    except ValueError:
        raise InputInvalid("operation", "no such operation", quotable(text)) from None


def _path(text: str | None, operation: Operation) -> str:
    path = plain_text(text or "/file", "path", MAX_LENGTH)
    if operation is Operation.CREATE:
        if not _CREATED.fullmatch(path):
            raise InputInvalid("path", "not a path", quotable(path))
    elif not _CHANGED.fullmatch(path):
        raise InputInvalid("operation", f"{operation} needs a path @<pinId>", operation)
    return path


def _content_type(text: str | None, name: str) -> str:
    return content_type(text, "contentType") if text else usual_content_type(name)
