"""The calls of `instant`: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.instant import DIALECT, InstantSettings
from penstock.dialects.instant.faults import word
from penstock.dialects.instant.wire import (
    MAX_PARTS,
    Envelope,
    Instant,
    InstantRequest,
    Listing,
    Merged,
    MergeRequest,
    PartCheck,
    Status,
    Taken,
    Text,
    file_response,
    listed,
)
from penstock.engine.engine import Engine
from penstock.engine.receiving import Incoming
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.upload_form import UploadForm, upload_form
from penstock.http.bodies.values import file_name, md5_digest, plain_text, required, whole_number, within
from penstock.http.docs import story
from penstock.http.docs.refusals import KEEPING, OPENING, SEALING, WAITING, Refusals
from penstock.http.downloads.delivery import deliver
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import BYTES, Call, DialectApp, Doc, Parameter, Wording
from penstock.http.routing.services import Services
from penstock.model import faults as f
from penstock.model.faults import DigestWrong, FileUnknown, InputMissing, PartsMissing, SizeWrong
from penstock.model.file import File, NewFile
from penstock.model.ids import Md5
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Declared, State, Upload

NAME = DIALECT.name
MAX_KEY = 255
MAX_SEARCH = 1024
INSTANT_BODY = 20 << 20
"""A big file announces many part MD5s (RULINGS, `instant`)."""

LIST = 1000
"""The most files in one list."""


def instant(services: Services, settings: InstantSettings) -> DialectApp:
    """The calls of `instant`."""
    calls = _Instant(services.engine, services.bodies, settings.file_limit, services.public_urls.configured).calls()
    wording = Wording(word, Envelope)
    return DialectApp(NAME, "instant: upload by hash, in parts, merged", calls, services.authenticator, wording)


@dataclass(frozen=True, slots=True)
class _Instant:
    """`limit` bounds a file, in bytes; `base` goes before the paths in answers."""

    engine: Engine
    bodies: Bodies
    limit: int
    base: str

    def calls(self) -> list[Call]:
        return [
            Call("POST", "/api/file/instant", self.instant, Scope.WRITE, _INSTANT),
            Call("GET", "/api/file/status", self.status, Scope.READ, _STATUS),
            Call("POST", "/api/file/upload", self.upload, Scope.WRITE, _UPLOAD),
            Call("POST", "/api/file/merge", self.merge, Scope.WRITE, _MERGE),
            Call("GET", "/api/file/list", self.list_files, Scope.READ, _LIST),
            Call("GET", "/api/file/download/{file_id:path}", self.download, Scope.READ, _DOWNLOAD),
        ]

    async def instant(self, request: Request, principal: Principal) -> Response:
        payload = await self.bodies.json(request, InstantRequest, INSTANT_BODY)
        key, md5, size = _key(payload.file_id), _md5(payload.md5, "md5"), _size(payload.size)
        new = NewFile(_name(payload.name), "", key, _label(payload.user_id), md5)
        file = await self.engine.catalog.claim(principal, NAME, md5, size, new)
        answer = Instant(uploaded=file is not None)
        if file is not None:
            answer.file = file_response(file, self.base)
        if payload.chunk_md5s is not None:
            answer.chunkCheckResult = await self._check_parts(principal, key, payload.chunk_md5s)
        return json_answer(Envelope(data=answer))

    async def status(self, request: Request, principal: Principal) -> Response:
        key = _key(request.query_params.get("file_id"))
        _md5(request.query_params.get("md5"), "md5")
        upload = await self._open_upload(principal, key)
        if upload is None:
            return json_answer(Envelope(data=Status([])))
        answer = Status(await self.engine.uploads.numbers(upload))
        if (progress := await self.engine.uploads.progress(upload)) is not None:
            answer.mergeProgress = progress
        return json_answer(Envelope(data=answer))

    async def upload(self, request: Request, principal: Principal) -> Response:
        head = self.engine.uploads.now()  # before the body: see `Uploads.live_at`
        async with upload_form(
            request,
            principal,
            self.bodies,
            self.engine.receiver,
            file="chunk",
            needed=("file_id", "index"),
            limit=self.limit,
        ) as form:
            key = _key(form.text("file_id"))
            index = _index(form.text("index"))
            if form.body is None:
                raise InputMissing("chunk")
            _part_md5(form)  # a bad MD5 that precedes the bytes is refused before they are read
            declared = Declared("", label=_label(form.fields.get("user_id")))
            late = await self.engine.uploads.live_at(principal, NAME, key, head)
            upload = await self.engine.uploads.open(
                principal, NAME, declared, limit=self.limit, needs_md5=True, key=key, late=late
            )
            incoming = Incoming(index, form.body, most=form.most, md5=lambda: _part_md5(form))
            await self.engine.receiver.receive(upload, incoming)
        return json_answer(Envelope(data=Taken()))

    async def merge(self, request: Request, principal: Principal) -> Response:
        payload = await self.bodies.json(request, MergeRequest)
        key, md5, size = _key(payload.file_id), _md5(payload.md5, "md5"), _size(payload.size)
        total = within(required(payload.total, "total"), "total", 0, MAX_PARTS)
        declared = Declared(_name(payload.name), None, size, total, None, md5, _label(payload.user_id))
        try:
            upload = await self._upload_to_merge(principal, key, declared)
            file = await self.engine.sealer.seal_in_time(upload.id, declared)
        except (PartsMissing, SizeWrong, DigestWrong, FileUnknown):
            here = await self._here_already(principal, key, declared, md5, size)
            if here is None:
                raise
            file = here
        return json_answer(Envelope(data=Merged(file_response(file, self.base))))

    async def list_files(self, request: Request, principal: Principal) -> Response:
        total, files = await self.engine.catalog.page(principal, _search(request.query_params.get("search")), 0, LIST)
        return json_answer(Envelope(data=Listing(total, [listed(file, self.base) for file in files])))

    async def download(self, request: Request, principal: Principal) -> Response:
        file = await self.engine.catalog.by_key(principal, NAME, request.path_params["file_id"])
        return await deliver(self.engine.catalog, file, request)

    async def _open_upload(self, principal: Principal, key: str) -> Upload | None:
        upload = await self.engine.uploads.newest(principal, NAME, key)
        return upload if upload is not None and upload.state is not State.SEALED else None

    async def _check_parts(self, principal: Principal, key: str, announced: list[str]) -> list[PartCheck]:
        """One entry per announced MD5; the MD5s of stored parts are computed from their bytes."""
        upload = await self._open_upload(principal, key)
        here = await self.engine.uploads.part_md5s(upload, len(announced)) if upload else {}
        return [PartCheck(index, index in here, here.get(index) == md5.lower()) for index, md5 in enumerate(announced)]

    async def _upload_to_merge(self, principal: Principal, key: str, declared: Declared) -> Upload:
        """The upload of this key: the live one, or the merged one when it was of these very bytes. A file without bytes
        has no parts, so its upload begins here.
        """
        newest = await self.engine.uploads.newest(principal, NAME, key)
        if newest is not None and (newest.state is not State.SEALED or _same_bytes(newest.declared, declared)):
            return newest
        if declared.total:
            raise PartsMissing(list(range(declared.total)), 0, declared.total)
        return await self.engine.uploads.open(principal, NAME, declared, limit=self.limit, needs_md5=True, key=key)

    async def _here_already(
        self, principal: Principal, key: str, declared: Declared, md5: Md5, size: int
    ) -> File | None:
        """The requested file, when its bytes arrived by another upload: `file_id` is the MD5 in both front ends and
        anonymous callers share one principal, so a late part begins an upload that nobody will complete. That upload is
        dropped. Parts that make the file are sealed first: two contents may have one MD5, and stay two files.
        """
        new = NewFile(declared.name, "", key, declared.label, md5)
        file = await self.engine.catalog.claim(principal, NAME, md5, size, new)
        stray = await self._open_upload(principal, key)
        if file is not None and stray is not None:
            await self.engine.uploads.abandon(stray.id)
        return file


def _same_bytes(held: Declared, declared: Declared) -> bool:
    return (held.md5, held.size) == (declared.md5, declared.size)


def _key(value: Text | None) -> str:
    return plain_text(str(required(value, "file_id")), "file_id", MAX_KEY)


def _label(value: Text | None) -> str | None:
    return None if value is None or value == "" else plain_text(str(value), "user_id", MAX_KEY)


def _name(value: str | None) -> str:
    return file_name(required(value, "name"), "name")


def _search(value: str | None) -> str:
    return plain_text(value, "search", MAX_SEARCH) if value else ""


def _size(value: int | None) -> int:
    return within(required(value, "size"), "size", 0, 1 << 62)


def _index(text: str) -> int:
    return whole_number(text, "index", 0, MAX_PARTS - 1)


def _md5(value: str | None, name: str) -> Md5:
    return md5_digest(required(value, name), name)


def _part_md5(form: UploadForm) -> Md5 | None:
    return _md5(form.fields["chunk_md5"], "chunk_md5") if form.fields.get("chunk_md5") else None


_FILE_ID = Parameter("file_id", "query", str, "The file's id, chosen by its client.", example=story.MD5)
_BAD: Refusals = {
    f.InputMissing("file_id"): "A parameter is missing.",
    f.InputInvalid("md5", "not 32 hexadecimal digits"): "A parameter is wrong.",
}
_EXAMPLE = {"file_id": story.MD5, "md5": story.MD5, "name": story.NAME, "size": story.SIZE}
_INSTANT = Doc(
    "Upload by hash: if the bytes are stored already, nothing needs to be sent.",
    Instant,
    (),
    InstantRequest,
    _BAD | KEEPING | {f.RateLimited(60): "The caller has claimed too many files by hash in this minute."},
    _EXAMPLE,
)
_STATUS = Doc(
    "The stored parts of an upload.",
    Status,
    (_FILE_ID, Parameter("md5", "query", str, "The MD5 of the whole file.", example=story.MD5)),
    faults=_BAD,
)
_UPLOAD = Doc(
    "Send one part.",
    Taken,
    (
        Parameter("file_id", "form", str, "The file's id, chosen by its client.", example=story.MD5),
        Parameter("index", "form", int, "The part's number, from 0.", example=0),
        Parameter("chunk", "form", BYTES, f"The part's bytes. {story.HOW_TO_MAKE}"),
        Parameter(
            "chunk_md5", "form", str, "The part's MD5; other bytes are refused.", required=False, example=story.MD5
        ),
        Parameter("user_id", "form", str, "A label; it grants nothing.", required=False),
    ),
    faults=_BAD
    | OPENING
    | {
        f.PartDigestWrong(story.MD5, story.PICTURE_MD5): "The part's MD5 differs from the declared one.",
        f.UploadEnded(): "The upload of this part ended without becoming a file.",
        f.PartConflict(0): "The file is merged, and this part has other bytes.",
    },
)
_MERGE = Doc(
    "Merge the parts into a file.",
    Merged,
    (),
    MergeRequest,
    _BAD
    | SEALING
    | WAITING
    | {
        f.PartsMissing([1], 1, 2): "Parts are missing.",
        f.SizeWrong(11, 12): "All parts together have another size.",
        f.DigestWrong(story.MD5, story.PICTURE_MD5): "All parts together have another MD5.",
        f.FileUnknown(): "The file was merged, and removed since.",
    },
    _EXAMPLE | {"total": 1},
)
_LIST = Doc(
    "The caller's files, newest first.",
    Listing,
    (Parameter("search", "query", str, "Part of a name.", required=False, example="hello"),),
    faults={f.InputInvalid("search", "a control character"): "No name can contain it."},
)
_DOWNLOAD = Doc(
    "A file, whole or in ranges.",
    BYTES,
    (Parameter("file_id", "path", str, "The client's own id of the file, or that of the list.", example=story.MD5),),
    faults={f.FileUnknown(): "The caller has no such file.", f.FileTrashed(): "It lies in the trash."},
)
