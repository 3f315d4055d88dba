"""A dialect answers everything in its own envelope."""

from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from penstock.http.faults import RangeUnsatisfiable
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import Authenticator
from penstock.http.routing.dialect_app import Call, DialectApp, Doc, Wording
from penstock.model.faults import Fault, FileUnknown, NotSignedIn, ScopeMissing, StorageFull
from penstock.model.principal import ANONYMOUS, Principal, Scope


class Refusal(msgspec.Struct):
    """The envelope of this test's dialect."""

    fault: str


class Guard(Authenticator):
    """Lets everybody in who may do what is asked; remembers what that was."""

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = scopes
        self.asked: list[Scope] = []

    async def admit(self, request: Request, scope: Scope) -> Principal:
        self.asked.append(scope)
        if not self.scopes:
            raise NotSignedIn
        if scope not in self.scopes:
            raise ScopeMissing(scope)
        return ANONYMOUS


def word(fault: Fault) -> tuple[int, Any]:
    statuses = {"FileUnknown": 404, "RouteUnknown": 404, "MethodRefused": 405, "NotSignedIn": 401, "ScopeMissing": 403}
    name = type(fault).__name__
    return statuses.get(name, 500), Refusal(name)


async def fine(request: Request, principal: Principal) -> Response:
    return json_answer({"who": principal.name, "method": request.method, **request.path_params})


async def absent(request: Request, principal: Principal) -> Response:
    raise FileUnknown


async def defect(request: Request, principal: Principal) -> Response:
    raise RuntimeError("SELECT secret FROM /etc/passwd")


async def unsatisfiable(request: Request, principal: Principal) -> Response:
    raise RangeUnsatisfiable([("Content-Range", "bytes */7")])


class Breaking(Response):
    """An answer that fails when it has begun."""

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise StorageFull


async def breaking(request: Request, principal: Principal) -> Response:
    return Breaking()


DOC = Doc("", None)


def dialect(authenticator: Authenticator | None = None) -> DialectApp:
    calls = [
        Call("GET", "/fine/{name}", fine, Scope.READ, DOC),
        Call("DELETE", "/fine/{name}", fine, Scope.DELETE, DOC),
        Call("GET", "/absent", absent, Scope.READ, DOC),
        Call("POST", "/defect", defect, Scope.WRITE, DOC),
        Call("GET", "/range", unsatisfiable, Scope.READ, DOC),
        Call("GET", "/breaking", breaking, Scope.READ, DOC),
        *(
            Call("GET", f"/secret/{each.__name__}", each, Scope.READ, DOC, secret=True)
            for each in (fine, absent, defect)
        ),
    ]
    return DialectApp("dialect", "A dialect", calls, authenticator or Guard(*Scope), Wording(word, Refusal))


async def ask(dialect: DialectApp, method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(dialect)
    async with httpx.AsyncClient(transport=transport, base_url="http://penstock") as client:
        return await client.request(method, path)


@pytest.mark.parametrize(
    ("method", "path", "status", "fault"),
    [
        ("GET", "/absent", 404, "FileUnknown"),
        ("GET", "/nowhere", 404, "RouteUnknown"),
        ("GET", "/fine/a/", 404, "RouteUnknown"),
        ("POST", "/fine/a", 405, "MethodRefused"),
        ("OPTIONS", "/fine/a", 405, "MethodRefused"),
        ("BREW", "/fine/a", 405, "MethodRefused"),
        ("POST", "/defect", 500, "Unexpected"),
    ],
)
async def test_every_refusal_is_in_the_rooms_words(method: str, path: str, status: int, fault: str) -> None:
    """Faults, unknown paths, refused methods and our own defects are all worded by the dialect, and tell no more."""
    answer = await ask(dialect(), method, path)
    assert (answer.status_code, answer.json()) == (status, {"fault": fault})
    assert answer.headers["content-type"] == "application/json"


async def test_a_refused_method_names_those_that_work() -> None:
    """A 405 lists the methods of its path, HEAD among them where GET is."""
    assert (await ask(dialect(), "POST", "/fine/a")).headers["allow"] == "DELETE, GET, HEAD"
    assert (await ask(dialect(), "GET", "/defect")).headers["allow"] == "POST"


async def test_calls_of_one_path_do_not_meet() -> None:
    """Each method of a path has its own call and its own scope; HEAD is GET's."""
    guard = Guard(*Scope)
    told = [(await ask(dialect(guard), method, "/fine/a")).json() for method in ("GET", "DELETE")]
    assert [answer["method"] for answer in told] == ["GET", "DELETE"]
    assert (await ask(dialect(guard), "HEAD", "/fine/a")).status_code == 200
    assert guard.asked == [Scope.READ, Scope.DELETE, Scope.READ]


@pytest.mark.parametrize(
    ("scopes", "status", "challenge"),
    [((), 401, "Bearer"), ((Scope.READ,), 403, 'Bearer error="insufficient_scope", scope="write"')],
)
async def test_a_refused_caller_is_told_what_to_bring(scopes: Sequence[Scope], status: int, challenge: str) -> None:
    """Who is refused hears in the header which credential, or which scope, is asked for (RFC 6750 §3)."""
    answer = await ask(dialect(Guard(*scopes)), "POST", "/defect")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (status, challenge)


async def test_the_headers_of_a_fault_go_out() -> None:
    """What HTTP wants beside the words stands in the headers."""
    assert (await ask(dialect(), "GET", "/range")).headers["content-range"] == "bytes */7"


async def test_an_answer_that_has_begun_is_broken_off() -> None:
    """A fault after the status line breaks the connection: no second answer is put behind the first."""
    with pytest.raises(StorageFull):
        await ask(dialect(), "GET", "/breaking")


@pytest.mark.parametrize("path", ["fine", "absent", "defect"])
async def test_what_is_secret_is_kept_by_no_cache(path: str) -> None:
    """Every answer of a secret call says so, refusals and defects too; other calls say nothing of it."""
    assert (await ask(dialect(), "GET", f"/secret/{path}")).headers["cache-control"] == "no-store"
    assert (await ask(dialect(Guard()), "GET", f"/secret/{path}")).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await ask(dialect(), "GET", "/absent")).headers
