"""Validation of request heads, before the body is read. Nothing that a head says of its body is ignored."""

import re
from collections.abc import Sequence

from starlette.types import Scope

from penstock.http.faults import ContentCodingRefused, TransferCodingUnknown
from penstock.model.faults import Fault, InputInvalid

REFUSED = "penstock.refused"
"""The key in a scope for the fault of its head."""

MAX_HOST = 255

_PERCENT = "%[0-9A-Fa-f]{2}"
# RFC 3986 §3.2.2, without user information (RFC 9110 §4.2.4); §3.2.3 for the port.
_HOST = re.compile(rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|{_PERCENT})+)(?::[0-9]{{0,5}})?")
_CARRYING = frozenset({"PUT", "POST", "PATCH"})


def head_fault(scope: Scope) -> Fault | None:
    """The fault of a request's head, if any."""
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    hosts = _values(headers, b"host")
    if len(hosts) > 1 or (not hosts and scope["http_version"] != "1.0"):
        return InputInvalid("Host", "not there once")  # RFC 9112 §3.2
    if hosts and not is_host(hosts[0]):
        return InputInvalid("Host", "not a host and a port")
    if scope["http_version"] not in {"1.0", "1.1"}:
        return InputInvalid("request", "another version of HTTP")
    codings = _values(headers, b"transfer-encoding")
    if codings and [coding.lower() for coding in codings] != ["chunked"]:
        return TransferCodingUnknown()  # RFC 9112 §6.1
    return _body_fault(scope["method"], headers, bool(codings))


def is_host(text: str) -> bool:
    """Whether this is a valid host, perhaps with a port."""
    return len(text) <= MAX_HOST and _HOST.fullmatch(text) is not None


def _body_fault(method: str, headers: Sequence[tuple[bytes, bytes]], chunked: bool) -> Fault | None:
    if not chunked and all(length == "0" for length in _values(headers, b"content-length")):
        return None
    codings = [coding.strip().lower() for value in _values(headers, b"content-encoding") for coding in value.split(",")]
    if any(coding not in {"", "identity"} for coding in codings):
        return ContentCodingRefused()  # RFC 9110 §15.5.16
    if method in _CARRYING and _values(headers, b"content-range"):
        return InputInvalid("Content-Range", "a body is taken whole")  # RFC 9110 §14.5
    return None


def _values(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key == name]
