"""The calls of `resumable`: decode, call the engine, encode."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from penstock.dialects.resumable import DIALECT, ResumableSettings, digests
from penstock.dialects.resumable.app import ResumableApp
from penstock.dialects.resumable.docs import APPEND, CANCEL, CREATE, DOWNLOAD, STATUS
from penstock.dialects.resumable.faults import word
from penstock.dialects.resumable.fields import integer
from penstock.dialects.resumable.versions import HEADER, Version, version_of
from penstock.dialects.resumable.wire import PARTIAL_TYPE, Told, file_made, limits, name_of
from penstock.engine.appended import AppendedUploads
from penstock.engine.appending import Appending
from penstock.engine.engine import Engine
from penstock.http.bodies.digests import stated_digests
from penstock.http.bodies.reading import Bodies, body_type, content_length, refuse_beyond
from penstock.http.downloads.delivery import deliver
from penstock.http.faults import BodyTooSlow, BodyTypeRefused
from penstock.http.routing.answers import json_answer
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call
from penstock.http.routing.services import Services
from penstock.http.server.exchange import INFORM
from penstock.model import principal as who
from penstock.model.faults import (
    AppendCutOff,
    BodyCut,
    DigestWrong,
    Fault,
    InputInvalid,
    InputMissing,
    OffsetWrong,
    SizeConflict,
    StillSealing,
    StorageFailed,
    StorageFull,
    TooLarge,
    UploadBusy,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.file import File
from penstock.model.ids import Sha256
from penstock.model.principal import Principal
from penstock.model.upload import Declared, State, Upload

NAME = DIALECT.name
RESUMABLE = (BodyCut, BodyTooSlow, AppendCutOff, StillSealing, StorageFailed, StorageFull)
"""Faults after which a client that knows the upload goes on with it."""


def resumable(services: Services, settings: ResumableSettings) -> ResumableApp:
    """The calls of `resumable`."""
    engine, most = services.engine, settings.resumable_limit
    calls = _Resumable(engine, AppendedUploads(engine, NAME), services.bodies, services.proxies, most).calls()
    return ResumableApp(NAME, calls, services.authenticator, word, lambda: limits(most, engine.uploads.ttl))


@dataclass(frozen=True, slots=True)
class _Resumable:
    """`limit` bounds a file, in bytes."""

    engine: Engine
    uploads: AppendedUploads
    bodies: Bodies
    proxies: Proxies
    limit: int

    def calls(self) -> list[Call]:
        upload, scope = "/resumable/{upload_id}", who.Scope
        return [
            Call("POST", "/resumable/", self.create, scope.WRITE, CREATE),
            Call("POST", "/resumable", self.create, scope.WRITE, CREATE, alias=True),
            Call("HEAD", upload, self.status, scope.WRITE, STATUS),
            Call("PATCH", upload, self.append, scope.WRITE, APPEND),
            Call("GET", upload, self.download, scope.READ, DOWNLOAD),
            Call("DELETE", upload, self.cancel, scope.DELETE, CANCEL),
        ]

    async def create(self, request: Request, principal: Principal) -> Response:
        headers, version, length = request.headers, version_of(request.headers), content_length(request)
        complete, sha256 = version.complete(headers), digests.stated(headers)
        if complete is None:
            return await self._store(request, principal, sha256)
        size = _told_size(integer(headers, "upload-length"), length if complete else None)
        if size is not None and (length or 0) > size:
            raise SizeConflict(size)
        refuse_beyond(self.limit, size, length)
        upload = await self.engine.uploads.open(
            principal,
            NAME,
            Declared(name_of(headers), headers.get("content-type"), size),
            limit=self.limit,
            needs_md5=True,
            appended=True,
            told=msgspec.json.encode(Told(sha256)).decode(),
        )
        announced = self._inform(request, version, _location(upload) | self._limits(upload))
        try:
            if length != 0:
                upload = await self._append(upload, self._appending(request, version, 0))
            if complete:
                return await self._complete(upload, request, version, sha256)
        except Fault as fault:
            if not (announced and isinstance(fault, RESUMABLE)):  # else its client does not get to know the address
                await self.engine.uploads.abandon(upload.id)
            raise
        return Response(status_code=201, headers=_location(upload) | self._state(upload, version))

    async def status(self, request: Request, principal: Principal) -> Response:
        for name in ("Upload-Offset", "Upload-Complete", "Upload-Incomplete"):
            if name in request.headers:
                raise InputInvalid(name, "not for a request that asks for it")  # as the drafts up to version 6 demand
        version = version_of(request.headers)
        try:
            upload = await self.uploads.find(principal, request.path_params["upload_id"])
        except UploadUnknown:
            file = await self.uploads.file(principal, request.path_params["upload_id"])
            return _unstored(_finished(file, version))
        if upload.state is State.OPEN:
            upload = await self.engine.appender.settle(upload.id)
        return _unstored(self._state(upload, version))

    async def append(self, request: Request, principal: Principal) -> Response:
        headers, version, length = request.headers, version_of(request.headers), content_length(request)
        upload = await self.uploads.find(principal, request.path_params["upload_id"], goes_on=True)
        if version.typed and body_type(request) != PARTIAL_TYPE:
            raise BodyTypeRefused
        complete, offset, sha256 = version.complete(headers), integer(headers, "upload-offset"), digests.stated(headers)
        if complete is None and version.number == 3:
            complete = True  # as its draft has it
        if offset is None:
            raise InputMissing("Upload-Offset")
        if complete is None:
            raise InputMissing("Upload-Complete")
        appending, asked = self._appending(request, version, offset), sha256 or _told(upload)
        if upload.state is not State.OPEN:
            return await self._again(upload, appending, request, version, asked, complete=complete)
        upload = await self.engine.appender.take_over(upload)
        if offset != upload.bytes:
            raise OffsetWrong(upload.bytes, offset)
        told = _told_size(
            integer(headers, "upload-length"), offset + length if complete and length is not None else None
        )
        upload = await self._measured(upload, told, offset + (length or 0))
        if length != 0:
            upload = await self._append(upload, appending)
        if complete:
            return await self._complete(upload, request, version, asked)
        return Response(status_code=204, headers=self._state(upload, version))

    async def download(self, request: Request, principal: Principal) -> Response:
        identifier, version = request.path_params["upload_id"], version_of(request.headers)
        try:
            file = await self.uploads.file(principal, identifier)
        except UploadUnknown:
            upload = await self.uploads.find(principal, identifier)
            return _unstored(self._state(upload, version))
        return _Telling(await deliver(self.engine.catalog, file, request), _finished(file, version))

    async def cancel(self, request: Request, principal: Principal) -> Response:
        sudo, address = request.headers.get("x-sudo-token"), self.proxies.client(request)
        await self.uploads.end(principal, request.path_params["upload_id"], sudo, address)
        return Response(status_code=204)

    async def _store(self, request: Request, principal: Principal, sha256: Sha256 | None) -> Response:
        """A plain upload, which nobody asks to resume."""
        headers, length = request.headers, content_length(request)
        refuse_beyond(self.limit, length)
        declared = Declared(name_of(headers), headers.get("content-type"), length, 1, sha256=sha256)
        body = self.bodies.stream(request)
        file = await self.engine.store(principal, NAME, declared, body, limit=self.limit, needs_md5=True)
        return _made(file, digests.answering(headers, file.blob.sha256))

    async def _append(self, upload: Upload, appending: Appending) -> Upload:
        """Append. What goes beyond the whole without having said so before ends the upload (§4.4.2)."""
        try:
            return await self.engine.appender.append(upload, appending)
        except TooLarge as fault:
            await self.engine.uploads.abandon(upload.id)
            if upload.declared.size is not None:
                raise SizeConflict(upload.declared.size) from fault
            raise

    async def _measured(self, upload: Upload, told: int | None, reached: int) -> Upload:
        """The upload with the size that is told of it now, if one is, of which this request reaches so much."""
        known = upload.declared.size
        if known is not None and (told not in {None, known} or reached > known):
            raise SizeConflict(known)
        if told is not None and reached > told:
            raise SizeConflict(told)
        refuse_beyond(upload.limit, told, reached)
        return upload if told is None or known is not None else await self.engine.appender.set_size(upload, told)

    async def _complete(self, upload: Upload, request: Request, version: Version, sha256: Sha256 | None) -> Response:
        """The end of an upload, answered as a plain one is. Raises as `Sealer.seal_in_time`, and `SizeConflict`."""
        if upload.declared.size not in {None, upload.bytes}:
            raise SizeConflict(upload.declared.size)
        try:
            file = await self.engine.sealer.seal_in_time(upload.id, replace(upload.declared, sha256=sha256))
        except DigestWrong:
            await self.engine.uploads.abandon(upload.id)  # nothing that is appended would make it right
            raise
        return _made(file, _finished(file, version) | digests.answering(request.headers, file.blob.sha256))

    async def _again(
        self,
        upload: Upload,
        appending: Appending,
        request: Request,
        version: Version,
        sha256: Sha256 | None,
        *,
        complete: bool,
    ) -> Response:
        """The end once more, whose answer was lost, or did not wait: its bytes are compared."""
        try:
            repeated = complete and await self.uploads.repeats(upload, appending)
        except TooLarge:
            repeated = False
        if not repeated:
            raise UploadSealed(upload.file) if upload.state is State.SEALED and upload.file else UploadBusy
        return await self._complete(upload, request, version, sha256)

    def _appending(self, request: Request, version: Version, offset: int) -> Appending:
        """The body of a request. With a digest it counts as a whole."""
        whole, body = bool(stated_digests(request.scope["headers"])), self.bodies.stream(request)

        def reached(offset: int) -> None:
            self._inform(request, version, {"Upload-Offset": str(offset)})

        return Appending(offset, body, content_length(request), whole=whole, reached=reached)

    def _inform(self, request: Request, version: Version, headers: Mapping[str, str]) -> bool:
        """Send an interim answer to a client that knows of them; whether it does."""
        inform = request.scope.get(INFORM)
        if not version.named or inform is None:
            return False
        told = {HEADER: str(version.number)} | dict(headers)
        inform(104, [(name.lower().encode(), value.encode()) for name, value in told.items()])
        return True

    def _limits(self, upload: Upload) -> dict[str, str]:
        return limits(upload.limit, max(0.0, upload.expires_at - self.engine.uploads.now()))

    def _state(self, upload: Upload, version: Version) -> dict[str, str]:
        sealed = upload.state is State.SEALED
        headers = {"Upload-Offset": str(upload.bytes)} | version.telling(complete=sealed)
        if upload.declared.size is not None:
            headers["Upload-Length"] = str(upload.declared.size)
        return headers | self._limits(upload)


class _Telling(Response):
    """Another answer, with more headers."""

    def __init__(self, answer: Response, headers: Mapping[str, str]) -> None:
        self._answer = answer
        self._more = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._more]}
            await send(message)

        await self._answer(scope, receive, telling)


def _told_size(told: int | None, reached: int | None) -> int | None:
    """The size of the whole: as it is told, and as its end is `reached`. Raises `SizeConflict` when they differ."""
    if told is not None and reached is not None and told != reached:
        raise SizeConflict(told)
    return reached if told is None else told


def _told(upload: Upload) -> Sha256 | None:
    found = msgspec.json.decode(upload.told or "{}", type=Told).sha256
    return Sha256(found) if found is not None else None


def _location(upload: Upload) -> dict[str, str]:
    return {"Location": f"/resumable/{upload.id}"}


def _made(file: File, headers: Mapping[str, str]) -> Response:
    return json_answer(file_made(file), 201, {"Location": f"/resumable/{file.upload or file.id}"} | dict(headers))


def _finished(file: File, version: Version) -> dict[str, str]:
    size = str(file.blob.size)
    return {"Upload-Offset": size, "Upload-Length": size} | version.telling(complete=True)


def _unstored(headers: Mapping[str, str]) -> Response:
    return Response(status_code=204, headers=dict(headers) | {"Cache-Control": "no-store"})
