"""Checksums of chunks (tus 1.0.0, *Checksum*): in a header, or behind the body in a trailer."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anycrc
from starlette.requests import Request

from penstock.dialects.tus.wire import read_checksum
from penstock.engine.appending import Check
from penstock.http.server.exchange import TRAILERS
from penstock.model.faults import InputInvalid, InputMissing
from penstock.ports import Digest

HEADER = "upload-checksum"


class _Crc32:
    """A CRC of 32 bits as a hasher, most significant byte first."""

    def __init__(self, model: Any, crc: int | None = None) -> None:
        self._model = model
        self._crc = crc

    def update(self, piece: memoryview, /) -> None:
        self._crc = self._model.calc(piece) if self._crc is None else self._model.calc(piece, self._crc)

    def copy(self) -> "_Crc32":
        return _Crc32(self._model, self._crc)

    def hexdigest(self) -> str:
        return f"{self._model.calc(b'') if self._crc is None else self._crc:08x}"


ALGORITHMS: Mapping[str, Callable[[], Digest]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "crc32": lambda: _Crc32(anycrc.Model("CRC32")),
    "crc32c": lambda: _Crc32(anycrc.Model("CRC32C")),
}


def check_of(request: Request) -> Check | None:
    """How the chunk is checked; None when it is not. Raises `InputInvalid` for a header that cannot be."""
    stated = request.headers.get(HEADER)
    if stated is not None:
        algorithm, expected = _read(stated)
        return Check(ALGORITHMS[algorithm](), lambda: expected)
    if HEADER in _announced(request):
        every = _Every()
        return Check(every, lambda: every.choose(request.scope.get(TRAILERS, ())))
    return None


class _Every:
    """Every digest of a body whose trailer will say which one counts."""

    def __init__(self) -> None:
        self._digests = {name: made() for name, made in ALGORITHMS.items()}
        self._chosen = ""

    def update(self, piece: memoryview, /) -> None:
        """Take these bytes in, for the chosen one alone: the trailer is there before the bytes are read again."""
        self._digests[self._chosen].update(piece)

    def copy(self) -> "_Every":
        """None is needed: nothing is undone."""
        return self

    def hexdigest(self) -> str:
        """The chosen one's."""
        return self._digests[self._chosen].hexdigest()

    def choose(self, trailers: Sequence[tuple[bytes, bytes]]) -> str:
        """The digest that the trailer states. Raises `InputMissing` when it did not come."""
        for name, value in trailers:
            if name == HEADER.encode():
                self._chosen, expected = _read(value.decode("latin-1"))
                return expected
        raise InputMissing("Upload-Checksum")


def _announced(request: Request) -> set[str]:
    return {name.strip().lower() for name in request.headers.get("trailer", "").split(",")}


def _read(stated: str) -> tuple[str, str]:
    algorithm, expected = read_checksum(stated)
    if algorithm not in ALGORITHMS:
        raise InputInvalid("Upload-Checksum", "an unknown algorithm")
    if len(expected) * 2 != len(ALGORITHMS[algorithm]().hexdigest()):
        raise InputInvalid("Upload-Checksum", "not as long as the digests of this algorithm")
    return algorithm, expected.hex()
