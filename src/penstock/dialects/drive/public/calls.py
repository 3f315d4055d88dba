"""The calls of `/s/*`: decode, call the engine, encode."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.drive import docs
from penstock.dialects.drive.public.html import file_page, folder_page, upload_page
from penstock.dialects.drive.public.words import words_for
from penstock.dialects.drive.reading import cursor, mark_of
from penstock.engine.engine import Engine
from penstock.engine.shares import Visitor
from penstock.http.bodies.reading import Bodies, body_type
from penstock.http.bodies.values import plain_text, required
from penstock.http.docs.refusals import GUESSING, Refusals
from penstock.http.downloads.delivery import deliver
from penstock.http.faults import BodyMalformed, BodyTypeRefused
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import BYTES, EMPTY, PAGE, Call, Doc, Endpoint, Media, Parameter
from penstock.http.routing.public_urls import PublicUrls
from penstock.model import faults as f
from penstock.model.faults import InputInvalid
from penstock.model.ids import ID_LENGTH
from penstock.model.listing import Mark
from penstock.model.principal import Principal
from penstock.model.share import TICKET
from penstock.model.upload_request import PREFIX

ASSETS = Path(__file__).parent / "assets"
STYLE, SCRIPT = Media("text/css"), Media("text/javascript")
PROOF = "share"
"""The cookie that shows that the password was given."""

MAX_FORM, MAX_PASSWORD = 16_384, 1000
PAGE_LENGTH = 200
KEPT = "private, no-store"


@dataclass(frozen=True, slots=True)
class PublicCalls:
    """What those may who have a link."""

    engine: Engine
    bodies: Bodies
    proxies: Proxies
    public_urls: PublicUrls

    def calls(self) -> list[Call]:
        """The calls."""
        link = "/s/{token}"
        return [
            Call("GET", "/s/assets/style.css", _asset("style.css", STYLE), None, _STYLE),
            Call("GET", "/s/assets/upload.js", _asset("upload.js", SCRIPT), None, _SCRIPT),
            Call("GET", link, self.page, None, _PAGE),
            Call("POST", f"{link}/password", self.unlock, None, _UNLOCK),
            Call("POST", f"{link}/tickets", self.begin, None, _BEGIN),
            Call("GET", f"{link}/tickets/{{ticket}}", self.content, None, _CONTENT),
        ]

    async def page(self, request: Request, _: Principal) -> Response:
        """What is behind a link."""
        visitor, words = self._visitor(request), words_for(request.headers.get("accept-language", ""))
        place, token = request.scope["path"], visitor.token
        if token.startswith(PREFIX):
            upload_request = await self.engine.upload_requests.opened(token, visitor.address)
            return page_answer(upload_page(words, place, token, upload_request))
        share = await self.engine.shares.opened(visitor)
        if not share.of_folder:
            return page_answer(file_page(words, place, token, share, await self.engine.shares.file(share)))
        query, folder = request.query_params, request.query_params.get("folder")
        folder = plain_text(folder, "folder", ID_LENGTH) if folder is not None else None
        mark, of_files = _mark(query)
        contents = await self.engine.shares.contents(share, folder, mark, PAGE_LENGTH, of_files=of_files)
        after = cursor(contents.end, "files" if contents.of_files else "folders")
        return page_answer(folder_page(words, place, token, share, contents, after))

    async def unlock(self, request: Request, _: Principal) -> Response:
        """The password, which is remembered for a day."""
        visitor, form = self._visitor(request), await self._form(request)
        password = plain_text(required(form.get("password"), "password"), "password", MAX_PASSWORD)
        proof = await self.engine.shares.unlock(visitor, password)
        answer = Response(status_code=303, headers={"Location": f"../{visitor.token}"})
        secure = self.public_urls.of_calls(request).startswith("https:")
        # Without a path it is that of this link (RFC 6265 §5.1.4), under whatever path a proxy serves it.
        answer.set_cookie(PROOF, proof, int(TICKET), path=None, secure=secure, httponly=True, samesite="lax")
        return answer

    async def begin(self, request: Request, _: Principal) -> Response:
        """A download, which counts once."""
        visitor, form = self._visitor(request), await self._form(request)
        file = plain_text(form["file"], "file", ID_LENGTH) if form.get("file") else None
        ticket = await self.engine.shares.begin(visitor, file)
        return Response(status_code=303, headers={"Location": f"tickets/{ticket}"})

    async def content(self, request: Request, _: Principal) -> Response:
        """The bytes of a download that has begun, through this server: an address of a store would outlive the link."""
        file = await self.engine.shares.begun(self._visitor(request), request.path_params["ticket"])
        return await deliver(self.engine.catalog, file, request, cache_control=KEPT, redirects=False)

    def _visitor(self, request: Request) -> Visitor:
        token, proof = request.path_params["token"], request.cookies.get(PROOF, "")
        return Visitor(token, self.proxies.origin(request), proof)

    async def _form(self, request: Request) -> Mapping[str, str]:
        """The fields of a form, or none. Raises `BodyTypeRefused`, `BodyMalformed`."""
        raw = await self.bodies.whole(request, MAX_FORM)
        if raw and body_type(request) != "application/x-www-form-urlencoded":
            raise BodyTypeRefused
        try:
            return dict(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=10))
        except ValueError as error:
            raise BodyMalformed("no form") from error


def page_answer(html: str, status: int = 200) -> Response:
    """A page, which takes nothing from elsewhere and runs no script but this server's."""
    return Response(html, status, {"Content-Security-Policy": POLICY}, "text/html")


POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def _asset(name: str, kind: Media) -> Endpoint:
    content = (ASSETS / name).read_bytes()

    async def answer(request: Request, _: Principal) -> Response:
        return Response(content, media_type=kind.name, headers={"Cache-Control": "public, max-age=3600"})

    return answer


def _mark(query: QueryParams) -> tuple[Mark | None, bool]:
    """Where a page begins, and whether that is among the files. Raises `InputInvalid`."""
    try:
        return mark_of(query, str, "folders"), False
    except InputInvalid:
        return mark_of(query, str, "files"), True


_TOKEN = Parameter("token", "path", str, "What the link ends with.")
_GONE: Refusals = {f.ShareUnknown(): "There is no such link, or none any more."}
_LOCKED: Refusals = {f.SharePasswordWrong(): "The password is wrong, or was not given."}
_OFTEN: Refusals = {f.RateLimited(60): "That was too often: ask again after `Retry-After` seconds."}
_HERE: Refusals = {
    f.FileUnknown(): "No such file is in the shared folder.",
}
_ABOUT = "The address itself is the credential. Refusals are pages for who accepts `text/html`."
_STYLE = Doc("How the pages look.", STYLE, about="It is everybody's.")
_SCRIPT = Doc("What sends files.", SCRIPT, about="It is everybody's.")
_PAGE = Doc(
    "What is behind a link: a file, a folder, or where files are sent.",
    PAGE,
    (
        _TOKEN,
        Parameter("folder", "query", str, "A folder in the shared one.", required=False),
        docs.CURSOR,
    ),
    faults=_GONE
    | _LOCKED
    | _OFTEN
    | {
        f.FolderUnknown(): "No such folder is in the shared one.",
        f.InputInvalid("cursor", "none of this list"): "A parameter is wrong.",
    },
    about=_ABOUT,
)
_UNLOCK = Doc(
    "Give the password of a share.",
    EMPTY,
    (_TOKEN, Parameter("password", "field", str, "The password.", example="x")),
    faults=_GONE
    | _LOCKED
    | GUESSING
    | {
        f.InputMissing("password"): "There is no password.",
        f.InputInvalid("password", "too long"): "It cannot be one.",
    },
    about=f"{_ABOUT} The answer leads back to the page, with a cookie that is good for a day.",
    status=303,
)
_BEGIN = Doc(
    "Begin a download, which counts once.",
    EMPTY,
    (_TOKEN, Parameter("file", "field", str, "The `id` of a file in a shared folder.", required=False)),
    faults=_GONE
    | _LOCKED
    | _OFTEN
    | _HERE
    | {
        f.DownloadsSpent(): "It was downloaded as often as it may be.",
        f.InputInvalid("file", "not 1 to 36 characters"): "A value is wrong.",
    },
    about=f"{_ABOUT} The answer leads to the bytes, for a day and however many requests.",
    status=303,
)
_CONTENT = Doc(
    "The bytes of a download that has begun.",
    BYTES,
    (_TOKEN, Parameter("ticket", "path", str, "What the beginning of the download led to.")),
    faults=_GONE | _OFTEN | _HERE,
    about=_ABOUT,
)
