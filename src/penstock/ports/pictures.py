"""Rendering of pictures."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from penstock.model.image import EVERY_KIND, Recipe, Rendered


class Pictures(Protocol):
    """Renders pictures from pictures, isolated from hostile input."""

    async def render(
        self,
        whose: str,
        picture: AsyncIterator[bytes],
        size: int,
        recipes: Sequence[Recipe],
        *,
        watermark: Callable[[], Awaitable[bytes]] | None = None,
        accept: frozenset[str] = EVERY_KIND,
    ) -> list[Rendered]:
        """One picture for each recipe, from a picture of `size` bytes whose kind is among `accept`. Jobs are queued
        fairly by `whose`, and neither the picture nor the watermark is read before the job's turn. Raises
        `PictureTypeRefused`, `PictureRefused`, `TooLarge`, `PicturesBusy`.
        """
