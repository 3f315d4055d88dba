"""The calls of `files`: decode, call the engine, encode."""

from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.files import DIALECT, FilesSettings
from penstock.dialects.files.faults import word
from penstock.dialects.files.wire import (
    Begun,
    Envelope,
    FileInfo,
    FileShown,
    InitRequest,
    PartTaken,
    Status,
    begun,
    done,
    file_response,
    info,
    status,
)
from penstock.engine.engine import Engine
from penstock.engine.receiving import Incoming
from penstock.http.bodies.forms import boundary_of
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.upload_form import upload_form
from penstock.http.bodies.values import file_name, required, whole_number, within
from penstock.http.docs import story
from penstock.http.docs.refusals import OPENING, SEALING, WAITING, Refusals
from penstock.http.downloads.delivery import deliver
from penstock.http.routing.answers import json_answer
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import BYTES, Call, DialectApp, Doc, Parameter, Wording
from penstock.http.routing.services import Services
from penstock.http.routing.sudo import sudo_of
from penstock.model import faults as f
from penstock.model.faults import ContentRefused, InputInvalid, InputMissing, UploadRefused, UploadUnknown
from penstock.model.ids import FileId, UploadId
from penstock.model.layout import missing
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Declared, State, Upload

NAME = DIALECT.name
MAX_PARTS = 10_000
SMALL_FORM = 64 * 1024


def files(services: Services, settings: FilesSettings) -> DialectApp:
    """The calls of `files`."""
    calls = _Files(services.engine, services.bodies, settings.file_limit, services.proxies).calls()
    return DialectApp(NAME, "files: whole files and parts", calls, services.authenticator, Wording(word, Envelope))


@dataclass(frozen=True, slots=True)
class _Files:
    """`limit` bounds a file, in bytes."""

    engine: Engine
    bodies: Bodies
    limit: int
    proxies: Proxies

    def calls(self) -> list[Call]:
        parts = "/api/files/chunked-upload"
        return [
            Call("POST", "/api/files/upload", self.upload, Scope.WRITE, _UPLOAD),
            Call("POST", f"{parts}/init", self.init, Scope.WRITE, _INIT),
            Call("POST", f"{parts}/chunk", self.chunk, Scope.WRITE, _CHUNK),
            Call("GET", f"{parts}/status", self.status, Scope.READ, _STATUS),
            Call("POST", f"{parts}/merge", self.merge, Scope.WRITE, _MERGE),
            Call("GET", "/api/files/{file_id}/download", self.download, Scope.READ, _DOWNLOAD),
            Call("GET", "/api/files/{file_id}/info", self.info, Scope.READ, _INFO),
            Call("DELETE", "/api/files/{file_id}", self.delete, Scope.DELETE, _DELETE),
            Call("DELETE", "/api/files/tmp/{file_id}", self.delete, Scope.DELETE, _DELETE),
        ]

    async def upload(self, request: Request, principal: Principal) -> Response:
        async with upload_form(
            request, principal, self.bodies, self.engine.receiver, file="file", needed=(), limit=self.limit
        ) as form:
            if form.body is None:
                raise InputMissing("file")
            declared = Declared(file_name(form.filename, "file"), total=1)
            file = await self.engine.store(
                principal, NAME, declared, form.body, limit=self.limit, needs_md5=False, most=form.most
            )
        return json_answer(done(file_response(file)))

    async def init(self, request: Request, principal: Principal) -> Response:
        payload = await self.bodies.json(request, InitRequest)
        size = within(required(payload.fileSize, "fileSize"), "fileSize", 0, 1 << 62)
        total = within(required(payload.totalChunks, "totalChunks"), "totalChunks", 1, MAX_PARTS)
        declared = Declared(file_name(required(payload.fileName, "fileName"), "fileName"), size=size, total=total)
        upload = await self.engine.uploads.open(principal, NAME, declared, limit=self.limit, needs_md5=False)
        return json_answer(done(begun(upload)))

    async def chunk(self, request: Request, principal: Principal) -> Response:
        needed = ("uploadId", "chunkNumber", "totalChunks", "fileName")
        async with upload_form(
            request, principal, self.bodies, self.engine.receiver, file="file", needed=needed, limit=self.limit
        ) as form:
            upload = await self._upload(principal, form.text("uploadId"))
            total = upload.declared.total or 0
            number = whole_number(form.text("chunkNumber"), "chunkNumber", 1, total)
            whole_number(form.text("totalChunks"), "totalChunks", total, total)
            file_name(form.text("fileName"), "fileName")
            if form.body is None:
                raise InputMissing("file")
            # 1-based on the wire (files.md §5.2); 0-based inside.
            taken = await self.engine.receiver.receive(upload, Incoming(number - 1, form.body, most=form.most))
        if taken.upload.state is State.SEALED:
            await self.engine.catalog.file(principal, FileId(upload.id))  # merged meanwhile, and perhaps removed since
        return json_answer(done(PartTaken(upload.id, number)))

    async def status(self, request: Request, principal: Principal) -> Response:
        upload = await self._upload(principal, required(request.query_params.get("uploadId"), "uploadId"))
        total = upload.declared.total or 0
        if upload.state is State.SEALED:
            return json_answer(done(status(upload, list(range(total)), [])))
        here = await self.engine.uploads.numbers(upload)
        answer = status(upload, here, missing(here, total))
        if (progress := await self.engine.uploads.progress(upload)) is not None:
            answer.mergeProgress = progress
        return json_answer(done(answer))

    async def merge(self, request: Request, principal: Principal) -> Response:
        upload = await self._upload(principal, await self._merged_id(request, principal))
        return json_answer(done(file_response(await self.engine.sealer.seal_in_time(upload.id, upload.declared))))

    async def download(self, request: Request, principal: Principal) -> Response:
        file = await self.engine.catalog.file(principal, FileId(request.path_params["file_id"]))
        return await deliver(self.engine.catalog, file, request)

    async def info(self, request: Request, principal: Principal) -> Response:
        file = await self.engine.catalog.file(principal, FileId(request.path_params["file_id"]))
        return json_answer(done(info(file)))

    async def delete(self, request: Request, principal: Principal) -> Response:
        identifier = request.path_params["file_id"]
        try:
            upload = await self.engine.uploads.find(principal, NAME, UploadId(identifier))
        except (UploadUnknown, ContentRefused, UploadRefused):
            upload = None
        if upload is None or upload.state is State.SEALED:
            sudo = await sudo_of(request, self.bodies)
            await self.engine.delete(principal, identifier, sudo, self.proxies.client(request))
        else:
            await self.engine.give_up(principal, upload)
        return json_answer(done(None, "文件删除成功"))

    async def _upload(self, principal: Principal, identifier: str) -> Upload:
        """The caller's upload of this id; one whose file was removed since is unknown."""
        try:
            upload = await self.engine.uploads.find(principal, NAME, UploadId(str(UUID(identifier))))
        except ValueError:
            raise InputInvalid("uploadId", "not a UUID") from None
        if upload.state is State.SEALED:
            await self.engine.catalog.file(principal, FileId(upload.id))
        return upload

    async def _merged_id(self, request: Request, principal: Principal) -> str:
        """`uploadId` from the query, or from either kind of form (RULINGS, `files`)."""
        identifier = request.query_params.get("uploadId")
        if identifier is None and boundary_of(request.headers.get("content-type", "")) is not None:
            async with upload_form(
                request, principal, self.bodies, self.engine.receiver, file=None, needed=(), limit=SMALL_FORM
            ) as form:
                identifier = form.fields.get("uploadId")
        elif identifier is None:
            raw = await self.bodies.whole(request, SMALL_FORM)
            identifier = parse_qs(raw.decode("latin-1")).get("uploadId", [None])[0]
        return required(identifier, "uploadId")


_FILE_ID = Parameter("file_id", "path", str, "The file's id, or that of the upload it came from.")
_UPLOAD_ID = Parameter("uploadId", "query", str, "The upload's id, as `init` answers it.")
_BAD: Refusals = {
    f.InputMissing("uploadId"): "A field is missing.",
    f.InputInvalid("uploadId", "not a UUID"): "A field is wrong.",
}
_NO_FILE: Refusals = {f.FileUnknown(): "The caller has no such file."}
_NO_UPLOAD: Refusals = {f.UploadUnknown(): "The caller has no such upload.", f.FileUnknown(): "Its file was removed."}
_UPLOAD = Doc(
    "Send a whole file.",
    FileShown,
    (Parameter("file", "form", BYTES, f"The file. {story.HOW_TO_MAKE}"),),
    faults=OPENING | SEALING | {f.InputMissing("file"): "There is no file in the form."},
)
_INIT = Doc(
    "Open an upload in parts.",
    Begun,
    (),
    InitRequest,
    OPENING
    | {
        f.InputMissing("fileName"): "A field is missing.",
        f.InputInvalid("totalChunks", f"not between 1 and {MAX_PARTS}"): "A field is wrong.",
    },
    {"fileName": story.NAME, "fileSize": story.SIZE, "totalChunks": 1},
)
_CHUNK = Doc(
    "Send one part.",
    PartTaken,
    (
        Parameter("file", "form", BYTES, f"The part's bytes. {story.HOW_TO_MAKE}"),
        Parameter("uploadId", "form", str, "The upload's id, as `init` answers it."),
        Parameter("chunkNumber", "form", int, "The part's number, from 1.", example=1),
        Parameter("totalChunks", "form", int, "How many parts there are, as in `init`.", example=1),
        Parameter("fileName", "form", str, "The file's name.", example=story.NAME),
    ),
    faults=_BAD
    | _NO_UPLOAD
    | {
        f.UploadEnded(): "The upload was cancelled while the part was arriving.",
        f.PartConflict(0): "Other bytes than those of the merged file.",
    },
)
_STATUS = Doc("The stored parts of an upload.", Status, (_UPLOAD_ID,), faults=_BAD | _NO_UPLOAD)
_MERGE = Doc(
    "Merge the parts into a file.",
    FileShown,
    (_UPLOAD_ID,),
    faults=_BAD
    | _NO_UPLOAD
    | SEALING
    | WAITING
    | {
        f.PartsMissing([1], 1, 2): "Parts are missing.",
        f.SizeWrong(11, 12): "All parts together have another size.",
    },
)
_DOWNLOAD = Doc(
    "A file, whole or in ranges.",
    BYTES,
    (_FILE_ID,),
    faults=_NO_FILE | {f.FileTrashed(): "It lies in the trash."},
)
_INFO = Doc("The metadata of a file.", FileInfo, (_FILE_ID,), faults=_NO_FILE)
_DELETE = Doc(
    "Remove a file, or an upload and its parts, for good.",
    None,
    (
        _FILE_ID,
        Parameter(
            "X-Sudo-Token", "header", str, "A sudo token, where one is asked for (`sudo_delete`).", required=False
        ),
    ),
    faults=_NO_FILE
    | {
        f.SudoRequired(): "A sudo token is required (`SUDO_TOKEN_REQUIRED`).",
        f.UploadBusy(): "The upload is being merged.",
    },
)
