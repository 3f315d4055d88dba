"""The calls of the trash: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.reading import cursor, mark_of, page_length
from penstock.dialects.drive.wire import FileShown, FolderShown, Items, shown
from penstock.engine.engine import Engine
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import sudo_token
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import EMPTY, Call, Doc
from penstock.model import faults as f
from penstock.model.principal import Principal, Scope


@dataclass(frozen=True, slots=True)
class TrashCalls:
    """What was thrown away."""

    engine: Engine
    proxies: Proxies

    def calls(self) -> list[Call]:
        """The calls."""
        item = "/drive/v1/trash/{id}"
        return [
            Call("GET", "/drive/v1/trash", self.list, Scope.READ, _LIST),
            Call("POST", f"{item}/restore", self.restore, Scope.WRITE, _RESTORE),
            Call("DELETE", item, self.purge, Scope.DELETE, _PURGE),
        ]

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of it."""
        mark, count = mark_of(request.query_params, float, "trash"), page_length(request.query_params)
        items, end = await self.engine.drive.trash(principal, mark, count)
        return json_answer(Items([shown(item) for item in items], cursor(end, "trash")))

    async def restore(self, request: Request, principal: Principal) -> Response:
        """One of it, back where it was."""
        item, whole = await self.engine.drive.restore(principal, request.path_params["id"])
        return json_answer(shown(item), 200 if whole else 202, {"ETag": f'"{item.tag}"'})

    async def purge(self, request: Request, principal: Principal) -> Response:
        """One of it, for good."""
        identifier, address = request.path_params["id"], self.proxies.client(request)
        await self.engine.drive.purge(principal, identifier, sudo_token(request), address)
        return Response(status_code=204)


_UNKNOWN: Refusals = {f.FileUnknown(): "No such file lies there."} | docs.NO_FOLDER
_LIST = Doc(
    "What lies in the trash, what was put there last first.", Items, (docs.LIMIT, docs.CURSOR), faults=docs.WRONG
)
_RESTORE = Doc(
    "Take a file, or a folder with all that went with it, out of the trash.",
    (FileShown, FolderShown),
    (docs.ITEM_ID,),
    faults=_UNKNOWN | docs.BUSY | {f.FolderTrashed(): "It went there with another folder, and comes back with that."},
    about="It comes back to where it was, or into the root where that is gone; under a free name if its own is taken. "
    "With 202 a folder is there, and what is in it is still on its way.",
    pending=FolderShown,
)
_PURGE = Doc(
    "Remove for good what lies in the trash.",
    EMPTY,
    (docs.ITEM_ID, docs.SUDO),
    faults=_UNKNOWN | docs.BUSY | {f.SudoRequired(): "A sudo token is required."},
    status=204,
)
