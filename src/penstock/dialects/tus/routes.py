"""The calls of `tus`: decode, call the engine, encode."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.tus import DIALECT, TusSettings
from penstock.dialects.tus.app import TusApp, versioned
from penstock.dialects.tus.checksums import ALGORITHMS, check_of
from penstock.dialects.tus.concat import HEADER, key_of, read_concat
from penstock.dialects.tus.docs import CREATE, DOWNLOAD, GO_ON, STATUS, TERMINATE
from penstock.dialects.tus.faults import word
from penstock.dialects.tus.wire import BYTES_TYPE, VERSION, Told, http_date, read_metadata, whole
from penstock.engine.appended import AppendedUploads
from penstock.engine.appending import Appending
from penstock.engine.engine import Engine
from penstock.http.bodies.digests import stated_digests
from penstock.http.bodies.reading import Bodies, body_type, content_length, refuse_beyond
from penstock.http.downloads.delivery import deliver
from penstock.http.faults import BodyTypeRefused
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call
from penstock.http.routing.services import Services
from penstock.model.concat import Concat
from penstock.model.faults import (
    Fault,
    InputInvalid,
    OffsetWrong,
    SizeConflict,
    StillSealing,
    UploadJoined,
    UploadUnknown,
)
from penstock.model.file import File
from penstock.model.ids import UploadId
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Declared, State, Upload

NAME = DIALECT.name
EXTENSIONS = (
    "creation,creation-with-upload,creation-defer-length,expiration,checksum,checksum-trailer,termination,"
    "concatenation,concatenation-unfinished"
)


def tus(services: Services, settings: TusSettings) -> TusApp:
    """The calls of `tus`."""
    engine = services.engine
    uploads = AppendedUploads(engine, NAME)
    calls = _Tus(engine, uploads, services.bodies, services.proxies, settings.tus_limit).calls()
    spoken = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.tus_limit),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    guest, proxies = engine.upload_requests.guest, services.proxies
    return TusApp(NAME, calls, services.authenticator, word, spoken, guest, proxies)


@dataclass(frozen=True, slots=True)
class _Tus:
    """`limit` bounds a file, in bytes."""

    engine: Engine
    uploads: AppendedUploads
    bodies: Bodies
    proxies: Proxies
    limit: int

    def calls(self) -> list[Call]:
        upload, create = "/files/{upload_id}", versioned(self.create)
        return [
            Call("POST", "/files/", create, Scope.WRITE, CREATE),
            Call("POST", "/files", create, Scope.WRITE, CREATE, alias=True),
            Call("HEAD", upload, versioned(self.status), Scope.WRITE, STATUS),
            Call("PATCH", upload, versioned(self.go_on), Scope.WRITE, GO_ON),
            Call("GET", upload, self.download, Scope.READ, DOWNLOAD),
            Call("DELETE", upload, versioned(self.terminate), Scope.DELETE, TERMINATE),
        ]

    async def create(self, request: Request, principal: Principal) -> Response:
        headers, concatenation = request.headers, read_concat(request, self.proxies)
        if concatenation is not None and principal.upload_request is not None:
            raise InputInvalid(HEADER, "not by an upload request")
        if concatenation is not None and concatenation.sources:
            return await self._create_final(request, principal, concatenation.sources)
        size, brings, length = _declared_size(request), _brings_bytes(request), content_length(request)
        refuse_beyond(self.limit, size)
        refuse_beyond(self.limit if size is None else size, length if brings else None)
        found = read_metadata(headers.get("upload-metadata"))
        by_request = principal.upload_request is not None  # which says itself where
        folder = None if by_request else await self.engine.drive.place(principal, found.folder)
        appending = self._appending(request, 0) if brings else None
        upload = await self.engine.uploads.open(
            principal,
            NAME,
            Declared(found.name, found.media_type, size),
            limit=self.limit,
            needs_md5=True,
            appended=True,
            told=_telling(request),
            concat=concatenation.concat if concatenation is not None else None,
            folder=folder,
        )
        try:
            if appending is not None:
                upload = await self.engine.appender.append(upload, appending)
            upload = await self._sealed_if_whole(upload)
        except StillSealing:
            upload = await self.engine.uploads.find(principal, NAME, upload.id)  # the client goes on, and waits there
        except Fault:
            await self.engine.uploads.abandon(upload.id)  # its client does not get to know the address
            raise
        offset = _offset(upload) if brings else {}
        return Response(status_code=201, headers=_location(upload) | offset | _expires(upload))

    async def _create_final(self, request: Request, principal: Principal, sources: Sequence[UploadId]) -> Response:
        """An upload that is made of others. The answer comes once it is a file, if nobody is waited for any more: its
        client need not ask. One that comes again, because this took too long, joins it.
        """
        if _has_body(request):
            raise InputInvalid(HEADER, "what is made of others brings no bytes")
        headers, found = request.headers, {source: await self._partial(principal, source) for source in set(sources)}
        metadata = read_metadata(headers.get("upload-metadata"))
        upload = await self.engine.joiner.open(
            principal,
            NAME,
            Declared(metadata.name, metadata.media_type),
            [found[source] for source in sources],
            limit=self.limit,
            key=key_of(headers.get(HEADER), headers.get("upload-metadata")),
            told=_telling(request, sources),
            folder=await self.engine.drive.place(principal, metadata.folder),
        )
        try:
            if await self.engine.joiner.is_ready(upload.id):
                file = await self.engine.joiner.join_in_time(upload.id)
                upload = replace(upload, state=State.SEALED, file=file.id, bytes=file.blob.size)
        except StillSealing:
            raise
        except Fault:
            await self.engine.uploads.abandon(upload.id)
            raise
        offset = _offset(upload) if upload.state is State.SEALED else {}
        return Response(status_code=201, headers=_location(upload) | offset | _expires(upload))

    async def _partial(self, principal: Principal, source: UploadId) -> Upload:
        try:
            upload = await self.engine.uploads.find(principal, NAME, source)
        except UploadUnknown:
            raise InputInvalid(HEADER, "an upload that is not there") from None
        if upload.concat is not Concat.PARTIAL or upload.state is not State.OPEN:
            raise InputInvalid(HEADER, "an upload that is not partial")
        return upload

    async def status(self, request: Request, principal: Principal) -> Response:
        try:
            upload = await self._upload(request, principal)
        except UploadUnknown:
            file = await self._file(request, principal)
            return _head({"Upload-Offset": str(file.blob.size), "Upload-Length": str(file.blob.size)})
        being_joined = upload.concat is Concat.FINAL and upload.state is not State.SEALED
        if upload.state is State.OPEN and not being_joined:
            upload = await self.engine.appender.settle(upload.id)
        size, told = upload.declared.size, _told(upload)
        headers = _expires(upload) | ({} if being_joined else _offset(upload))
        headers |= {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
        if told.metadata:
            headers["Upload-Metadata"] = told.metadata
        if told.concat:
            headers[HEADER] = told.concat
        return _head(headers)

    async def go_on(self, request: Request, principal: Principal) -> Response:
        upload = await self._upload(request, principal, goes_on=True)
        if upload.concat is Concat.FINAL:
            raise UploadJoined
        if body_type(request) != BYTES_TYPE:
            raise BodyTypeRefused
        offset = whole(request.headers.get("upload-offset"), "Upload-Offset")
        appending = self._appending(request, offset)
        upload = await self._measured(request, upload)
        if upload.state is State.OPEN and not upload.is_whole:
            upload = await self.engine.appender.append(upload, appending)
            upload = await self._sealed_if_whole(upload)
        else:
            upload = await self._join(upload, appending)
        return Response(status_code=204, headers=_offset(upload) | _expires(upload))

    async def terminate(self, request: Request, principal: Principal) -> Response:
        sudo, address = request.headers.get("x-sudo-token"), self.proxies.client(request)
        await self.uploads.end(principal, request.path_params["upload_id"], sudo, address)
        return Response(status_code=204)

    async def download(self, request: Request, principal: Principal) -> Response:
        return await deliver(self.engine.catalog, await self._file(request, principal), request)

    def _appending(self, request: Request, offset: int) -> Appending:
        """The body of a request. With a digest, whoever stated it and where, it counts as a whole."""
        whole = bool(stated_digests(request.scope["headers"]))
        body = self.bodies.stream(request)
        return Appending(offset, body, content_length(request), check_of(request), whole=whole)

    async def _sealed_if_whole(self, upload: Upload) -> Upload:
        """The request that reaches the length is answered once the upload is a file: until then its client keeps its
        copy. A partial one becomes none. Raises as `Sealer.seal_in_time`.
        """
        if upload.concat is Concat.PARTIAL:
            await self.engine.joiner.grown(upload)
            return upload
        if not upload.is_whole:
            return upload
        file = await self.engine.sealer.seal_in_time(upload.id, upload.declared)
        return replace(upload, state=State.SEALED, file=file.id)

    async def _join(self, upload: Upload, appending: Appending) -> Upload:
        """The end once more, whose answer was lost, or did not wait for the seal: its bytes are compared."""
        reached, offset = _reached(upload), appending.offset
        if (upload.state is State.SEALED and offset != reached) or offset not in {reached, upload.bytes}:
            raise OffsetWrong(reached, offset)
        if not await self.uploads.repeats(upload, appending):
            raise OffsetWrong(reached, offset)
        return upload if upload.state is State.SEALED else await self._sealed_if_whole(upload)

    async def _measured(self, request: Request, upload: Upload) -> Upload:
        """The upload with the length that this request tells, if it tells one."""
        told = request.headers.get("upload-length")
        if told is None:
            return upload
        size = whole(told, "Upload-Length")
        if upload.state is State.OPEN:
            return await self.engine.appender.set_size(upload, size)
        if size != upload.declared.size:
            raise SizeConflict(upload.declared.size)
        return upload

    async def _upload(self, request: Request, principal: Principal, *, goes_on: bool = False) -> Upload:
        return await self.uploads.find(principal, request.path_params["upload_id"], goes_on=goes_on)

    async def _file(self, request: Request, principal: Principal) -> File:
        return await self.uploads.file(principal, request.path_params["upload_id"])


def _declared_size(request: Request) -> int | None:
    """The length of a new upload; None while it is deferred. Raises `InputInvalid`, `InputMissing`."""
    length, deferred = request.headers.get("upload-length"), request.headers.get("upload-defer-length")
    if deferred is None:
        return whole(length, "Upload-Length")
    if length is not None or deferred != "1":
        raise InputInvalid("Upload-Defer-Length", "not 1, or beside Upload-Length")
    return None


def _brings_bytes(request: Request) -> bool:
    """Whether a creation brings bytes (*Creation With Upload*). Raises `BodyTypeRefused` for a body of another kind."""
    if not _has_body(request):
        return False
    if body_type(request) != BYTES_TYPE:
        raise BodyTypeRefused
    return True


def _has_body(request: Request) -> bool:
    length = content_length(request)
    return "transfer-encoding" in request.headers if length is None else length > 0


def _telling(request: Request, sources: Sequence[UploadId] = ()) -> str:
    """What the records are to keep of a creation, word for word."""
    told = Told(request.headers.get("upload-metadata"), request.headers.get(HEADER), list(sources))
    return msgspec.json.encode(told).decode()


def _location(upload: Upload) -> dict[str, str]:
    return {"Location": f"/files/{upload.id}"}


def _told(upload: Upload) -> Told:
    return msgspec.json.decode(upload.told or "{}", type=Told)


def _reached(upload: Upload) -> int:
    """The offset that clients are told. The length stands for success there, so before the upload is a file it is that
    of the last bytes' begin.
    """
    becomes = upload.is_whole and upload.state is not State.SEALED and upload.concat is not Concat.PARTIAL
    return upload.last if becomes else upload.bytes


def _offset(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(_reached(upload))}


def _expires(upload: Upload) -> dict[str, str]:
    return {} if upload.state is State.SEALED else {"Upload-Expires": http_date(upload.expires_at)}


def _head(headers: dict[str, str]) -> Response:
    return Response(status_code=200, headers=headers | {"Cache-Control": "no-store"})
