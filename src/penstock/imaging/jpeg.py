"""A JPEG, segment by segment: what is damaged is refused, what no pixel needs is left out (ITU-T T.81 annex B).

libjpeg makes up what is missing, grey for the rest of the picture, and Pillow hears nothing of its warnings. But where
the coded pixels end is known, and so is when a decoder asks for more: it must have enough just there, and not before.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image

from penstock.model.faults import PictureRefused

_START, _END, _SCAN, _INTERVAL = 0xD8, 0xD9, 0xDA, 0xDD
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_OTHER_FRAMES = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF})
_TABLES = frozenset({0xC4, 0xCC, 0xDB, _INTERVAL})
_READ = frozenset({0xE0, 0xE1, 0xE2, 0xEE})
"""JFIF, EXIF, profiles, Adobe's word on colours."""

_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_PADDING = b"\xff\x00" * 16
"""Bits that a decoder reads ahead and needs not."""

_TOLERANCE = 16
"""So many bytes too many, and any zeros, are no sign of damage: some cameras leave them."""


@dataclass(slots=True)
class _Scan:
    header: bytes
    coded: bytes
    interval: int


@dataclass(slots=True)
class _Read:
    head: list[bytes] = field(default_factory=list)
    frame: tuple[int, bytes] | None = None
    scans: list[_Scan] = field(default_factory=list)
    ended: bool = False


def checked(jpeg: bytes, most_pixels: int) -> bytes:
    """The JPEG with nothing but what its pixels need and say of themselves.

    Raises `PictureRefused` when pixels are missing or damaged, or are coded in a way that nobody reads. More than
    `most_pixels` are left for the caller to refuse: none of them is decoded here.
    """
    read = _read(jpeg)
    if read.frame is None or not read.scans:
        raise PictureRefused("it is broken")
    height, width = _size(read.frame[1])
    if width * height > most_pixels:
        return jpeg
    if read.frame[0] in _SEQUENTIAL and len(read.scans) == 1:
        return _of_one_scan(read, read.frame[1], read.scans[0])
    if read.frame[0] in _PROGRESSIVE and not _is_refined(read.frame[1], read.scans):
        raise PictureRefused("it is broken")
    return b"".join(read.head) + (b"\xff\xd9" if read.ended else b"")


def _of_one_scan(read: _Read, frame: bytes, scan: _Scan) -> bytes:
    if not _restarts_well(frame, scan):
        raise PictureRefused("it is broken")
    before = b"".join(read.head)[: -len(scan.coded) or None]
    needed = scan.coded.rstrip(b"\0\xff")[:-_TOLERANCE]
    if needed and _is_enough(before + needed):
        raise PictureRefused("it is broken")
    # No end: a decoder that has too little must ask for more, and not make it up.
    return before + scan.coded + _PADDING


def _is_enough(jpeg: bytes) -> bool:
    """Whether a decoder finds all its pixels in this, and does not ask for more."""
    image = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
    image.draft(None, (1, 1))
    try:
        image.load()
    except OSError:
        return False
    return True


def _read(jpeg: bytes) -> _Read:
    read, interval = _Read([jpeg[:2]]), 0
    for marker, start, end in _segments(jpeg):
        body = jpeg[start:end]
        if marker in _OTHER_FRAMES or (marker in _FRAMES and body[2:3] != b"\x08"):
            raise PictureRefused("samples of this kind are not supported")
        if marker in _FRAMES:
            read.frame = (marker, body[2:])
        elif marker == _INTERVAL:
            interval = int.from_bytes(body[2:4])
        elif marker == _END:
            read.ended = True
        if marker in _FRAMES | _TABLES | _READ | {_SCAN} and not _is_index(marker, body):
            read.head += [bytes((0xFF, marker)), body]
        if marker == _SCAN:
            match = _MARKER.search(jpeg, end)
            coded = jpeg[end : match.start() if match else len(jpeg)]
            read.scans.append(_Scan(body[2:], coded, interval))
            read.head.append(coded)
    return read


def _is_index(marker: int, body: bytes) -> bool:
    """Whether it lists further pictures in the file, which are left out."""
    return marker == 0xE2 and body[2:6] == b"MPF\0"


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Each marker, and where its segment begins and ends; that of a scan ends before its coded pixels."""
    at = 2
    while (match := _MARKER.search(jpeg, at)) is not None:
        marker, start = jpeg[match.end() - 1], match.end()
        if marker == _END:
            yield marker, start, start
            return
        if marker in {_START, 0x01}:
            at = start
            continue
        length = int.from_bytes(jpeg[start : start + 2])
        if length < 2 or start + length > len(jpeg):
            raise PictureRefused("it is broken")
        yield marker, start, start + length
        at = start + length


def _restarts_well(frame: bytes, scan: _Scan) -> bool:
    """Whether there are as many restart markers as there must be, in their order (T.81 §B.2.1, §E.1.4)."""
    if not scan.interval:
        return True
    numbers = [restart[0][1] & 7 for restart in _RESTART.finditer(scan.coded)]
    needed = -(-_units(frame, scan) // scan.interval) - 1
    return len(numbers) in {needed, needed + 1} and all(number == at & 7 for at, number in enumerate(numbers))


def _units(frame: bytes, scan: _Scan) -> int:
    """How many units a scan of all components has (T.81 §A.2)."""
    height, width = _size(frame)
    if scan.header[0] == 1:
        return -(-width // 8) * -(-height // 8)
    factors = frame[7 : 6 + 3 * frame[5] : 3]
    across, down = 8 * max(each >> 4 for each in factors), 8 * max(each & 15 for each in factors)
    return -(-width // across) * -(-height // down)


def _size(frame: bytes) -> tuple[int, int]:
    return int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])


def _is_refined(frame: bytes, scans: Sequence[_Scan]) -> bool:
    """Whether the scans of a progressive picture bring all 64 coefficients of every component to their last bit (T.81
    §G.1.1).
    """
    missing = {component: set(range(64)) for component in frame[6 : 6 + 3 * frame[5] : 3]}
    for scan in scans:
        count = scan.header[0]
        first, last, bits = scan.header[1 + 2 * count : 4 + 2 * count]
        if bits & 15 == 0:
            for component in scan.header[1 : 1 + 2 * count : 2]:
                missing.get(component, set()).difference_update(range(first, last + 1))
    return not any(missing.values())
