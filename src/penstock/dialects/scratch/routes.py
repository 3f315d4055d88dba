"""The calls of `scratch`: decode, call the engine, encode."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.scratch import DIALECT, ScratchSettings
from penstock.dialects.scratch.faults import word
from penstock.dialects.scratch.wire import Done, ErrorEnvelope, PartTaken, Status, file_response
from penstock.engine.engine import Engine
from penstock.engine.receiving import Incoming
from penstock.http import faults as h
from penstock.http.bodies.forms import boundary_of
from penstock.http.bodies.names import decode_header_name
from penstock.http.bodies.reading import Bodies, body_type, content_length
from penstock.http.bodies.upload_form import upload_form
from penstock.http.bodies.values import file_name, plain_text, whole_number
from penstock.http.docs import story
from penstock.http.docs.refusals import OPENING, SEALING, WAITING, Refusals
from penstock.http.downloads.delivery import deliver
from penstock.http.faults import BodyTypeRefused
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import BYTES, Call, DialectApp, Doc, Parameter, Wording
from penstock.http.routing.services import Services
from penstock.model import faults as f
from penstock.model.faults import FileUnknown, InputInvalid, InputMissing, UploadEnded, UploadUnknown
from penstock.model.file import File
from penstock.model.ids import FileId
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Declared, State, Upload

NAME = DIALECT.name
MAX_PARTS = 10_000
_KEY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


def scratch(services: Services, settings: ScratchSettings) -> DialectApp:
    """The calls of `scratch`."""
    base = services.public_urls.configured
    calls = _Scratch(services.engine, services.bodies, settings.scratch_limit, base).calls()
    return DialectApp(NAME, "scratch: streamed upload", calls, services.authenticator, Wording(word, ErrorEnvelope))


@dataclass(frozen=True, slots=True)
class _Part:
    """A part as its headers describe it."""

    key: str
    index: int
    declared: Declared


@dataclass(frozen=True, slots=True)
class _Scratch:
    """`limit` bounds a file, in bytes; `base` goes before the paths in answers."""

    engine: Engine
    bodies: Bodies
    limit: int
    base: str

    def calls(self) -> list[Call]:
        return [
            Call("POST", "/api/scratch/stream-upload", self.stream_upload, Scope.WRITE, _STREAM_UPLOAD),
            Call("GET", "/api/scratch/upload-status/{upload_id}", self.upload_status, Scope.READ, _UPLOAD_STATUS),
            Call("DELETE", "/api/scratch/cancel-upload/{upload_id}", self.cancel_upload, Scope.WRITE, _CANCEL_UPLOAD),
            Call("GET", "/api/scratch/download/{file_id}", self.download, Scope.READ, _DOWNLOAD),
        ]

    async def stream_upload(self, request: Request, principal: Principal) -> Response:
        part, head = _read_headers(request), self.engine.uploads.now()
        async with self._body(request, principal) as (body, length, most):
            late = await self.engine.uploads.live_at(principal, NAME, part.key, head)
            if late is None:
                before = await self.engine.uploads.newest(principal, NAME, part.key)
                if before is not None and _completed(before, part):
                    return await self._perhaps_again(principal, before, part, body, most)
            return await self._take(principal, part, Incoming(part.index, body, length, most), late)

    async def upload_status(self, request: Request, principal: Principal) -> Response:
        upload = await self._known(request, principal)
        if upload.state is State.CANCELLED:
            raise UploadUnknown
        if upload.state is State.SEALED:
            total = upload.declared.total or 0
            return json_answer(Status(uploadedChunks=total, chunks=list(range(total)), completed=True))
        numbers = await self.engine.uploads.numbers(upload)
        answer = Status(uploadedChunks=len(numbers), chunks=numbers)
        if (progress := await self.engine.uploads.progress(upload)) is not None:
            answer.mergeProgress = progress
        return json_answer(answer)

    async def cancel_upload(self, request: Request, principal: Principal) -> Response:
        await self.engine.uploads.cancel(await self._known(request, principal))
        return json_answer(Done(message="上传已取消"))

    async def download(self, request: Request, principal: Principal) -> Response:
        file = await self.engine.catalog.file(principal, FileId(request.path_params["file_id"]))
        return await deliver(self.engine.catalog, file, request)

    async def _known(self, request: Request, principal: Principal) -> Upload:
        upload = await self.engine.uploads.newest(principal, NAME, request.path_params["upload_id"])
        if upload is None:
            raise UploadUnknown
        return upload

    async def _take(
        self, principal: Principal, part: _Part, incoming: Incoming, late: Upload | None = None
    ) -> Response:
        upload = await self.engine.uploads.open(
            principal, NAME, part.declared, limit=self.limit, needs_md5=True, key=part.key, late=late
        )
        now = (await self.engine.receiver.receive(upload, incoming)).upload
        if now.received < (now.declared.total or 0):
            return self._taken(part, now.received)
        try:
            file = await self.engine.sealer.seal_in_time(now.id, now.declared, part.index)
        except FileUnknown:
            raise UploadEnded from None  # another part completed it, and the file was removed since
        return self._taken(part, now.received, file)

    async def _perhaps_again(
        self,
        principal: Principal,
        before: Upload,
        part: _Part,
        body: AsyncIterator[bytes],
        most: int | None,
    ) -> Response:
        """The same part that completed this upload returns its file again, or waits for it too; any other begins a new
        upload. Only the bytes can decide that, so they are spooled first.
        """
        spooled = await self.engine.receiver.spool(principal, body, self.limit, most)
        try:
            if await self.engine.receiver.matches(before, part.index, spooled.read()):
                with suppress(FileUnknown):  # the file was removed since: the part begins it again
                    file = await self.engine.sealer.seal_in_time(before.id, before.declared, part.index)
                    return self._taken(part, part.declared.total or 0, file)
            return await self._take(principal, part, Incoming(part.index, spooled.read(), spooled.length))
        finally:
            await spooled.discard()

    def _taken(self, part: _Part, received: int, file: File | None = None) -> Response:
        total = part.declared.total or 0
        answer = PartTaken(
            message=f"分块 {part.index + 1}/{total} 上传成功", uploadedChunks=received, totalChunks=total
        )
        if file is not None:
            answer.file = file_response(file, self.base)
        return json_answer(answer)

    @asynccontextmanager
    async def _body(
        self, request: Request, principal: Principal
    ) -> AsyncIterator[tuple[AsyncIterator[bytes], int | None, int | None]]:
        """The part's bytes with their exact length and an upper bound: raw, or the first file of a real form."""
        if not _is_raw(request):
            async with upload_form(
                request, principal, self.bodies, self.engine.receiver, file=None, needed=(), limit=self.limit
            ) as form:
                if form.body is None:
                    raise InputMissing("file")
                yield form.body, None, form.most
        else:
            length = content_length(request)
            yield self.bodies.stream(request), length, length


def _read_headers(request: Request) -> _Part:
    name = _header(request, "x-filename")
    total = whole_number(_header(request, "x-total-chunks").decode("latin-1"), "x-total-chunks", 1, MAX_PARTS)
    index = whole_number(_header(request, "x-chunk-index").decode("latin-1"), "x-chunk-index", 0, total - 1)
    size = whole_number(_header(request, "x-filesize").decode("latin-1"), "x-filesize", 0, 1 << 62)
    key = _header(request, "x-upload-id").decode("latin-1")
    if not 1 <= len(key) <= 128 or not _KEY.issuperset(key):
        raise InputInvalid("x-upload-id", "not 1 to 128 letters, digits, dots, underscores and hyphens")
    kind = request.headers.get("x-filetype") or None
    if kind is not None:
        plain_text(kind, "x-filetype", 255)
    return _Part(key, index, Declared(file_name(decode_header_name(name), "x-filename"), kind, size, total))


def _header(request: Request, name: str) -> bytes:
    """The raw bytes of a header: file names come in four encodings."""
    value = next((value for key, value in request.headers.raw if key == name.encode()), b"").strip()
    if not value:
        raise InputMissing(name)
    return value


def _is_raw(request: Request) -> bool:
    """Whether the body is the part's raw bytes. The clients send no type at all, or that of the file, or announce a
    form without a boundary and send bare bytes (RULINGS, `scratch`). Raises `BodyTypeRefused`.
    """
    kind = body_type(request)
    if kind == "multipart/form-data":
        return boundary_of(request.headers["content-type"]) is None
    if kind not in {
        "",
        "application/octet-stream",
        request.headers.get("x-filetype", "").partition(";")[0].strip().lower(),
    }:
        raise BodyTypeRefused
    return True


def _completed(before: Upload, part: _Part) -> bool:
    declared, held = part.declared, before.declared
    same = (declared.name, declared.size, declared.total) == (held.name, held.size, held.total)
    complete = before.state in {State.SEALING, State.PLACING, State.SEALED}
    return complete and before.completed_by == part.index and same


_KEY_OF_STORY = "hello-1"
_UPLOAD_ID = Parameter(
    "upload_id", "path", str, "The upload's identifier, chosen by its client.", example=_KEY_OF_STORY
)
_UNKNOWN: Refusals = {f.UploadUnknown(): "The caller has no such upload."}
_STREAM_UPLOAD = Doc(
    "Send one part. The answer to the part that completes the upload has the file.",
    PartTaken,
    (
        Parameter("x-filename", "header", str, "The name: plain, percent-encoded or RFC 8187.", example=story.NAME),
        Parameter("x-filesize", "header", int, "The size of the whole file, in bytes.", example=story.SIZE),
        Parameter("x-filetype", "header", str, "The file's media type.", required=False, example="text/plain"),
        Parameter("x-chunk-index", "header", int, "The part's number, from 0.", example=0),
        Parameter("x-total-chunks", "header", int, f"How many parts there are: 1 to {MAX_PARTS}.", example=1),
        Parameter("x-upload-id", "header", str, "1 to 128 of A–Z a–z 0–9 . _ -", example=_KEY_OF_STORY),
    ),
    BYTES,
    OPENING
    | SEALING
    | WAITING
    | {
        f.InputMissing("x-filename"): "A header is missing.",
        f.InputInvalid("x-chunk-index", "not a whole number"): "A header is wrong.",
        h.BodyTypeRefused(): "The body is neither the part itself nor a form with it.",
        f.SizeWrong(11, 12): "All parts together do not have the declared size.",
        f.UploadConflict(): "An unfinished upload of this identifier was declared differently.",
        f.UploadEnded(): "The upload was cancelled.",
        f.PartConflict(0): "The file is complete, and this part has other bytes.",
    },
    about=f"The body is the part itself, or a form with it. {story.HOW_TO_MAKE}",
)
_UPLOAD_STATUS = Doc("The stored parts of an upload.", Status, (_UPLOAD_ID,), faults=_UNKNOWN)
_CANCEL_UPLOAD = Doc(
    "Cancel an upload.",
    Done,
    (_UPLOAD_ID,),
    faults=_UNKNOWN
    | {
        f.UploadSealed(FileId("")): "The upload is complete.",
        f.UploadBusy(): "The upload is being merged.",
    },
)
_DOWNLOAD = Doc(
    "A finished file, whole or in ranges.",
    BYTES,
    (Parameter("file_id", "path", str, "The file's id: the last part was answered with it."),),
    faults={f.FileUnknown(): "The caller has no such file.", f.FileTrashed(): "It lies in the trash."},
)
