"""Cross-origin requests (CORS): which origins may call."""

from collections.abc import Awaitable
from functools import partial

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

_PRIVATE_NETWORK = b"access-control-request-private-network"
_VARY = (b"vary", b"Origin")


class Cors(CORSMiddleware):
    """Starlette's middleware, with empty bodies in answers to preflights."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As Starlette does. A request without an `Origin` gets `Vary` alone."""
        if any(name == b"origin" for name, _ in scope.get("headers", ())):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, partial(_send_varying, send))

    def preflight_response(self, request_headers: Headers) -> Response:
        """As Starlette decides, without a body. Access from public to private networks is enforced by the browser:
        leaving out the header refuses it (Private Network Access §3.2).
        """
        if not self.allow_private_network:
            request_headers = Headers(raw=[item for item in request_headers.raw if item[0] != _PRIVATE_NETWORK])
        decided = super().preflight_response(request_headers)
        headers = {name: value for name, value in decided.headers.items() if not name.startswith("content-")}
        return Response(None, decided.status_code, headers)


def _send_varying(send: Send, message: Message) -> Awaitable[None]:
    """Add `Vary: Origin` to every answer (RFC 9110 §12.5.5)."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message.get("headers", ()), _VARY]
    return send(message)
