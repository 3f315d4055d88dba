"""What is to be told to others: written with the change that it tells of, and delivered afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.file import File
from penstock.model.upload import Upload

KEPT = 3 * 86400.0
"""For how many seconds a message to a hook is tried. Then it is given up."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a message, for a log: the event that it told of (its id), the status that was answered, if any
    was, and how many seconds it took. `why` says what went wrong.
    """

    event: str
    status: int | None
    seconds: float
    why: str = ""


class Undelivered(Exception):
    """It did not get there, or nobody knows whether it did. The text says why; an `attempt` is written down."""

    def __init__(self, why: str, attempt: Attempt | None = None) -> None:
        super().__init__(why)
        self.attempt = attempt


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

    async def done(self, message: str, holder: str, attempt: Attempt | None = None, *, given_up: bool = False) -> None:
        """Forget a message (its id): it was delivered, or is given up. Nothing, if another holder has it by now. The
        `attempt` is written into the log of deliveries with that.
        """

    async def postpone(self, message: str, holder: str, seconds: float, attempt: Attempt | None = None) -> None:
        """Let a message, and those of its destination and subject behind it, wait for so long, and count the try.
        Nothing, if another holder has it by now. The `attempt` is written down likewise.
        """

    async def backlog(self) -> Backlog:
        """What waits."""


class Destination(Protocol):
    """Somebody who is told things."""

    async def deliver(self, message: Message) -> Attempt | None:
        """Tell it. It may have been told already: the message's id says so. What is answered is to be written down, if
        anything is. Raises `Undelivered`.
        """
