"""What a sample is, and what its quarters look like in fewer colours."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.imaging.samples import BLUE, GREEN, RED, YELLOW, Colour

SIZE = (48, 32)
QUARTERS: Sequence[Colour] = (RED, GREEN, BLUE, YELLOW)
"""Clockwise from the top left."""

MAX_SIZE = 2 << 20


@dataclass(frozen=True)
class Sample:
    """One picture, and what must come of it: the colours of its quarters (of four numbers where alpha must be kept),
    the format, and the most bytes. `tolerance` is what a lossy way may be off.
    """

    name: str
    content: bytes
    quarters: Sequence[Colour]
    kind: str = "JPEG"
    most: int = MAX_SIZE
    tolerance: int = 10
    size: tuple[int, int] = SIZE


def quarter(x: int, y: int, size: tuple[int, int] = SIZE) -> int:
    """Which quarter, clockwise from the top left, a pixel lies in."""
    right, below = x >= size[0] // 2, y >= size[1] // 2
    return (2 if right else 3) if below else int(right)


def grey(level: int, alpha: int | None = None) -> Colour:
    """A grey as a colour."""
    return (level,) * 3 if alpha is None else (level, level, level, alpha)
