"""Concatenation of uploads (tus 1.0.0)."""

from enum import StrEnum


class Concat(StrEnum):
    """What an upload is in a concatenation: one of those that are put together, or what they become."""

    PARTIAL = "partial"
    FINAL = "final"
