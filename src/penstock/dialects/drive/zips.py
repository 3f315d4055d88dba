"""The calls of zips: many files and folders as one download."""

from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.reading import items_of
from penstock.dialects.drive.wire import MAX_ZIPPED, NewZip, ZipShown, zip_shown
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import file_name
from penstock.http.docs.refusals import Refusals
from penstock.http.downloads.delivery import deliver_made
from penstock.http.downloads.ranges import Representation
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import BYTES, Call, Doc, Parameter
from penstock.model import faults as f
from penstock.model.principal import Principal, Scope
from penstock.model.zips import Zip, ZipState

USUAL_NAME, ENDING = "files", ".zip"
POLL = "1"
"""`Retry-After`, in seconds, of a zip that is not ready."""


@dataclass(frozen=True, slots=True)
class ZipCalls:
    """Zips of one's own files."""

    engine: Engine
    bodies: Bodies

    def calls(self) -> list[Call]:
        """The calls."""
        one = "/drive/v1/zips/{id}"
        return [
            Call("POST", "/drive/v1/zips", self.make, Scope.READ, _MAKE),
            Call("GET", one, self.info, Scope.READ, _INFO),
            Call("GET", f"{one}/content", self.content, Scope.READ, _CONTENT, linked=True),
        ]

    async def make(self, request: Request, principal: Principal) -> Response:
        """A new zip."""
        asked = await self.bodies.json(request, NewZip)
        ids = items_of(asked.ids, "ids", MAX_ZIPPED)
        name = file_name(asked.name, "name") if asked.name is not None else USUAL_NAME
        return _told(await self.engine.zips.make(principal, ids, name.removesuffix(ENDING) + ENDING), 201)

    async def info(self, request: Request, principal: Principal) -> Response:
        """How far it is."""
        return _told(await self.engine.zips.zip(principal, request.path_params["id"]))

    async def content(self, request: Request, principal: Principal) -> Response:
        """Its bytes."""
        made = await self.engine.zips.zip(principal, request.path_params["id"])
        if made.state is not ZipState.READY:
            return _told(made)
        representation = Representation(made.size, f'"{made.id}"', made.made_at, "application/zip", made.name)
        return deliver_made(representation, request, partial(self.engine.zips.read, made))


def _told(made: Zip, status: int = 200) -> Response:
    if made.state is ZipState.READY:
        return json_answer(zip_shown(made), status)
    return json_answer(zip_shown(made), 202, {"Retry-After": POLL})


ZIP_ID = Parameter("id", "path", str, "The zip's `id`.")
NO_ZIP: Refusals = {f.FileUnknown(): "The caller has no such zip, or has it no longer, or a file in it is gone."}
_MAKE = Doc(
    "A zip of files and folders.",
    ZipShown,
    (),
    NewZip,
    {
        f.InputMissing("ids"): "There is no id.",
        f.InputInvalid("ids", "not 1 to 1000 of them"): "They are too many, or too much is in them.",
        f.FileUnknown(): "One of them is none of the caller's.",
        f.FileTrashed(): "A file lies in the trash.",
        f.FolderTrashed(): "A folder lies in the trash.",
    },
    {"ids": ["x"], "name": "papers"},
    "What is in it is decided now: files that are renamed, moved or added afterwards change nothing. With 202 it is "
    "not ready; ask for it until `state` is `ready`. It is kept for a day.",
    status=201,
    pending=ZipShown,
)
_INFO = Doc(
    "How far a zip is.",
    ZipShown,
    (ZIP_ID,),
    faults=NO_ZIP | {f.InputInvalid("ids", "more than 100000 files and folders"): "Too much is in it."},
    about="With 202 it is not ready.",
    pending=ZipShown,
)
_CONTENT = Doc(
    "A zip's bytes, whole or in ranges.",
    BYTES,
    (ZIP_ID,),
    faults=NO_ZIP | docs.IN_TRASH | {f.InputInvalid("ids", "more than 100000 files and folders"): "Too much is in it."},
    about="Files are stored in it as they are. What is known to be damaged is left out, and named in `missing "
    "files.txt` inside. When a file turns out to be broken, or is removed, while it is sent, the connection ends "
    "before the zip does. With 202 it is not ready, and the answer says how far it is.",
    pending=ZipShown,
)
