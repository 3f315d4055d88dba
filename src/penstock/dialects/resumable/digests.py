"""Digests of the whole (RFC 9530): stated in `Repr-Digest`, asked for in `Want-Repr-Digest`."""

import base64
import binascii
import re
from collections.abc import Iterator

from starlette.datastructures import Headers

from penstock.model.faults import InputInvalid
from penstock.model.ids import Sha256

HEADER = "Repr-Digest"

_MEMBER = re.compile(r"([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):(?:;.*)?")
_WANTED = re.compile(r"(?:^|,)\s*sha-256=0*[1-9]")


def stated(headers: Headers) -> Sha256 | None:
    """The SHA-256 that the whole is to have. Digests of other algorithms are passed over (RFC 9530 §5). Raises
    `InputInvalid` for what is no dictionary of digests.
    """
    for algorithm, octets in _members(headers.get(HEADER, "")):
        if algorithm == "sha-256":
            if len(octets) != 32:
                raise InputInvalid(HEADER, "not as long as the digests of this algorithm")
            return Sha256(octets.hex())
    return None


def answering(headers: Headers, sha256: Sha256) -> dict[str, str]:
    """The digest of the whole, if it is wanted."""
    if _WANTED.search(headers.get("want-repr-digest", "")) is None:
        return {}
    return {HEADER: f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"}


def _members(text: str) -> Iterator[tuple[str, bytes]]:
    for member in filter(None, (member.strip() for member in text.split(","))):
        found = _MEMBER.fullmatch(member)
        try:
            if found is None:
                raise ValueError
            yield found[1], base64.b64decode(found[2], validate=True)
        except (binascii.Error, ValueError):
            raise InputInvalid(HEADER, "not a dictionary of digests") from None
