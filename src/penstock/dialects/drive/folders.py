"""The calls of folders: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.reading import cursor, edit_of, mark_of, page_length, place_asked, place_of, tags_of
from penstock.dialects.drive.wire import FolderChange, Folders, FolderShown, FolderTold, NewFolder, folder_shown
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import file_name, required
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import Call, Doc, Parameter
from penstock.model import faults as f
from penstock.model.folder import MAX_FOLDERS, Folder
from penstock.model.ids import ROOT, FolderId
from penstock.model.principal import Principal, Scope


@dataclass(frozen=True, slots=True)
class FolderCalls:
    """One's own folders."""

    engine: Engine
    bodies: Bodies

    def calls(self) -> list[Call]:
        """The calls."""
        folder = "/drive/v1/folders/{id}"
        return [
            Call("GET", "/drive/v1/folders", self.list, Scope.READ, _LIST),
            Call("POST", "/drive/v1/folders", self.make, Scope.WRITE, _MAKE),
            Call("GET", folder, self.info, Scope.READ, _INFO),
            Call("PATCH", folder, self.change, Scope.WRITE, _CHANGE),
            Call("DELETE", folder, self.put, Scope.DELETE, _PUT),
        ]

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of folders."""
        query = request.query_params
        mark = mark_of(query, str, "folders")
        folders, end = await self.engine.drive.folders(principal, place_asked(query) or ROOT, mark, page_length(query))
        return json_answer(Folders([folder_shown(folder) for folder in folders], cursor(end, "folders")))

    async def make(self, request: Request, principal: Principal) -> Response:
        """A new folder."""
        new = await self.bodies.json(request, NewFolder)
        name, rename = file_name(required(new.name, "name"), "name"), new.on_conflict == "rename"
        folder = await self.engine.drive.make(principal, place_of(new.folder) or ROOT, name, rename=rename)
        return json_answer(folder_shown(folder), 201, _tag(folder) | {"Location": f"/drive/v1/folders/{folder.id}"})

    async def info(self, request: Request, principal: Principal) -> Response:
        """One folder."""
        folder, path = await self.engine.drive.folder(principal, FolderId(request.path_params["id"]))
        return json_answer(FolderTold(folder_shown(folder), [folder_shown(each) for each in path]), 200, _tag(folder))

    async def change(self, request: Request, principal: Principal) -> Response:
        """One folder, changed."""
        edit = edit_of(await self.bodies.json(request, FolderChange))
        identifier = FolderId(request.path_params["id"])
        folder = await self.engine.drive.edit_folder(principal, identifier, edit, tags_of(request))
        return json_answer(folder_shown(folder), 200, _tag(folder))

    async def put(self, request: Request, principal: Principal) -> Response:
        """One folder, in the trash."""
        identifier = FolderId(request.path_params["id"])
        folder, whole = await self.engine.drive.put_folder(principal, identifier, tags_of(request))
        return json_answer(folder_shown(folder), 200 if whole else 202, _tag(folder))


def _tag(folder: Folder) -> dict[str, str]:
    return {"ETag": f'"{folder.tag}"'}


_LIST = Doc(
    "The folders in a folder, by name.",
    Folders,
    (
        Parameter("folder", "query", str, "The `id` of a folder, or `root`, as without it.", False, "root"),
        docs.LIMIT,
        docs.CURSOR,
    ),
    faults=docs.WRONG | docs.NO_FOLDER,
)
_MAKE = Doc(
    "Make a folder.",
    FolderShown,
    (),
    NewFolder,
    docs.NO_PLACE
    | docs.TAKEN
    | {
        f.InputMissing("name"): "There is no name.",
        f.QuotaExceeded("folders", MAX_FOLDERS): "The caller has as many folders as it may.",
    },
    {"name": "Reports", "on_conflict": "rename"},
    status=201,
)
_INFO = Doc("A folder, and the path to it.", FolderTold, (docs.FOLDER_ID,), faults=docs.NO_FOLDER)
_CHANGE = Doc(
    "Rename a folder, or move it with all that is in it.",
    FolderShown,
    (docs.FOLDER_ID, docs.IF_MATCH),
    FolderChange,
    docs.NO_FOLDER | docs.FOLDER_IN_TRASH | docs.NO_PLACE | docs.TAKEN | docs.OUTDATED,
    {"name": "Old reports", "on_conflict": "rename"},
    "It takes no longer for a full one than for an empty one.",
)
_PUT = Doc(
    "Put a folder into the trash, with all that is in it.",
    FolderShown,
    (docs.FOLDER_ID, docs.IF_MATCH),
    faults=docs.NO_FOLDER | docs.FOLDER_IN_TRASH | docs.BUSY | docs.OUTDATED,
    about="With 202 the folder is there, and what is in it is still on its way.",
    pending=FolderShown,
)
