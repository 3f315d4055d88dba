"""`drive` as an application: what stands under `/s/` is for people who have a link, and is kept by nobody."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from penstock.dialects.drive.faults import word
from penstock.dialects.drive.public.calls import KEPT, page_answer
from penstock.dialects.drive.public.html import message_page, password_page
from penstock.dialects.drive.public.words import Words, words_for
from penstock.http.faults import MethodRefused, RouteUnknown
from penstock.http.routing.answers import fault_headers
from penstock.http.routing.dialect_app import DialectApp
from penstock.model import faults as f
from penstock.model.faults import Fault

PUBLIC, ASSETS = "/s/", "/s/assets/"


class DriveApp(DialectApp):
    """The calls of `drive`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        apart = path.startswith(PUBLIC) and not path.startswith(ASSETS)
        await super().__call__(scope, receive, _Apart(send) if apart else send)

    async def refuse(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """A page for those who look at pages; a problem for everybody else."""
        headers = Request(scope).headers
        if not scope["path"].startswith(PUBLIC) or "text/html" not in headers.get("accept", ""):
            await super().refuse(fault, scope, receive, send)
            return
        scope["penstock.fault"] = type(fault).__name__
        status, _ = word(fault)
        words = words_for(headers.get("accept-language", ""))
        answer = page_answer(_page(fault, status, words, scope["path"]), status)
        answer.headers.update(fault_headers(fault))
        await answer(scope, receive, send)


def _page(fault: Fault, status: int, words: Words, path: str) -> str:
    match fault:
        case f.SharePasswordWrong():
            token = path.removeprefix(PUBLIC).partition("/")[0]
            return password_page(words, path, token, wrong=path.endswith("/password"))
        case f.DownloadsSpent():
            return message_page(words, path, words.spent)
        case f.RateLimited():
            return message_page(words, path, words.too_often)
        case f.ShareUnknown() | f.FileUnknown() | f.FolderUnknown() | RouteUnknown() | MethodRefused():
            return message_page(words, path, words.gone)
        case _:
            return message_page(words, path, words.wrong if status >= 500 else words.refused)


class _Apart:
    """A `send` whose answers stay with whoever has asked: no cache keeps them, no other page is told the address, and
    no search engine lists it.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(message["headers"])}
            headers = MutableHeaders(scope=message)
            headers["Cache-Control"] = KEPT
            headers["Referrer-Policy"] = "no-referrer"
            headers["X-Robots-Tag"] = "noindex, nofollow"
            headers["X-Content-Type-Options"] = "nosniff"
        await self._send(message)
