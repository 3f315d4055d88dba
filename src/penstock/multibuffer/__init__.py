"""MD5 of many messages side by side.

One MD5 cannot be divided, but a processor digests up to 16 of them together in the time of one or two. The native half
is built where there is a C compiler; without it `hashlib` gives the same results, one by one.
"""

import hashlib
from collections.abc import Iterable
from types import ModuleType

from penstock.ports import Digest, Hasher

_native: ModuleType | None
try:
    from penstock.multibuffer import native as _native
except OSError:  # not built, or for another machine
    _native = None


def width() -> int:
    """How many messages are worth being digested together: 1 without the native half, else 4 or more."""
    return 1 if _native is None else max(_native.WIDEST, 4)  # two pairs are better than four alone


def md5() -> Digest:
    """An MD5 that `update_all` can update together with others."""
    return hashlib.md5(usedforsecurity=False) if _native is None else _native.Md5()


def update_all(pieces: Iterable[tuple[Hasher, memoryview]]) -> None:
    """Give every hasher its piece: the MD5s together, at the end, any other at once."""
    together = []
    for hasher, piece in pieces:
        if _native is not None and isinstance(hasher, _native.Md5):
            together.append((hasher, piece))
        else:
            hasher.update(piece)
    if _native is not None:
        _native.update_together(together)
