"""What is to be told to others: written with the change that it tells of, and delivered afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.file import File
from penstock.model.upload import Upload

KEPT = 3 * 86400.0
"""For how many seconds a message is tried. Then it is given up."""


class Undelivered(Exception):
    """It did not get there, or nobody knows whether it did. The text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be told. Its `id` is the same however often it is delivered; its `destination` knows what is in the
    `payload`. One that `merges` takes the place of an earlier one of its kind and subject that nobody delivers yet.
    """

    id: str
    destination: str
    kind: str
    subject: str
    payload: str
    merges: bool = False


Tell = Callable[[Upload], Sequence[Message]]
"""What is to be told of a change, given the upload after it. It is called in the transaction of the change, perhaps
more than once, and its messages are written in the same.
"""

TellFile = Callable[[File], Sequence[Message]]
"""The same of a file."""


@dataclass(frozen=True, slots=True)
class Due:
    """A message that waits, how often it was tried, and since when (Unix seconds) it waits."""

    message: Message
    tries: int
    since: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages wait, and since when (Unix seconds) the oldest does; None when there is none."""

    count: int
    since: float | None


class OutboxRepository(Protocol):
    """Messages that wait. Each method is one transaction."""

    async def lease(self, destination: str, holder: str, ttl: float, count: int) -> list[Due]:
        """At most `count` messages of a destination whose time has come, which nobody else gets for `ttl` seconds. Of
        those of one subject there is the first alone: the others wait until it is done.
        """

    async def done(self, message: str, holder: str) -> None:
        """Forget a message (its id): it was delivered, or is given up. Nothing, if another holder has it by now."""

    async def postpone(self, message: str, holder: str, seconds: float) -> None:
        """Let a message, and those of its destination and subject behind it, wait for so long, and count the try.
        Nothing, if another holder has it by now.
        """

    async def backlog(self) -> Backlog:
        """What waits."""


class Destination(Protocol):
    """Somebody who is told things."""

    async def deliver(self, message: Message) -> None:
        """Tell it. It may have been told already: the message's id says so. Raises `Undelivered`."""
