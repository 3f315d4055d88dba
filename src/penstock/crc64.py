"""CRC-64/NVME, by which S3 checks a whole object that was put together from parts, and we the bytes of an append: the
CRC of two runs of bytes in a row follows from theirs.
"""

from base64 import b64encode
from collections.abc import Iterable

from anycrc import Model

_MODEL = Model("CRC64-NVME")


PREFIX = "crc64:"
"""What the digest of appended bytes begins with."""


def crc_of(piece: bytes | memoryview, before: int = 0) -> int:
    """The CRC of what has the CRC `before` followed by this piece."""
    return int(_MODEL.calc(piece, before))


class Crc64:
    """The CRC as a hasher (`ports.Digest`). Its `hexdigest` says what it is."""

    def __init__(self, before: int = 0) -> None:
        self._crc = before

    def update(self, piece: memoryview | bytes, /) -> None:
        """Take these bytes in."""
        self._crc = crc_of(piece, self._crc)

    def copy(self) -> "Crc64":
        """A second one that has taken in the same bytes."""
        return Crc64(self._crc)

    def hexdigest(self) -> str:
        """As records of appended bytes have it."""
        return f"{PREFIX}{self._crc:016x}"


def followed(before: str, after: str, length: int) -> str:
    """The digest of two runs of bytes in a row, from theirs (`Crc64.hexdigest`), the second being `length` bytes."""
    pair = (int(digest.removeprefix(PREFIX), 16) for digest in (before, after))
    return f"{PREFIX}{int(_MODEL.combine(*pair, length)):016x}"


def joined(parts: Iterable[tuple[int | None, int]]) -> int | None:
    """The CRC of parts in a row, given the CRC and the length of each; None when one is unknown."""
    whole = 0
    for crc, length in parts:
        if crc is None:
            return None
        whole = int(_MODEL.combine(whole, crc, length))
    return whole


def written(crc: int) -> str:
    """A CRC as S3 writes it."""
    return b64encode(crc.to_bytes(8)).decode()
