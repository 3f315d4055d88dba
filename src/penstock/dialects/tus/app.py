"""What holds for every request of tus 1.0.0: its version, what is spoken, and methods that stand in a header."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Send
from starlette.types import Scope as AsgiScope

from penstock.dialects.tus.wire import VERSION, Refusal
from penstock.http.faults import PreconditionFailed
from penstock.http.routing.authenticator import Authenticator, credential
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, DialectApp, Endpoint, Word, Wording
from penstock.http.routing.lines import in_one_line
from penstock.model.faults import BadToken, Fault, QuotaExceeded, StorageFull
from penstock.model.principal import Principal, Scope
from penstock.model.upload_request import PREFIX

_METHODS = frozenset({"POST", "HEAD", "PATCH", "DELETE", "GET", "OPTIONS"})
_GUEST = "penstock.guest"
_VERSION = (b"tus-resumable", VERSION.encode())


class TusApp(DialectApp):
    """The calls of `tus`."""

    def __init__(
        self,
        name: str,
        calls: Sequence[Call],
        authenticator: Authenticator,
        word: Word,
        spoken: Mapping[str, str],
        guest: Callable[[str, str], Awaitable[Principal]],
        proxies: Proxies,
    ) -> None:
        """`spoken` are the headers that say what the server speaks. `guest` is who sends by an upload request, by its
        token and from an address.
        """
        super().__init__(name, "tus: resumable uploads", calls, authenticator, Wording(word, Refusal, verbatim=True))
        self._spoken = spoken
        self._guest = guest
        self._proxies = proxies

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["headers"] = in_one_line(scope["headers"])
        override = Headers(scope=scope).get("x-http-method-override", "").upper()
        if override in _METHODS:
            scope["method"] = override  # *X-HTTP-Method-Override*: whatever the real method is
        answer = _Versioned(send)
        if scope["method"] == "OPTIONS":
            scope["penstock.dialect"] = self.name
            await Response(status_code=204, headers=self._spoken)(scope, receive, answer)
        else:
            await super().__call__(scope, receive, answer)

    async def admit(self, request: Request, call: Call) -> Principal:
        """Who has an account, or sends by an upload request; who does that reads nothing."""
        token = credential(request)
        if token is None or not token.startswith(PREFIX):
            return await super().admit(request, call)
        if call.scope is Scope.READ:
            raise BadToken
        guest = await self._guest(token, self._proxies.client(request))
        request.scope["penstock.principal"] = guest.name
        request.scope[_GUEST] = True
        return guest

    async def refuse(self, fault: Fault, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer with a fault. How much its owner may have is no business of who sends by an upload request."""
        hidden = scope.get(_GUEST, False) and isinstance(fault, QuotaExceeded)
        await super().refuse(StorageFull() if hidden else fault, scope, receive, send)


def versioned(endpoint: Endpoint) -> Endpoint:
    """The endpoint, for requests of our version alone. Raises `PreconditionFailed` before anything is done."""

    async def spoken(request: Request, principal: Principal) -> Response:
        if request.headers.get("tus-resumable") != VERSION:
            raise PreconditionFailed
        return await endpoint(request, principal)

    return spoken


class _Versioned:
    """A `send` that adds the version to every answer, and to a refusal of another one those that are spoken."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], _VERSION]
            if message["status"] == 412:
                headers.append((b"tus-version", VERSION.encode()))
            message = {**message, "headers": headers}
        await self._send(message)
