"""CRC-64/NVME, by which S3 checks a whole object that was put together from parts."""

from base64 import b64encode
from collections.abc import Iterable

from anycrc import Model

_MODEL = Model("CRC64-NVME")


def crc_of(piece: bytes, before: int = 0) -> int:
    """The CRC of what has the CRC `before` followed by this piece."""
    return int(_MODEL.calc(piece, before))


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
