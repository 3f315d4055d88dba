"""Programs of the operator that are asked before something happens."""

from dataclasses import dataclass, field
from typing import Protocol

from penstock.model.event import Event, Reply


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hook decided. The `reply` counts when it refused; `name` and `media_type`, when it did not, are what the
    file is to be called instead.
    """

    refused: bool = False
    reply: Reply = field(default_factory=Reply)
    name: str | None = None
    media_type: str | None = None


class Hook(Protocol):
    """A program that decides. It has a bounded time for it."""

    async def ask(self, event: Event, identifier: str) -> Answer:
        """What it decides; asked again about the same, it gets the same identifier. Raises `HookUnavailable` unless
        there is a decision.
        """

    async def close(self) -> None:
        """Close connections."""
