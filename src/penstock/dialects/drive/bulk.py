"""The calls that change many files and folders at once: each has an outcome of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.faults import word
from penstock.dialects.drive.reading import edit_of, items_of
from penstock.dialects.drive.wire import Changes, Ids, ItemChange, Outcome, Outcomes, shown
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import sudo_token
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc
from penstock.model import faults as f
from penstock.model.faults import Fault, SudoRequired
from penstock.model.file import File
from penstock.model.folder import Folder
from penstock.model.principal import Principal, Scope

Changed = tuple[File | Folder, bool]
"""What something is now, and whether all that is in it has followed."""

Change = Callable[[], Awaitable[Changed | None]]


@dataclass(frozen=True, slots=True)
class BulkCalls:
    """Many at once."""

    engine: Engine
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """The calls."""
        return [
            Call("POST", "/drive/v1/bulk/change", self.change, Scope.WRITE, _CHANGE),
            Call("POST", "/drive/v1/bulk/trash", self.put, Scope.DELETE, _PUT),
            Call("POST", "/drive/v1/bulk/restore", self.restore, Scope.WRITE, _RESTORE),
            Call("POST", "/drive/v1/bulk/purge", self.purge, Scope.DELETE, _PURGE),
        ]

    async def change(self, request: Request, principal: Principal) -> Response:
        """Rename, move, label."""
        changes = items_of((await self.bodies.json(request, Changes)).changes, "changes")

        async def change(entry: ItemChange) -> Changed:
            return await self.engine.drive.edit(principal, entry.id, edit_of(entry)), True

        return await _answer([(entry.id, lambda entry=entry: change(entry)) for entry in changes])  # type: ignore[misc]

    async def put(self, request: Request, principal: Principal) -> Response:
        """Into the trash."""
        return await self._each(request, lambda item: self.engine.drive.put(principal, item))

    async def restore(self, request: Request, principal: Principal) -> Response:
        """Out of it."""
        return await self._each(request, lambda item: self.engine.drive.restore(principal, item))

    async def purge(self, request: Request, principal: Principal) -> Response:
        """For good."""
        sudo, address = sudo_token(request), self.proxies.client(request)
        return await self._each(request, lambda item: self.engine.drive.purge(principal, item, sudo, address))

    async def _each(self, request: Request, change: Callable[[str], Awaitable[Changed | None]]) -> Response:
        ids = items_of((await self.bodies.json(request, Ids)).ids, "ids")
        return await _answer([(item, lambda item=item: change(item)) for item in ids])  # type: ignore[misc]


async def _answer(changes: Sequence[tuple[str, Change]]) -> Response:
    """One after the other, as they were named: a later one may need an earlier one."""
    return json_answer(Outcomes([await _outcome(item, change) for item, change in changes]))


async def _outcome(item: str, change: Change) -> Outcome:
    try:
        changed = await change()
    except SudoRequired:
        raise  # of all of them
    except Fault as fault:
        status, problem = word(fault)
        return Outcome(item, status, problem=problem)
    if changed is None:
        return Outcome(item, 204)
    now, whole = changed
    return Outcome(item, 200 if whole else 202, shown(now))


_WRONG: Refusals = {
    f.InputMissing("ids"): "Nothing is named.",
    f.InputInvalid("ids", "not 1 to 100 of them"): "A value is wrong, or there are too many.",
}
_EACH = "Each has the status that it would have alone."
_CHANGE = Doc(
    "Rename, move and label many.", Outcomes, (), Changes, _WRONG, {"changes": [{"id": "x", "name": "y"}]}, _EACH
)
_PUT = Doc("Put many into the trash.", Outcomes, (), Ids, _WRONG, {"ids": ["x"]}, _EACH)
_RESTORE = Doc("Take many out of the trash.", Outcomes, (), Ids, _WRONG, {"ids": ["x"]}, _EACH)
_PURGE = Doc(
    "Remove many for good that lie in the trash.",
    Outcomes,
    (docs.SUDO,),
    Ids,
    _WRONG | {f.SudoRequired(): "A sudo token is required."},
    {"ids": ["x"]},
    _EACH,
)
