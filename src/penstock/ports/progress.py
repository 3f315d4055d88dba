"""Who looks on while something takes long."""

from collections.abc import Callable

Heard = Callable[[str, int], None]
"""Told what long work is doing just now, and how often it has done that so far."""


def unheard(step: str, count: int) -> None:
    """Nobody looks on."""
