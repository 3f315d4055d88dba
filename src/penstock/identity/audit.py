"""The audit log of sensitive acts, written by the code that performs them."""

from collections.abc import Callable

from penstock.model.audit import Act, Actor, Entry, Sought
from penstock.model.listing import Mark
from penstock.ports import AuditRepository

MAX_LENGTH = 128
"""The most characters of a name that are stored: some names come from callers, at any length."""

DONE = "done"


class Audit:
    """Writes and reads the audit log."""

    def __init__(self, repository: AuditRepository, clock: Callable[[], float]) -> None:
        self._repository = repository
        self._clock = clock

    async def note(self, actor: Actor, act: Act, about: str = "", outcome: str = DONE) -> None:
        """Record an act; return once it is durable."""
        actor = Actor(_short(actor.name), actor.origin)
        await self._repository.record(Entry(self._clock(), actor, act, _short(about), outcome))

    async def last(self, count: int, about: str | None = None) -> list[Entry]:
        """The newest acts, newest first; only those by or about a name, if one is given."""
        return await self._repository.last(count, about)

    async def page(self, sought: Sought, before: Mark | None, count: int) -> tuple[list[Entry], Mark | None]:
        """A page of the acts that are looked for, newest first, and where it goes on; None at the end."""
        return await self._repository.page(sought, before, count)


def _short(name: str) -> str:
    plain = name.encode(errors="replace").decode()[:MAX_LENGTH]
    return "".join(character if character.isprintable() else "\ufffd" for character in plain)
