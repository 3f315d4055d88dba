"""What others do for the engine: keep keys, scan files, make pictures."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.image import EVERY_KIND, Recipe, Rendered
from penstock.model.principal import Scope, Tier
from penstock.model.signature import Key

Heard = Callable[[str, int], None]
"""Told what long work is doing just now, and how often it has done that so far."""


def unheard(step: str, count: int) -> None:
    """Nobody looks on."""


class Keys(Protocol):
    """The secrets that addresses are signed with."""

    def all(self) -> Sequence[Key]:
        """Every key that is believed, the newest first; there is always one."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a client: `remaining` of `limit` calls until `reset` (Unix seconds), and whether this one was
    `granted`.
    """

    limit: int
    remaining: int
    reset: int
    granted: bool


class Limiter(Protocol):
    """Counts calls, over all processes."""

    async def hit(self, bucket: str, client: str, limit: int, period: int) -> Allowance:
        """One more call of this client in this bucket, where `limit` of them are granted in `period` seconds."""


class Scanner(Protocol):
    """Looks at a file before it becomes visible."""

    async def scan(self, content: AsyncIterator[bytes], size: int, name: str, media_type: str) -> str | None:
        """What was found in the content (`size` bytes), None when it may pass. Raises `ScannerUnavailable` whenever it
        did not look at all of it.
        """

    async def close(self) -> None:
        """Let go of connections."""


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


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an issuer's token stands for: what the issuer calls them (any text), their tier if tokens tell one, and what
    the token is good for.
    """

    name: str
    tier: Tier | None
    scopes: frozenset[Scope]


class Issuer(Protocol):
    """Somebody else's sign-in, whose tokens are believed."""

    async def identity(self, token: str) -> Identity | None:
        """Whom a token (any text) stands for, None when it is not good. Raises `IssuerUnavailable` while there are no
        keys to check it with.
        """

    async def close(self) -> None:
        """Let go of connections."""
