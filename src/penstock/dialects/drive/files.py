"""The calls of files: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.reading import (
    MAX_TEXT,
    cursor,
    disposition_of,
    edit_of,
    mark_of,
    page_length,
    place_asked,
    place_of,
    side_of,
    sort_of,
    tags_of,
    wanted,
)
from penstock.dialects.drive.wire import Claim, Claimed, FileChange, Files, FileShown, file_shown
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import file_name, md5_digest, plain_text, required, within
from penstock.http.docs import story
from penstock.http.docs.refusals import KEEPING
from penstock.http.downloads.delivery import deliver
from penstock.http.downloads.inline import INLINE_TYPES
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import BYTES, Call, Doc, Parameter
from penstock.http.routing.public_urls import PublicUrls
from penstock.model import faults as f
from penstock.model.file import File
from penstock.model.ids import ROOT, FileId
from penstock.model.listing import Listing, Mark, Sort
from penstock.model.principal import Principal, Scope

KINDS: dict[Sort, type[str] | type[int] | type[float]] = {
    Sort.NAME: str,
    Sort.SIZE: int,
    Sort.TIME: float,
    Sort.TYPE: str,
}
"""Of what kind the values are that a list is sorted by."""

PDF = "application/pdf"
"""What browsers show in a viewer of their own, which runs scripts of the file: only from an origin without anything."""

LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class FileCalls:
    """One's own files."""

    engine: Engine
    bodies: Bodies
    public_urls: PublicUrls

    def calls(self) -> list[Call]:
        """The calls."""
        file = "/drive/v1/files/{id}"
        return [
            Call("GET", "/drive/v1/files", self.list, Scope.READ, _LIST),
            Call("GET", "/drive/v1/search", self.search, Scope.READ, _SEARCH),
            Call("POST", "/drive/v1/claims", self.claim, Scope.WRITE, _CLAIM),
            Call("GET", f"{file}/content", self.content, Scope.READ, _CONTENT, linked=True),
            Call("GET", f"{file}/preview", self.preview, Scope.READ, _PREVIEW, linked=True),
            Call("GET", file, self.info, Scope.READ, _INFO),
            Call("PATCH", file, self.change, Scope.WRITE, _CHANGE),
            Call("DELETE", file, self.put, Scope.DELETE, _PUT),
        ]

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of files."""
        query, (sort, descending) = request.query_params, sort_of(request.query_params)
        listing = Listing(place_asked(query), sort, descending, wanted(query))
        mark = mark_of(query, KINDS[sort], sort, descending)
        files, end = await self.engine.drive.files(principal, listing, mark, page_length(query))
        return json_answer(Files([file_shown(file) for file in files], cursor(end, sort, descending)))

    async def search(self, request: Request, principal: Principal) -> Response:
        """A page of what is found."""
        query = request.query_params
        text = plain_text(required(query.get("q"), "q"), "q", MAX_TEXT)
        mark = mark_of(query, int, "search")
        before = int(mark.value) if mark is not None else None
        files, end = await self.engine.drive.search(principal, text, before, page_length(query))
        return json_answer(
            Files(
                [file_shown(file) for file in files], cursor(Mark(end, "search") if end is not None else None, "search")
            )
        )

    async def claim(self, request: Request, principal: Principal) -> Response:
        """A file that need not be sent."""
        claim = await self.bodies.json(request, Claim)
        made, trashed = await self.engine.drive.claim(
            principal,
            "drive",
            md5_digest(required(claim.md5, "md5"), "md5"),
            within(required(claim.size, "size"), "size", 0, LARGEST),
            file_name(required(claim.name, "name"), "name"),
            place_of(claim.folder) or ROOT,
        )
        answer = Claimed(*[file_shown(file) if file is not None else None for file in (made, trashed)])
        return json_answer(answer)

    async def info(self, request: Request, principal: Principal) -> Response:
        """One file."""
        return _told(await self._file(request, principal))

    async def change(self, request: Request, principal: Principal) -> Response:
        """One file, changed."""
        file = await self._file(request, principal)
        edit = edit_of(await self.bodies.json(request, FileChange))
        return _told(await self.engine.drive.edit_file(principal, file.id, edit, tags_of(request)))

    async def put(self, request: Request, principal: Principal) -> Response:
        """One file, in the trash."""
        file = await self._file(request, principal)
        return _told(await self.engine.drive.put_file(principal, file.id, tags_of(request)))

    async def content(self, request: Request, principal: Principal) -> Response:
        """Its bytes."""
        inline = INLINE_TYPES if disposition_of(request.query_params) == "inline" else ()
        return await deliver(self.engine.catalog, await self._file(request, principal), request, inline=inline)

    async def preview(self, request: Request, principal: Principal) -> Response:
        """What can be shown of it."""
        file, side = await self._file(request, principal), side_of(request.query_params)
        shown = await self.engine.previews.preview(principal, file, side)
        inline = INLINE_TYPES | {PDF} if self.public_urls.is_for_previews(request) else INLINE_TYPES
        return await deliver(self.engine.catalog, shown, request, inline=inline)

    async def _file(self, request: Request, principal: Principal) -> File:
        return await self.engine.catalog.file(principal, FileId(request.path_params["id"]))


def _told(file: File) -> Response:
    return json_answer(file_shown(file), headers={"ETag": f'"{file.tag}"'})


_LIST = Doc(
    "One's files, everywhere or in one folder.",
    Files,
    (
        Parameter("folder", "query", str, "The `id` of a folder, or `root`; everywhere without it.", False, "root"),
        Parameter("sort", "query", str, "`name`, `size`, `time` or `type`; by name without it.", False, "time"),
        Parameter("order", "query", str, "`asc` or `desc`; ascending without it.", False, "desc"),
        Parameter("type", "query", str, "A media type, or the beginning of some.", False, "text/"),
        Parameter("dialect", "query", str, "The dialect that they came through.", required=False),
        Parameter("label", "query", str, "A label that they have.", required=False),
        Parameter("since", "query", float, "When they came, in Unix seconds: then or later.", False, 0),
        Parameter("until", "query", float, "When they came: before then.", required=False),
        docs.LIMIT,
        docs.CURSOR,
    ),
    faults=docs.WRONG | docs.NO_FOLDER,
    about="A page may have fewer files than `limit`, even none, while `next` is not null: a call looks at a bounded "
    "number of files, however few of them are wanted.",
)
_SEARCH = Doc(
    "Files whose names contain every word of a text, newest first.",
    Files,
    (
        Parameter("q", "query", str, "Parts of words in any script, from one character on.", example="he"),
        docs.LIMIT,
        docs.CURSOR,
    ),
    faults=docs.WRONG | {f.InputMissing("q"): "There is no text."},
    about="Upper and lower case are the same. Pages are as those of lists.",
)
_CLAIM = Doc(
    "A file that need not be sent, because its bytes are here (instant upload).",
    Claimed,
    (),
    Claim,
    KEEPING
    | docs.NO_PLACE
    | {
        f.InputMissing("md5"): "A value is missing.",
        f.TooLarge(1 << 20): "It alone is more than the caller may have.",
        f.RateLimited(60): "Too many in a minute.",
    },
    {"name": story.NAME, "size": story.SIZE, "md5": story.MD5},
    "With the `file`, under a free name, or without one: then it is to be sent, by `tus`, unless `trashed` is "
    "one with these bytes that can be restored.",
)
_INFO = Doc("A file, in the trash or not.", FileShown, (docs.FILE_ID,), faults=docs.NO_FILE)
_CHANGE = Doc(
    "Rename a file, move it, label it.",
    FileShown,
    (docs.FILE_ID, docs.IF_MATCH),
    FileChange,
    docs.NO_FILE | docs.IN_TRASH | docs.NO_PLACE | docs.TAKEN | docs.OUTDATED,
    {"name": "greeting.txt", "labels": ["kept"], "on_conflict": "rename"},
)
_CONTENT = Doc(
    "A file's bytes, whole or in ranges.",
    BYTES,
    (docs.FILE_ID, docs.DISPOSITION),
    faults=docs.NO_FILE | docs.IN_TRASH | docs.NO_DISPOSITION,
)
_PREVIEW = Doc(
    "A file as a browser can show it, whole or in ranges.",
    BYTES,
    (
        docs.FILE_ID,
        Parameter("size", "query", str, "Of a picture: `small`, `medium` (as without it) or `large`.", False, "small"),
    ),
    faults=KEEPING
    | docs.NO_FILE
    | docs.IN_TRASH
    | docs.WRONG
    | {
        f.TooLarge(1 << 20): "The preview alone is more than the caller may have.",
        f.PictureRefused("cannot be decoded"): "The picture cannot be shown.",
        f.PicturesBusy(5): "Too many pictures wait.",
        f.TooManyVariants(1000): "The picture has its most variants.",
    },
    about="Pictures are WebP of at most 256, 1024 or 2048 pixels, texts plain text; sound and video are what they are. "
    "Everything else is a download; PDF too, unless `preview_url` gives previews an origin of their own.",
)
_PUT = Doc(
    "Put a file into the trash.",
    FileShown,
    (docs.FILE_ID, docs.IF_MATCH),
    faults=docs.NO_FILE | docs.IN_TRASH | docs.OUTDATED,
)
