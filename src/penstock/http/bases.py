"""What absolute addresses begin with."""

from urllib.parse import urlsplit

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

    def is_own(self, request: Request, origin: str) -> bool:
        """Whether a page of this origin (RFC 6454 §7) was handed out at the address that the request asks."""
        return _origin(origin) in {_origin(self.of_calls(request)), _origin(self._as_requested(request))} - {None}

    def _as_requested(self, request: Request) -> str:
        scheme, host = request.url.scheme, request.headers.get("host", "localhost")
        if self._proxies.handed_on(request):
            scheme = _first(request.headers.get("x-forwarded-proto")) or scheme
            host = _first(request.headers.get("x-forwarded-host")) or host
        return f"{scheme}://{host}"


def _first(header: str | None) -> str:
    return (header or "").partition(",")[0].strip()


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an address, the port that goes without saying too; None when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
