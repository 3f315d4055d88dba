"""What absolute addresses begin with."""

from starlette.requests import Request

from penstock.http.clients import Proxies


class Bases:
    """Where clients reach this server: as configured, else as the request came in."""

    def __init__(self, public_url: str, cdn_url: str, proxies: Proxies) -> None:
        """`public_url` and `cdn_url` may be empty."""
        self._public = public_url.rstrip("/")
        self._cdn = cdn_url.rstrip("/")
        self._proxies = proxies

    def of_calls(self, request: Request) -> str:
        """The base of addresses that are called."""
        return self._public or self._as_requested(request)

    def of_files(self, request: Request) -> str:
        """The base of addresses that only hand files out."""
        return self._cdn or self.of_calls(request)

    def _as_requested(self, request: Request) -> str:
        scheme, host = request.url.scheme, request.headers.get("host", "localhost")
        if self._proxies.handed_on(request):
            scheme = _first(request.headers.get("x-forwarded-proto")) or scheme
            host = _first(request.headers.get("x-forwarded-host")) or host
        return f"{scheme}://{host}"


def _first(header: str | None) -> str:
    return (header or "").partition(",")[0].strip()
