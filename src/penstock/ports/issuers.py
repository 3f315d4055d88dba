"""External issuers of tokens."""

from dataclasses import dataclass
from typing import Protocol

from penstock.model.principal import Scope, Tier


@dataclass(frozen=True, slots=True)
class Identity:
    """The subject of an issuer's token: its name there (any text), its tier if the token states one, and the token's
    scopes.
    """

    name: str
    tier: Tier | None
    scopes: frozenset[Scope]


class Issuer(Protocol):
    """An external issuer whose tokens are accepted."""

    async def identity(self, token: str) -> Identity | None:
        """The subject of a token (any text), None when it is invalid. Raises `IssuerUnavailable` without keys to verify
        it.
        """

    async def close(self) -> None:
        """Close connections."""
