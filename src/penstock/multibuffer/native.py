"""The native half: `md5.c`, called through ctypes, which lets go of the GIL meanwhile."""

import ctypes
from collections.abc import Iterable
from pathlib import Path
from typing import Self

BLOCK = 64
INITIAL = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)

_library = ctypes.CDLL(str(Path(__file__).with_name("md5.so")))
WIDEST: int = _library.md5_widest()
"""How many messages this processor digests in the time of one or two."""


class _Lane(ctypes.Structure):
    """As in `md5.c`."""

    _fields_ = (("state", ctypes.c_uint32 * 4), ("at", ctypes.c_void_p), ("blocks", ctypes.c_size_t))


_Pointer = ctypes.POINTER(_Lane)
_library.md5_advance.argtypes = [ctypes.POINTER(_Pointer), ctypes.c_size_t, ctypes.c_size_t]
_library.md5_advance.restype = None


class Md5:
    """As that of hashlib. Like there, nobody else touches it while bytes are taken in."""

    __slots__ = ("_lane", "_length", "_tail")

    def __init__(self) -> None:
        self._lane = _Lane(INITIAL)
        self._length = 0
        self._tail = b""  # the last length % 64 bytes

    def update(self, piece: memoryview | bytes, /) -> None:
        """Take these bytes in."""
        update_together([(self, memoryview(piece))])

    def copy(self) -> Self:
        """A second one that has taken in the same bytes."""
        copy = type(self)()
        copy._lane = _Lane.from_buffer_copy(self._lane)
        copy._length, copy._tail = self._length, self._tail
        return copy

    def hexdigest(self) -> str:
        """The result so far, in lowercase hex."""
        last = self.copy()
        last.update(b"\x80" + bytes(-(self._length + 9) % BLOCK) + (8 * self._length).to_bytes(9, "little")[:8])
        return bytes(last._lane.state).hex()

    def begin(self, piece: memoryview) -> memoryview:
        """Fill the tail, keep the new one, and return the whole blocks between them."""
        self._length += len(piece)
        if self._tail:
            more = BLOCK - len(self._tail)
            self._tail, piece = self._tail + piece[:more], piece[more:]
            if len(self._tail) < BLOCK:
                return piece
            full, self._tail = memoryview(self._tail), b""
            _advance([(self, full)], 2)
        whole = len(piece) // BLOCK * BLOCK
        self._tail = bytes(piece[whole:])
        return piece[:whole]

    def point(self, blocks: memoryview) -> object:
        """Say where the blocks lie; they stay there as long as what is returned lives."""
        held = bytearray(blocks) if blocks.readonly else blocks  # ctypes has no address for what is constant
        first = ctypes.c_char.from_buffer(held)
        self._lane.at, self._lane.blocks = ctypes.addressof(first), len(blocks) // BLOCK
        return first


def update_together(pieces: Iterable[tuple[Md5, memoryview]], width: int = WIDEST) -> None:
    """Give each MD5 its piece. No MD5 may be there twice; `width` is 2, 8 or 16, and at most `WIDEST`."""
    _advance([(md5, md5.begin(piece)) for md5, piece in pieces], width)


def _advance(whole: Iterable[tuple[Md5, memoryview]], width: int) -> None:
    # Kept until the call is over, with what `point` returned: it keeps the bytes in their place.
    pointed = [(ctypes.pointer(md5._lane), md5.point(blocks)) for md5, blocks in whole if blocks]
    lanes = (_Pointer * len(pointed))(*[lane for lane, _ in pointed])
    _library.md5_advance(lanes, len(pointed), width)
