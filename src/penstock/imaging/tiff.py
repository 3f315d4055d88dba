"""A TIFF, by the tags of its first page: what the decoder does not know, or reads as noise, is refused (TIFF 6.0)."""

import io
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from penstock.model.faults import PictureRefused

_BITS, _COMPRESSION, _KINDS, _PLANES = 258, 259, 339, 284
_PIECES = ((273, 279), (324, 325))
"""Where strips begin and how long they are; the same of tiles."""

_DEFLATED = frozenset({8, 32946})
_FLOATS, _APART = 3, 2
_STEP = 1 << 20
_MAX_PER_PIXEL = 32
"""Bytes: four samples of eight each."""

_NOT_SUPPORTED = "samples of this kind are not supported"


def open_tiff(picture: bytes) -> ImageFile.ImageFile:
    """Open a TIFF. One whose head is sound, and which is not known all the same, is of a sort that is not supported."""
    head = _head(picture)
    _refuse_odd_samples(head)
    try:
        return Image.open(io.BytesIO(picture), formats=["TIFF"])
    except UnidentifiedImageError:
        raise PictureRefused(_NOT_SUPPORTED) from None


def refuse_damaged(picture: bytes, pixels: int) -> None:
    """Hold deflated strips against their own checksums: the decoder stops at the rows that it wants, and hears of no
    damage in most of what is before. No more is unpacked than so many pixels can need. Raises `PictureRefused`.
    """
    head = _head(picture)
    if head.get(_COMPRESSION) not in _DEFLATED:
        return
    left = pixels * _MAX_PER_PIXEL + _STEP
    for starts, lengths in _PIECES:
        for start, length in zip(_numbers(head, starts), _numbers(head, lengths), strict=False):
            left -= _unpacked(picture[start : start + length], left)
            if left <= 0:
                return


def _unpacked(packed: bytes, most: int) -> int:
    """How many bytes a strip unpacks to, `most` or a little more at most."""
    unpacking, size = zlib.decompressobj(), 1  # an empty one counts, too: there may be any number of them
    try:
        while packed and not unpacking.eof and size < most:
            size += len(unpacking.decompress(packed, _STEP))
            packed = unpacking.unconsumed_tail
    except zlib.error as error:
        raise PictureRefused("it is broken") from error
    return size


def _head(picture: bytes) -> ImageFileDirectory_v2:
    head = ImageFileDirectory_v2(picture[:8] if picture[2:3] != b"+" else picture[:16])
    file = io.BytesIO(picture)
    file.seek(head.next)
    head.load(file)
    return head


def _numbers(head: ImageFileDirectory_v2, tag: int) -> Sequence[int]:
    values: Any = head.get(tag, ())
    return values if isinstance(values, tuple) else (values,)


def _refuse_odd_samples(head: ImageFileDirectory_v2) -> None:
    """Refuse samples of 9 to 15 bits, halves and doubles, and deep ones that lie plane by plane (*BitsPerSample*,
    *SampleFormat*, *PlanarConfiguration*).
    """
    bits, kinds, samples = set(head.get(_BITS, (1,))), set(head.get(_KINDS, (1,))), head.get(277, 1)
    floats = _FLOATS in kinds and (bits != {32} or samples > 1)
    if not bits <= {1, 2, 4, 8, 16, 32} or floats or (head.get(_PLANES) == _APART and max(bits) > 8):
        raise PictureRefused(_NOT_SUPPORTED)
