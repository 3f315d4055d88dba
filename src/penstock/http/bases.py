"""What absolute addresses begin with."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from starlette.requests import Request


class Bases:
    """Where clients reach this server: as configured, else as the request came in."""

    def __init__(self, public_url: str, cdn_url: str, proxies: Sequence[str]) -> None:
        """`public_url` and `cdn_url` may be empty; `proxies` are the networks whose forwarded headers are believed."""
        self._public = public_url.rstrip("/")
        self._cdn = cdn_url.rstrip("/")
        self._proxies = [ip_network(proxy, strict=False) for proxy in proxies]

    def of_calls(self, request: Request) -> str:
        """The base of addresses that are called."""
        return self._public or self._as_requested(request)

    def of_files(self, request: Request) -> str:
        """The base of addresses that only hand files out."""
        return self._cdn or self.of_calls(request)

    def _as_requested(self, request: Request) -> str:
        scheme, host = request.url.scheme, request.headers.get("host", "localhost")
        if self._is_proxied(request):
            scheme = _first(request.headers.get("x-forwarded-proto")) or scheme
            host = _first(request.headers.get("x-forwarded-host")) or host
        return f"{scheme}://{host}"

    def _is_proxied(self, request: Request) -> bool:
        if request.client is None:
            return False
        address = ip_address(request.client.host)
        return any(address in network for network in self._proxies)


def _first(header: str | None) -> str:
    return (header or "").partition(",")[0].strip()
