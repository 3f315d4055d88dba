"""The form of a zip whose files are stored as they are (PKWARE APPNOTE.TXT 6.3.10, of which the sections are cited).

Sizes and CRCs are known beforehand, so they stand before the bytes: every position follows from names and sizes alone.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_NAME = 0xFFFF
"""How many bytes a name has at most (§4.4.10)."""

_PLAIN, _ZIP64 = 20, 45
"""The version that is needed to unpack an entry, in tenths (§4.4.3)."""

_UNIX = 3 << 8
"""Attributes are those of Unix (§4.4.2)."""

_UTF8 = 1 << 11
"""The name is UTF-8 (§4.4.4)."""

_FILE, _FOLDER = 0o100644 << 16, 0o040755 << 16 | 0x10
_FULL, _FULL_COUNT = 0xFFFFFFFF, 0xFFFF
"""What stands where a number has no room and follows in the ZIP64 field (§4.5.3)."""

_FIRST, _LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
"""What the form's own time can say (§4.4.6)."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file, or a folder, whose name ends with `/`. `modified` is in Unix seconds."""

    name: str
    size: int
    crc32: int
    modified: float


def head(member: ZipMember) -> bytes:
    """What stands before the bytes of a file (§4.3.7). Its length is that of `head_length`."""
    name, long = member.name.encode(), member.size >= _FULL
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if long else b""
    size = _FULL if long else member.size
    facts = (_ZIP64 if long else _PLAIN, _UTF8, 0, *_moment(member.modified), member.crc32, size, size)
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, *facts, len(name), len(extra)) + name + extra


def head_length(name: str, size: int) -> int:
    """Of `head`, in bytes."""
    return 30 + len(name.encode()) + (20 if size >= _FULL else 0)


def record(member: ZipMember, position: int) -> bytes:
    """The record of a file whose head stands at this position (§4.3.12). Its length is that of `record_length`."""
    name, sizes, far = member.name.encode(), member.size >= _FULL, position >= _FULL
    long = [*([member.size] * 2 if sizes else []), *([position] if far else [])]
    extra = struct.pack(f"<HH{len(long)}Q", 1, 8 * len(long), *long) if long else b""
    size, version = _FULL if sizes else member.size, _ZIP64 if long else _PLAIN
    facts = (_UNIX | _ZIP64, version, _UTF8, 0, *_moment(member.modified), member.crc32, size, size)
    lengths = (len(name), len(extra), 0, 0, 0)
    attributes = _FOLDER if member.name.endswith("/") else _FILE
    where = attributes, _FULL if far else position
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, *facts, *lengths, *where) + name + extra


def record_length(name: str, size: int, position: int) -> int:
    """Of `record`, in bytes."""
    long = (2 if size >= _FULL else 0) + (1 if position >= _FULL else 0)
    return 46 + len(name.encode()) + (4 + 8 * long if long else 0)


def end(count: int, directory: int, length: int) -> bytes:
    """What ends a zip of so many records, which begin at the position `directory` and are `length` bytes (§4.3.14 to
    §4.3.16).
    """
    long = b""
    if count >= _FULL_COUNT or directory >= _FULL or length >= _FULL:
        long = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, length, directory)
        long += struct.pack("<IIQI", 0x07064B50, 0, directory + length, 1)
    entries = min(count, _FULL_COUNT)
    return long + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, entries, entries, min(length, _FULL), min(directory, _FULL), 0
    )


def _moment(seconds: float) -> tuple[int, int]:
    """A time and a date (§4.4.6), in UTC, since nobody knows where it will be unpacked."""
    at = datetime.fromtimestamp(min(max(seconds, _FIRST.timestamp()), _LAST.timestamp()), UTC)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - 1980) << 9 | at.month << 5 | at.day
