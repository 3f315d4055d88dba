"""Which pages of other origins may call."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response


class Cors(CORSMiddleware):
    """Starlette's, whose answers to preflights are headers alone: no words of a framework's leave this server."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """As Starlette decides, without a body."""
        decided = super().preflight_response(request_headers)
        headers = {name: value for name, value in decided.headers.items() if not name.startswith("content-")}
        return Response(None, decided.status_code, headers)
