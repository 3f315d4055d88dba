"""A dialect as an ASGI application: its calls, authentication, and the wording of refusals."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Message, Receive, Send
from starlette.types import Scope as AsgiScope

from penstock.http.bodies.digests import stated_digests, verifying
from penstock.http.faults import ContentCodingRefused, MethodRefused, RouteUnknown
from penstock.http.routing.answers import fault_headers, json_answer, verbatim
from penstock.http.routing.authenticator import Authenticator
from penstock.http.routing.call_links import is_linked, link_of
from penstock.http.routing.limits import RateLimit
from penstock.http.server.exchange import ClientGone
from penstock.http.server.heads import REFUSED
from penstock.model.faults import Fault, Unexpected, UploadRefused
from penstock.model.principal import ANONYMOUS, Principal, Scope


class _Version(Convertor[str]):
    """`v1`, `v2`, … in a path."""

    regex = "v[0-9]{1,9}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("version", _Version())

Endpoint = Callable[[Request, Principal], Awaitable[Response]]
Word = Callable[[Fault], tuple[int, Any]]
"""A fault in words: the HTTP status and the whole envelope."""

_log = structlog.get_logger(__name__)


BYTES = bytes
"""Raw bytes, in place of a shape."""

EMPTY = b""
"""An answer without a body, in place of a shape."""


@dataclass(frozen=True, slots=True)
class Media:
    """An answer that is no JSON, in place of a shape: the `name` of its media type, and perhaps an example."""

    name: str
    example: str | None = None


PAGE = Media("text/html")


@dataclass(frozen=True, slots=True)
class Stream:
    """Server-Sent Events whose data are JSON of a shape, in place of that; `example` is one as it is sent."""

    shape: Any
    example: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a call, for the API documentation. `place` is path, query, header, form (multipart) or field (of a
    URL-encoded body). An `example` works as it stands; None where the value comes from another call.
    """

    name: str
    place: str
    kind: type
    about: str
    required: bool = True
    example: str | float | None = None


@dataclass(frozen=True, slots=True)
class Doc:
    """What the API documentation says of a call. `answer` and `body` are msgspec shapes, or `BYTES`; an `answer` of
    None is one without data, one of `EMPTY` has no body at all, `Media` is none of ours, a `Stream` is one of events,
    and a tuple is one of its shapes. `faults` are the call's own refusals, each in a sentence; those that follow from
    the kind of the call are in `docs.refusals`. `example` is a working body. `about` is further text; for calls without
    a scope it says how callers authenticate. `status` is that of a success; `pending` is the shape of a 202, for what
    may take longer than its caller waits.
    """

    summary: str
    answer: Any
    parameters: Sequence[Parameter] = ()
    body: Any = None
    faults: Mapping[Fault, str] = field(default_factory=dict)
    example: Mapping[str, Any] | None = None
    about: str = ""
    status: int = 200
    pending: Any = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a dialect. The caller's `scope` is checked before the first body byte is read; with None the endpoint
    checks the request's own credentials or signature first. An `alias` is another path of a documented call. Answers to
    a `secret` call, refusals included, contain credentials and must not be cached. One that may be `linked`, which asks
    for the scope `read`, is also opened by a signed address, in the place of a token.
    """

    method: str
    path: str
    endpoint: Endpoint
    scope: Scope | None
    doc: Doc
    alias: bool = False
    secret: bool = False
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """The wording of refusals: `word` covers every fault and returns instances of `refusal`, which are JSON of this
    `media_type`. What a hook refuses is answered as the hook says (`verbatim`), or in these words, too.
    """

    word: Word
    refusal: Any
    media_type: str = "application/json"
    verbatim: bool = False

    @property
    def enveloped(self) -> bool:
        """Whether refusals share the envelope of successes, which has a `data` field."""
        return "data" in self.refusal.__struct_fields__


class DialectApp:
    """An ASGI application: the calls of one dialect. One that `takes_coded` content stores it as it is coded."""

    takes_coded = False

    def __init__(
        self,
        name: str,
        title: str,
        calls: Sequence[Call],
        authenticator: Authenticator,
        wording: Wording | Mapping[str, Wording],
        rate_limit: Callable[[Request], RateLimit | None] | None = None,
    ) -> None:
        """`title` stands above the API documentation. A dialect with several wordings maps path prefixes to them; the
        first one also serves all other paths. `rate_limit` returns the limit that a request counts against, if any;
        with None nothing is counted.
        """
        self.name = name
        self.title = title
        self.calls = calls
        self.authenticator = authenticator
        self.wordings = {"": wording} if isinstance(wording, Wording) else wording
        self.rate_limit = rate_limit
        paths = dict.fromkeys(call.path for call in calls)
        self._paths = _Paths({path: _Methods(self, [call for call in calls if call.path == path]) for path in paths})

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request, faults and defects in the dialect's envelope."""
        scope["penstock.dialect"] = self.name
        begun = _Begun(scope, send)
        try:
            refused = scope.get(REFUSED)
            if refused is not None and not (self.takes_coded and isinstance(refused, ContentCodingRefused)):
                raise refused
            if stated := stated_digests(scope["headers"]):
                receive = verifying(stated, receive)
            await self._paths.find(scope)(scope, receive, begun)
        except Fault as fault:
            await self._refuse(fault, begun, scope, receive)
        except ClientGone:
            raise
        except Exception:
            _log.exception("unexpected", path=scope.get("penstock.call", scope["path"]))
            await self._refuse(Unexpected(), begun, scope, receive)

    def wording(self, path: str) -> Wording:
        """The wording of refusals at this path."""
        first = next(iter(self.wordings.values()))
        return next((self.wordings[start] for start in self.wordings if path.startswith(start)), first)

    async def refuse(self, fault: Fault, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer with a fault, in the wording of the path."""
        scope["penstock.fault"] = type(fault).__name__
        wording = self.wording(scope["path"])
        status, envelope = wording.word(fault)
        answer = json_answer(envelope, status, self.fault_headers(fault, scope), wording.media_type)
        if wording.verbatim and isinstance(fault, UploadRefused):
            answer = verbatim(fault.reply, answer)
        await answer(scope, receive, send)

    def fault_headers(self, fault: Fault, scope: AsgiScope) -> dict[str, str]:
        """The headers of the answer to a fault."""
        return fault_headers(fault)

    async def admit(self, request: Request, call: Call) -> Principal:
        """Authenticate the caller, and note its name for the log."""
        if call.scope is None:
            request.scope["penstock.call"] = call.path  # the path itself is a credential
            return ANONYMOUS
        by_link = call.linked and call.scope is Scope.READ and is_linked(request)
        admit = (
            self.authenticator.admit_linked(link_of(request))
            if by_link
            else self.authenticator.admit(request, call.scope)
        )
        principal = await admit
        request.scope["penstock.principal"] = principal.name
        return principal

    async def _refuse(self, fault: Fault, begun: "_Begun", scope: AsgiScope, receive: Receive) -> None:
        if begun.yes:
            raise fault  # the status line is out: only breaking the connection can report the fault
        await self.refuse(fault, scope, receive, begun)


class _Paths:
    """Finds the calls of a path: paths without parameters by lookup, then those with parameters in turn."""

    def __init__(self, paths: Mapping[str, "_Methods"]) -> None:
        self._plain = {path: methods for path, methods in paths.items() if "{" not in path}
        self._patterns = [(*compile_path(path), methods) for path, methods in paths.items() if "{" in path]

    def find(self, scope: AsgiScope) -> "_Methods":
        """Put the path's parameters into the scope. Raises `RouteUnknown`."""
        scope["path_params"] = {}
        if (plain := self._plain.get(scope["path"])) is not None:
            return plain
        for pattern, _, convertors, methods in self._patterns:
            if (match := pattern.match(scope["path"])) is not None:
                scope["path_params"] = {
                    name: convertors[name].convert(text) for name, text in match.groupdict().items()
                }
                return methods
        raise RouteUnknown


class _Methods:
    """The calls that share one path."""

    def __init__(self, dialect: DialectApp, calls: Sequence[Call]) -> None:
        self._dialect = dialect
        self._calls = {call.method: call for call in calls}
        if "GET" in self._calls and self._calls["GET"].scope is not Scope.WRITE:
            self._calls.setdefault("HEAD", self._calls["GET"])  # RFC 9110 §9.3.2; a HEAD that merges would be none

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        call = self._calls.get(scope["method"])
        if call is None:
            raise MethodRefused(sorted(self._calls))
        scope["penstock.secret"] = call.secret
        request = Request(scope, receive)
        principal = await self._dialect.admit(request, call)
        response = await call.endpoint(request, principal)
        await response(scope, receive, send)


class _Begun:
    """A `send` that records whether the answer has begun, and forbids caching of secret ones (RFC 9111 §5.2.2.5)."""

    def __init__(self, scope: AsgiScope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.yes = False

    def __call__(self, message: Message) -> Awaitable[None]:
        if not self.yes and self._scope.get("penstock.secret"):
            message = {**message, "headers": [*message["headers"], (b"cache-control", b"no-store")]}
        self.yes = True
        return self._send(message)
