"""Who makes pictures."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from penstock.model.image import EVERY_KIND, Recipe, Rendered


class Pictures(Protocol):
    """Makes pictures of pictures, where a hostile one harms nothing else."""

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
        """One picture for each recipe, from a picture of `size` bytes whose kind is among `accept`. It is made when it
        is `whose` turn, and neither the picture nor the watermark is read before. Raises `PictureTypeRefused`,
        `PictureRefused`, `TooLarge`, `PicturesBusy`.
        """
