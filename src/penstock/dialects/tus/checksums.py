"""Checksums of chunks (tus 1.0.0, *Checksum*): in a header, or behind the body in a trailer."""

import hashlib
from collections.abc import Callable, Mapping

from starlette.requests import Request

from penstock.dialects.tus.wire import read_checksum
from penstock.engine.appending import Check
from penstock.http.bodies.digests import Crc
from penstock.http.server.exchange import TRAILERS
from penstock.model.faults import InputInvalid, InputMissing
from penstock.ports import Digest

HEADER = "upload-checksum"

ALGORITHMS: Mapping[str, Callable[[], Digest]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "crc32": lambda: Crc("CRC32", 4),
    "crc32c": lambda: Crc("CRC32C", 4),
}


def check_of(request: Request) -> Check | None:
    """How the chunk is checked; None when it is not. Raises `InputInvalid` for a header that cannot be."""
    if (stated := request.headers.get(HEADER)) is not None:
        check = _read(stated)
        return lambda: check
    announced = {name.strip().lower() for name in request.headers.get("trailer", "").split(",")}
    return (lambda: _from_trailers(request)) if HEADER in announced else None


def _from_trailers(request: Request) -> tuple[Digest, str]:
    """What the trailer says. Raises `InputMissing` when it did not come, `InputInvalid`."""
    for name, value in request.scope.get(TRAILERS, ()):
        if name == HEADER.encode():
            return _read(value.decode("latin-1"))
    raise InputMissing("Upload-Checksum")


def _read(stated: str) -> tuple[Digest, str]:
    algorithm, expected = read_checksum(stated)
    if algorithm not in ALGORITHMS:
        raise InputInvalid("Upload-Checksum", "an unknown algorithm")
    digest = ALGORITHMS[algorithm]()
    if len(expected) * 2 != len(digest.hexdigest()):
        raise InputInvalid("Upload-Checksum", "not as long as the digests of this algorithm")
    return digest, expected.hex()
