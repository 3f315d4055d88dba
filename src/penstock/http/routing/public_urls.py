"""The bases of absolute URLs."""

from urllib.parse import urlsplit

from starlette.requests import Request

from penstock.http.routing.clients import Proxies
from penstock.http.server.heads import is_host
from penstock.http.server.listening import host_and_port


class PublicUrls:
    """The public URL of this server: as configured, else as the request was addressed."""

    def __init__(self, public_url: str, cdn_url: str, preview_url: str, proxies: Proxies) -> None:
        """All of the URLs may be empty."""
        self._public = public_url.rstrip("/")
        self._cdn = cdn_url.rstrip("/")
        self._previews = preview_url.rstrip("/")
        self._proxies = proxies

    @property
    def configured(self) -> str:
        """The prefix of paths in answers: empty, and the paths relative, unless `public_url` is set."""
        return self._public

    def of_calls(self, request: Request) -> str:
        """The base of URLs of calls."""
        return self._public or self._as_requested(request)

    def of_files(self, request: Request) -> str:
        """The base of URLs that deliver files."""
        return self._cdn or self.of_calls(request)

    def of_previews(self, request: Request) -> str:
        """The base of URLs of previews."""
        return self._previews or self.of_calls(request)

    def is_for_previews(self, request: Request) -> bool:
        """Whether the request came to an origin that is for previews alone."""
        here = _origin(self._as_requested(request))
        return here is not None and here == _origin(self._previews) != _origin(self._public)

    def is_own(self, request: Request, origin: str) -> bool:
        """Whether this origin (RFC 6454 §7) is that of the request's own target."""
        return _origin(origin) in {_origin(self.of_calls(request)), _origin(self._as_requested(request))} - {None}

    def _as_requested(self, request: Request) -> str:
        scheme, host = request.scope["scheme"], request.headers.get("host") or _own_address(request)
        if self._proxies.handed_on(request):
            forwarded = _last(request, "x-forwarded-proto").lower()
            scheme = forwarded if forwarded in {"http", "https"} else scheme
            named = _last(request, "x-forwarded-host")
            host = named if is_host(named) else host
        return f"{scheme}://{host}"


def _last(request: Request, name: str) -> str:
    """The value that the trusted proxy added, the last one: clients may have written those before it."""
    return ",".join(request.headers.getlist(name)).rpartition(",")[2].strip()


def _own_address(request: Request) -> str:
    """The address that an HTTP/1.0 client without `Host` connected to."""
    host, port = request.scope.get("server") or ("localhost", None)
    return host_and_port(host, port)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of a URL, with the scheme's default port; None when it is no such URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
