"""Digests that a request states of its body: verified as it streams, before its end is passed on.

`Content-MD5` (RFC 1864), `Content-Digest` (RFC 9530), and S3's `x-amz-checksum-*`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import anycrc
from starlette.types import Message, Receive

from penstock.model.faults import InputInvalid
from penstock.pools import Pool


class BodyHasher(Protocol):
    """The interface of `hashlib`'s digests."""

    def update(self, data: bytes, /) -> None:
        """Add a piece of the body."""

    def digest(self) -> bytes:
        """The digest of all pieces."""


class Crc:
    """A CRC with the interface of `hashlib`'s digests, most significant byte first."""

    def __init__(self, model: str, width: int, value: int | None = None) -> None:
        """`width` is in bytes; `value` continues a CRC."""
        self._model = anycrc.Model(model)
        self._name = model
        self._width = width
        self._value = value

    def update(self, data: bytes | memoryview, /) -> None:
        """Add a piece."""
        self._value = self._model.calc(data) if self._value is None else self._model.calc(data, self._value)

    def digest(self) -> bytes:
        """The CRC of all pieces."""
        return int(self._model.calc(b"") if self._value is None else self._value).to_bytes(self._width, "big")

    def hexdigest(self) -> str:
        """The same in hex."""
        return self.digest().hex()

    def copy(self) -> "Crc":
        """A second one that has taken in the same pieces."""
        return Crc(self._name, self._width, self._value)


def _md5() -> BodyHasher:
    return hashlib.md5(usedforsecurity=False)


def _sha1() -> BodyHasher:
    return hashlib.sha1(usedforsecurity=False)


CONTENT_DIGESTS: dict[str, Callable[[], BodyHasher]] = {
    "sha-256": hashlib.sha256,
    "sha-512": hashlib.sha512,
    "md5": _md5,
    "sha": _sha1,
}
"""Algorithms of `Content-Digest` by their registered names (RFC 9530 §7.2)."""

AMZ = "x-amz-checksum-"
AMZ_CHECKSUMS: dict[str, Callable[[], BodyHasher]] = {
    "crc32": lambda: Crc("CRC32", 4),
    "crc32c": lambda: Crc("CRC32C", 4),
    "crc64nvme": lambda: Crc("CRC64-NVME", 8),
    "sha1": _sha1,
    "sha256": hashlib.sha256,
}
_NO_CHECKSUMS = frozenset({"algorithm", "type", "mode"})
"""Headers with the prefix of S3's checksums that state no digest."""

_MEMBER = re.compile(r"([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):(?:;.*)?")
_INLINE = 32 * 1024
"""The largest piece, in bytes, that is hashed on the event loop; larger ones are hashed on a thread."""
_threads = Pool(2, "body-digest")


@dataclass(frozen=True, slots=True)
class Stated:
    """One digest that a header states."""

    header: str
    value: bytes
    hasher: BodyHasher


def stated_digests(headers: Sequence[tuple[bytes, bytes]]) -> list[Stated]:
    """The digests that these headers state of the body. Raises `InputInvalid` for one that cannot be verified: a stated
    digest is never ignored.
    """
    return [
        stated
        for raw_name, raw_value in headers
        if raw_name in _NAMES or raw_name.startswith(AMZ.encode())
        for stated in _read(raw_name.decode("latin-1"), raw_value.decode("latin-1").strip())
    ]


_NAMES = frozenset({b"content-md5", b"content-digest"})


def verifying(stated: Sequence[Stated], receive: Receive) -> Receive:
    """A `receive` that raises `InputInvalid` in place of the body's last piece when a digest differs."""

    async def verified() -> Message:
        message = await receive()
        if message["type"] != "http.request":
            return message
        await _update(stated, message.get("body", b""))
        if not message.get("more_body", False):
            for one in stated:
                if one.hasher.digest() != one.value:
                    raise InputInvalid(one.header, "not the digest of the body")
        return message

    return verified


async def _update(stated: Sequence[Stated], body: bytes) -> None:
    if len(body) <= _INLINE:
        _hash(stated, body)
    else:
        await _threads.run(_hash, stated, body)


def _hash(stated: Sequence[Stated], body: bytes) -> None:
    for one in stated:
        one.hasher.update(body)


def _read(name: str, value: str) -> list[Stated]:
    if name == "content-md5":
        return [Stated("Content-MD5", _octets("Content-MD5", value, 16), _md5())]
    if name == "content-digest":
        return _read_content_digest(value)
    algorithm = name.removeprefix(AMZ)
    if algorithm in _NO_CHECKSUMS:
        return []
    if algorithm not in AMZ_CHECKSUMS:
        raise InputInvalid(name, "an unknown algorithm")
    hasher = AMZ_CHECKSUMS[algorithm]()
    return [Stated(name, _octets(name, value, len(hasher.digest())), hasher)]


def _read_content_digest(value: str) -> list[Stated]:
    """A dictionary of byte sequences (RFC 9651 §3.2), whatever their parameters. Unknown algorithms may stand beside a
    known one.
    """
    members = [_MEMBER.fullmatch(member.strip()) for member in value.split(",")]
    if None in members:
        raise InputInvalid("Content-Digest", "not a dictionary of digests")
    known = [member for member in members if member is not None and member[1] in CONTENT_DIGESTS]
    if not known:
        raise InputInvalid("Content-Digest", "no known algorithm")
    stated = []
    for member in known:
        hasher = CONTENT_DIGESTS[member[1]]()
        stated.append(Stated("Content-Digest", _octets("Content-Digest", member[2], len(hasher.digest())), hasher))
    return stated


def _octets(name: str, text: str, length: int) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputInvalid(name, "not base64") from None
    if len(octets) != length:
        raise InputInvalid(name, f"not {length} bytes in base64")
    return octets
