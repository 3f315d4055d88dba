"""What somebody has stored, in numbers. Sizes are in bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.model.principal import Quota

KINDS = ("image", "video", "audio", "text", "application")
"""The kinds of files that are told apart, by the beginning of their media type; all others are `other`."""

DAYS = 30
"""For how many days it is told how much came on each."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Files, and their bytes."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts against a quota now: files, those in the trash too, and the bytes of unfinished `uploads`."""

    stored: Amount
    uploads: int
    unfinished: int
    quota: Quota


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What is stored, by kind, and by the day (since 1970, UTC) on which it came; what lies in the trash apart."""

    trash: Amount
    by_kind: Sequence[tuple[str, Amount]]
    by_day: Sequence[tuple[int, Amount]]
    counted_at: float


@dataclass(frozen=True, slots=True)
class Stock:
    """What the whole store holds: bytes that are kept once however many have them, users, unfinished uploads."""

    blobs: int
    bytes: int
    files: int
    users: int
    uploads: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class DiskState:
    """Of the disk that bytes lie on: what is free, what is to stay free, and all of it, in bytes."""

    free: int
    min_free: int
    total: int
