"""The calls of upload requests: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.linking import linked
from penstock.dialects.drive.reading import cursor, mark_of, page_length, tags_of
from penstock.dialects.drive.sharing_wire import (
    NewUploadRequest,
    UploadRequestChange,
    UploadRequests,
    UploadRequestShown,
    upload_request_shown,
)
from penstock.dialects.drive.terms import upload_request_terms
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, required
from penstock.http.routing.answers import json_answer
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc
from penstock.http.routing.public_urls import PublicUrls
from penstock.model import faults as f
from penstock.model.ids import ID_LENGTH, FolderId
from penstock.model.principal import Principal, Scope
from penstock.model.upload_request import MAX_UPLOAD_REQUESTS, UploadRequest


@dataclass(frozen=True, slots=True)
class UploadRequestCalls:
    """One's own upload requests."""

    engine: Engine
    bodies: Bodies
    proxies: Proxies
    public_urls: PublicUrls

    def calls(self) -> list[Call]:
        """The calls, whose answers have no links yet: an answer that is kept, to be given again, must have none."""
        one = "/drive/v1/upload-requests/{id}"
        return [
            Call("GET", "/drive/v1/upload-requests", self.list, Scope.READ, _LIST, secret=True),
            Call("POST", "/drive/v1/upload-requests", self.make, Scope.WRITE, _MAKE, secret=True),
            Call("GET", one, self.info, Scope.READ, _INFO, secret=True),
            Call("PATCH", one, self.change, Scope.WRITE, _CHANGE, secret=True),
            Call("DELETE", one, self.revoke, Scope.WRITE, _REVOKE, secret=True),
        ]

    def linked(self, call: Call) -> Call:
        """The call, with the link in its answer."""
        return linked(call, UploadRequestShown, self._url_of)

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of them."""
        mark, count = mark_of(request.query_params, float, "upload requests"), page_length(request.query_params)
        found, end = await self.engine.upload_requests.upload_requests(principal, mark, count)
        entries = [upload_request_shown(each, self._url(request, principal, each)) for each in found]
        return json_answer(UploadRequests(entries, cursor(end, "upload requests")))

    async def make(self, request: Request, principal: Principal) -> Response:
        """A new one."""
        new = await self.bodies.json(request, NewUploadRequest)
        folder = FolderId(plain_text(required(new.folder, "folder"), "folder", ID_LENGTH))
        terms, address = upload_request_terms(new), self.proxies.client(request)
        made = await self.engine.upload_requests.make(principal, folder, terms, address)
        return _told(made, 201, {"Location": f"/drive/v1/upload-requests/{made.id}"})

    async def info(self, request: Request, principal: Principal) -> Response:
        """One of them."""
        return _told(await self.engine.upload_requests.upload_request(principal, request.path_params["id"]))

    async def change(self, request: Request, principal: Principal) -> Response:
        """One of them, changed."""
        terms, tags = upload_request_terms(await self.bodies.json(request, UploadRequestChange)), tags_of(request)
        identifier, address = request.path_params["id"], self.proxies.client(request)
        return _told(await self.engine.upload_requests.edit(principal, identifier, terms, tags, address))

    async def revoke(self, request: Request, principal: Principal) -> Response:
        """One of them, ended."""
        identifier, address = request.path_params["id"], self.proxies.client(request)
        return _told(await self.engine.upload_requests.revoke(principal, identifier, address))

    async def _url_of(self, request: Request, principal: Principal, identifier: str) -> str | None:
        found = await self.engine.upload_requests.upload_request(principal, identifier)
        return self._url(request, principal, found)

    def _url(self, request: Request, principal: Principal, upload_request: UploadRequest) -> str | None:
        token = self.engine.upload_requests.token(principal, upload_request)
        return f"{self.public_urls.of_calls(request)}/s/{token}" if token is not None else None


def _told(upload_request: UploadRequest, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    tag = {"ETag": f'"{upload_request.tag}"'}
    return json_answer(upload_request_shown(upload_request), status, tag | (headers or {}))


_LIST = Doc("One's upload requests, the newest first.", UploadRequests, (docs.LIMIT, docs.CURSOR), faults=docs.WRONG)
_MAKE = Doc(
    "Let others send files into a folder, by a link.",
    UploadRequestShown,
    (),
    NewUploadRequest,
    docs.NO_PLACE
    | {
        f.InputMissing("folder"): "There is no folder.",
        f.QuotaExceeded("upload requests", MAX_UPLOAD_REQUESTS): "The caller has as many as it may.",
    },
    {"folder": "x", "title": "Your photos", "most_files": 10},
    status=201,
)
_INFO = Doc("An upload request, ended or not.", UploadRequestShown, (docs.UPLOAD_REQUEST_ID,), faults=docs.NO_REQUEST)
_CHANGE = Doc(
    "Change what an upload request is called, when it ends, and its limits.",
    UploadRequestShown,
    (docs.UPLOAD_REQUEST_ID, docs.IF_MATCH),
    UploadRequestChange,
    docs.NO_REQUEST | docs.OUTDATED | {f.InputInvalid("largest", "not between 0 and 10"): "A value is wrong."},
    {"most_files": 20},
)
_REVOKE = Doc(
    "End an upload request, at once and for good.",
    UploadRequestShown,
    (docs.UPLOAD_REQUEST_ID,),
    faults=docs.NO_REQUEST,
)
