"""Bytes for the tests, and their digests."""

import hashlib


def md5(content: bytes) -> str:
    """The MD5 of a content, as it stands on the wire."""
    return hashlib.md5(content).hexdigest()


def sha256(content: bytes) -> str:
    """The SHA-256 of a content, as it stands on the wire."""
    return hashlib.sha256(content).hexdigest()


def cut(content: bytes, size: int) -> list[bytes]:
    """The parts of a content, each of `size` bytes but the last."""
    return [content[start : start + size] for start in range(0, len(content), size)] or [b""]


def noise(size: int, seed: object = "") -> bytes:
    """That many bytes that repeat nowhere; others for another seed or size."""
    return hashlib.shake_128(f"{seed}{size}".encode()).digest(size)
