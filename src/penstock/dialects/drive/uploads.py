"""The calls of uploads in flight: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.reading import cursor, mark_of, page_length
from penstock.dialects.drive.wire import Uploads, UploadShown, upload_shown
from penstock.engine.engine import Engine
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import EMPTY, Call, Doc, Parameter
from penstock.model import faults as f
from penstock.model.ids import FileId, UploadId
from penstock.model.listing import Mark
from penstock.model.principal import Principal, Scope
from penstock.model.upload import Upload


@dataclass(frozen=True, slots=True)
class UploadCalls:
    """One's own uploads, of every dialect."""

    engine: Engine

    def calls(self) -> list[Call]:
        """The calls."""
        upload = "/drive/v1/uploads/{id}"
        return [
            Call("GET", "/drive/v1/uploads", self.list, Scope.READ, _LIST),
            Call("GET", upload, self.info, Scope.READ, _INFO),
            Call("DELETE", upload, self.cancel, Scope.DELETE, _CANCEL),
        ]

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of them."""
        mark, count = mark_of(request.query_params, str, "uploads"), page_length(request.query_params)
        uploads = await self.engine.uploads.live(principal, mark.id if mark is not None else "", count)
        end = Mark("", uploads[-1].id) if len(uploads) == count else None
        return json_answer(Uploads([await self._shown(upload) for upload in uploads], cursor(end, "uploads")))

    async def info(self, request: Request, principal: Principal) -> Response:
        """One of them."""
        return json_answer(await self._shown(await self._upload(request, principal)))

    async def cancel(self, request: Request, principal: Principal) -> Response:
        """One of them, ended."""
        upload = await self._upload(request, principal)
        if upload.appended:
            await self.engine.appender.settle(upload.id)  # whoever appends is asked to stop
        await self.engine.uploads.cancel(upload)
        return Response(status_code=204)

    async def _upload(self, request: Request, principal: Principal) -> Upload:
        return await self.engine.uploads.own(principal, UploadId(request.path_params["id"]))

    async def _shown(self, upload: Upload) -> UploadShown:
        return upload_shown(upload, await self.engine.uploads.progress(upload))


_ID = Parameter("id", "path", str, "The upload's `id`.")
_UNKNOWN: Refusals = {f.UploadUnknown(): "The caller has no such upload in flight."}
_LIST = Doc("One's uploads in flight, of every dialect.", Uploads, (docs.LIMIT, docs.CURSOR), faults=docs.WRONG)
_INFO = Doc("How far an upload is.", UploadShown, (_ID,), faults=_UNKNOWN)
_CANCEL = Doc(
    "End an upload; its bytes are removed.",
    EMPTY,
    (_ID,),
    faults=_UNKNOWN
    | {
        f.UploadBusy(): "It is being made a file.",
        f.UploadSealed(FileId("1")): "It became a file meanwhile.",
    },
    status=204,
)
