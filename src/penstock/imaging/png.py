"""A PNG, chunk by chunk: what is damaged is refused, what no pixel needs is left out (PNG 3rd ed. §5, §13).

Pillow skips the checksums that matter, stops at the rows that it wants, and refuses a picture for a comment; browsers
do the opposite.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence

from penstock.model.faults import PictureRefused

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""What the pixels depend on."""

READ = frozenset({b"iCCP", b"eXIf"})
"""What says how the pixels are meant: their colours, and which side is up."""

MAX_PROFILE = 1 << 20
"""How many bytes a profile may unpack to; a larger one counts as none."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: where each pass begins, and its steps, across and down (§8.1)."""
_STEP = 1 << 20

Chunk = tuple[bytes, bytes]


def checked(picture: bytes) -> bytes:
    """The PNG with nothing but what its first picture needs. Raises `PictureRefused` when its pixels are damaged."""
    parts = list(chunks(picture))
    if not parts or parts[0][0] != b"IHDR" or len(parts[0][1]) != 13 or parts[-1][0] != b"IEND":
        raise PictureRefused("it is broken")
    if _surplus(parts) < 0:
        raise PictureRefused("it is broken")
    return joined(_kept(parts))


def bare(picture: bytes) -> bytes | None:
    """A checked PNG without what says how its pixels are meant; None when there is more in it than its pixels."""
    parts = [chunk for chunk in chunks(picture) if chunk[0] in NEEDED]
    if _surplus(parts):
        return None
    pixels = (b"IDAT", b"".join(data for kind, data in parts if kind == b"IDAT"))
    return joined([*(part for part in parts[:-1] if part[0] != b"IDAT"), pixels, parts[-1]])


def joined(parts: Iterable[Chunk]) -> bytes:
    """A PNG of these chunks."""
    return SIGNATURE + b"".join(map(_written, parts))


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height as the head says. Raises `PictureRefused`."""
    if picture[12:16] != b"IHDR" or len(picture) < 33:
        raise PictureRefused("it is broken")
    width, height = struct.unpack_from(">II", picture, 16)
    return width, height


def depth_of(picture: bytes) -> int:
    """Of how many bits its samples are."""
    return picture[24]


def is_deep_grey(picture: bytes) -> bool:
    """Whether its samples are greys of 16 bits (§11.2.1)."""
    return picture[24] == 16 and picture[25] in {0, 4}


def chunks(picture: bytes) -> Iterator[Chunk]:
    """Every chunk whose checksum is right, up to the end. Raises `PictureRefused` when one is wrong that the pixels
    need (its name begins with a capital, §5.4); an ancillary one is passed over.
    """
    at = len(SIGNATURE)
    while at + 12 <= len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        data, checksum = picture[at + 8 : at + 8 + length], picture[at + 8 + length : at + 12 + length]
        whole = len(checksum) == 4 and zlib.crc32(data, zlib.crc32(kind)) == int.from_bytes(checksum)
        if whole:
            yield kind, data
        elif kind[:1].isupper() or kind == b"tRNS":
            raise PictureRefused("it is broken")
        if kind == b"IEND":
            return
        at += 12 + length


def _kept(parts: Sequence[Chunk]) -> Iterator[Chunk]:
    for kind, data in parts:
        if kind in NEEDED or kind == b"eXIf" or (kind == b"iCCP" and _is_small(data)):
            yield kind, data


def _is_small(profile: bytes) -> bool:
    """Whether a profile unpacks to what is read (§11.3.2.3: a name, its end, the method, and the packed bytes)."""
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(profile[profile.index(0) + 2 :], MAX_PROFILE)
    except (ValueError, zlib.error):
        return False
    return unpacking.eof


def _surplus(parts: Sequence[Chunk]) -> int:
    """How many bytes there are that no pixel needs, packed behind the rows or behind the end of what is packed; less
    than nothing when rows are missing or damaged. The stream is held against its own checksum, unless it goes on for
    more than a step behind the rows; no more than that is held.
    """
    left, behind = _unpacked_size(parts[0][1]), 0
    unpacking = zlib.decompressobj()
    try:
        for packed in (data for kind, data in parts if kind == b"IDAT"):
            while packed and not unpacking.eof and left > -_STEP:
                left -= len(unpacking.decompress(packed, _STEP))
                packed = unpacking.unconsumed_tail or unpacking.unused_data
            behind += len(packed)
    except zlib.error as error:
        raise PictureRefused("it is broken") from error
    if left > 0 or not (unpacking.eof or left <= -_STEP):
        return -1
    return behind - left


def _unpacked_size(header: bytes) -> int:
    """How many bytes its rows are, each behind its filter (§9)."""
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    depth, colour, _, _, interlaced = header[8:]
    bits = depth * _CHANNELS.get(colour, 0)
    if not (width and height and bits):
        raise PictureRefused("it is broken")
    if not interlaced:
        return height * (1 + -(-width * bits // 8))
    sizes = ((-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in _PASSES)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _written(chunk: Chunk) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
