"""The calls of shares: decode, call the engine, encode."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.linking import linked
from penstock.dialects.drive.reading import cursor, mark_of, page_length, tags_of
from penstock.dialects.drive.sharing_wire import NewShare, ShareChange, Shares, ShareShown, share_shown
from penstock.dialects.drive.terms import share_terms
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, required
from penstock.http.routing.answers import json_answer
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc
from penstock.http.routing.public_urls import PublicUrls
from penstock.model import faults as f
from penstock.model.ids import ID_LENGTH
from penstock.model.principal import Principal, Scope
from penstock.model.share import MAX_SHARES, Share


@dataclass(frozen=True, slots=True)
class ShareCalls:
    """One's own shares."""

    engine: Engine
    bodies: Bodies
    proxies: Proxies
    public_urls: PublicUrls

    def calls(self) -> list[Call]:
        """The calls, whose answers have no links yet: an answer that is kept, to be given again, must have none."""
        share = "/drive/v1/shares/{id}"
        return [
            Call("GET", "/drive/v1/shares", self.list, Scope.READ, _LIST, secret=True),
            Call("POST", "/drive/v1/shares", self.make, Scope.WRITE, _MAKE, secret=True),
            Call("GET", share, self.info, Scope.READ, _INFO, secret=True),
            Call("PATCH", share, self.change, Scope.WRITE, _CHANGE, secret=True),
            Call("DELETE", share, self.revoke, Scope.WRITE, _REVOKE, secret=True),
        ]

    def linked(self, call: Call) -> Call:
        """The call, with the link in its answer."""
        return linked(call, ShareShown, self._url_of)

    async def list(self, request: Request, principal: Principal) -> Response:
        """A page of them."""
        mark, count = mark_of(request.query_params, float, "shares"), page_length(request.query_params)
        shares, end = await self.engine.shares.shares(principal, mark, count)
        return json_answer(
            Shares([share_shown(share, self._url(request, share)) for share in shares], cursor(end, "shares"))
        )

    async def make(self, request: Request, principal: Principal) -> Response:
        """A new one."""
        new = await self.bodies.json(request, NewShare)
        item, address = plain_text(required(new.item, "item"), "item", ID_LENGTH), self.proxies.client(request)
        share = await self.engine.shares.make(principal, item, share_terms(new), address)
        return _told(share, 201, {"Location": f"/drive/v1/shares/{share.id}"})

    async def info(self, request: Request, principal: Principal) -> Response:
        """One of them."""
        return _told(await self.engine.shares.share(principal, request.path_params["id"]))

    async def change(self, request: Request, principal: Principal) -> Response:
        """One of them, changed."""
        terms, tags = share_terms(await self.bodies.json(request, ShareChange)), tags_of(request)
        identifier, address = request.path_params["id"], self.proxies.client(request)
        return _told(await self.engine.shares.edit(principal, identifier, terms, tags, address))

    async def revoke(self, request: Request, principal: Principal) -> Response:
        """One of them, ended."""
        identifier, address = request.path_params["id"], self.proxies.client(request)
        return _told(await self.engine.shares.revoke(principal, identifier, address))

    async def _url_of(self, request: Request, principal: Principal, identifier: str) -> str | None:
        found = await self.engine.shares.share(principal, identifier)
        return self._url(request, found)

    def _url(self, request: Request, share: Share) -> str | None:
        token = self.engine.shares.token(share)
        return f"{self.public_urls.of_calls(request)}/s/{token}" if token is not None else None


def _told(share: Share, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return json_answer(share_shown(share), status, {"ETag": f'"{share.tag}"'} | (headers or {}))


_WORDS: dict[f.Fault, str] = {
    f.RateLimited(1): "Too many passwords are on their way; ask again.",
}
_LIST = Doc("One's shares, the newest first.", Shares, (docs.LIMIT, docs.CURSOR), faults=docs.WRONG)
_MAKE = Doc(
    "Share a file, or a folder with all that is in it.",
    ShareShown,
    (),
    NewShare,
    _WORDS
    | {
        f.InputMissing("item"): "Nothing is named.",
        f.InputInvalid("item", "no file or folder of yours"): "A value is wrong, or names nothing of the caller's.",
        f.ScopeMissing(Scope.READ): "The token lacks the scope `write`, or `read`.",
        f.QuotaExceeded("shares", MAX_SHARES): "The caller has as many shares as it may.",
    },
    {"item": "x", "most_downloads": 10},
    status=201,
)
_INFO = Doc("A share, ended or not.", ShareShown, (docs.SHARE_ID,), faults=docs.NO_SHARE)
_CHANGE = Doc(
    "Change when a share ends, its password, or how often it may be downloaded.",
    ShareShown,
    (docs.SHARE_ID, docs.IF_MATCH),
    ShareChange,
    docs.NO_SHARE
    | docs.OUTDATED
    | _WORDS
    | {f.InputInvalid("password", "fewer than 8 characters"): "A value is wrong."},
    {"expires_at": 4102444800},
    "With another password, or none, downloads that have begun end.",
)
_REVOKE = Doc("End a share, at once and for good.", ShareShown, (docs.SHARE_ID,), faults=docs.NO_SHARE)
