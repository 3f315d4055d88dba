"""How parts of any lengths become the parts of a multipart upload, which S3 bounds.

Laws kept here:
- A piece depends on the parts up to its end alone, so that copying can begin while others are still to come.
- Every piece but the last has at least `Bounds.least(number)` bytes, and none more than S3 takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock.adapters.s3.keys import Staged
from penstock.crc64 import joined
from penstock.model.upload import Part


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of pieces, in bytes: `smallest` and 5 GiB are S3's, `group` is how large a piece is made that is put
    together, and `copied` what is copied at a time. `steps` are numbers above which pieces must be larger, because S3
    takes no more than 10,000 of them: with these a file of the smallest parts may have 1.2 TiB.
    """

    smallest: int = 5 << 20
    group: int = 8 << 20
    copied: int = 1 << 30
    steps: Sequence[tuple[int, int]] = ((9_500, 2 << 30), (9_000, 512 << 20))

    def least(self, number: int) -> int:
        """How large the piece of this number, counted from 1, must be if it is not the last."""
        return next((least for above, least in self.steps if number > above), self.smallest)


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes [start, stop) of a part's object, which has `length` bytes."""

    staged: Staged
    start: int
    stop: int
    length: int

    @property
    def size(self) -> int:
        """How many bytes these are."""
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """Whether these are all of the object's bytes."""
        return self.size == self.length

    def split(self, at: int) -> tuple["Source", "Source"]:
        """The first `at` bytes, and the others."""
        middle = self.start + at
        return (
            Source(self.staged, self.start, middle, self.length),
            Source(self.staged, middle, self.stop, self.length),
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the multipart upload: copied inside the store where it has one source, else put together."""

    number: int
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return sum(source.size for source in self.sources)

    @property
    def crc(self) -> int | None:
        """The CRC of its bytes, where it is known."""
        return joined((source.staged.crc if source.whole else None, source.size) for source in self.sources)


@dataclass(slots=True)
class Plan:
    """The pieces of the parts so far, which are added in their order."""

    bounds: Bounds
    pieces: list[Piece] = field(default_factory=list)
    held: list[Source] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """The next part. Raises `BytesMissing` for one that lies elsewhere."""
        rest = Source(Staged.at(part.location), 0, part.length, part.length)
        if self.held and part.length >= self.bounds.least(self._next):
            rest = self._fill_up(rest)
        while not self.held and rest.size >= (most := self._most) + self.bounds.least(self._next + 1):
            first, rest = rest.split(most)
            self._emit([first])
        if rest.size:
            self.held.append(rest)
        if self._is_enough():
            self.end()

    def end(self) -> None:
        """No part follows, or none is waited for."""
        if self.held:
            self._emit(self.held)
            self.held = []

    def _fill_up(self, source: Source) -> Source:
        """Emit what is held, with so much of a large part as it lacks; the rest can be copied."""
        lacking = max(0, self.bounds.least(self._next) - self._size)
        if 0 < source.size - lacking < self.bounds.least(self._next + 1):
            lacking = source.size
        first, rest = source.split(lacking)
        self._emit([*self.held, *([first] if first.size else [])])
        self.held = []
        return rest

    def _is_enough(self) -> bool:
        least = self.bounds.least(self._next)
        if len(self.held) == 1:
            return self._size >= least
        return self._size >= max(least, self.bounds.group)

    @property
    def _most(self) -> int:
        return max(self.bounds.copied, self.bounds.least(self._next))

    @property
    def _next(self) -> int:
        return len(self.pieces) + 1

    @property
    def _size(self) -> int:
        return sum(source.size for source in self.held)

    def _emit(self, sources: Sequence[Source]) -> None:
        self.pieces.append(Piece(self._next, tuple(sources)))


def planned(parts: Sequence[Part], bounds: Bounds) -> list[Piece]:
    """The pieces of all parts."""
    plan = Plan(bounds)
    for part in parts:
        plan.add(part)
    plan.end()
    return plan.pieces
