"""Bytes for the tests."""

import random


def noise(length: int, seed: int = 0) -> bytes:
    """Bytes without a pattern, the same for the same seed."""
    return random.Random(seed).randbytes(length)
