"""Somebody else's sign-in."""

from dataclasses import dataclass
from typing import Protocol

from penstock.model.principal import Scope, Tier


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
