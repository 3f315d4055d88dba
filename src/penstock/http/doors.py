"""Who may come in: credentials out of a request, and doors that stand open."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from starlette.requests import Request

from penstock.engine.access import Access
from penstock.http.clients import Proxies
from penstock.model.faults import ScopeMissing
from penstock.model.principal import ANONYMOUS, Principal, Scope

FORWARDED = ("forwarded", "x-forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "via")
"""How the names of headers begin that proxies add."""


def credential(request: Request) -> str | None:
    """The token that a request carries: `Authorization: Bearer` in any case, a bare token there, `?accessToken=` or
    `?token=` (RULINGS, *All dialects*).
    """
    for scheme, value in _authorizations(request):
        if scheme != "sudo":
            return value
    query = request.query_params
    return query.get("accessToken", query.get("token"))


def sudo_token(request: Request) -> str | None:
    """The sudo token in the headers: `X-Sudo-Token`, or `Authorization: Sudo` beside the other (RULINGS, *Auth*)."""
    beside = (value for scheme, value in _authorizations(request) if scheme == "sudo")
    return request.headers.get("x-sudo-token") or next(beside, None)


def _authorizations(request: Request) -> Iterator[tuple[str, str]]:
    """The credentials of `Authorization`, sent as several headers or as one with commas: scheme and value each."""
    for one in (one for header in request.headers.getlist("authorization") for one in header.split(",")):
        scheme, _, rest = one.strip().partition(" ")
        known = scheme.lower() in {"bearer", "sudo"}
        yield (scheme.lower(), rest.strip()) if known else ("bearer", one.strip())


class Door:
    """Admits the callers of one room."""

    def __init__(
        self,
        access: Access,
        *,
        open_to_all: bool = False,
        open_on_loopback: bool = False,
        proxies: Proxies | None = None,
    ) -> None:
        """`open_to_all`: nobody needs a token. `open_on_loopback`: a direct caller from this machine needs none."""
        self._access = access
        self._open_to_all = open_to_all
        self._open_on_loopback = open_on_loopback
        self._proxies = proxies or Proxies(())

    async def admit(self, request: Request, scope: Scope) -> Principal:
        """The principal that calls. Raises `NotSignedIn`, `BadToken` (on an open door too), `ScopeMissing`."""
        token = credential(request)
        if token is None and self._is_open(request):
            return replace(ANONYMOUS, address=self._proxies.client(request))
        who = await self._access.bearer(token)
        if scope not in who.scopes:
            raise ScopeMissing(scope)
        return who

    def _is_open(self, request: Request) -> bool:
        return self._open_to_all or (self._open_on_loopback and _is_loopback(request))


def is_loopback_address(host: str) -> bool:
    """Whether a listening address is reached from this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_loopback(request: Request) -> bool:
    """A request that a proxy handed on is never local, whatever its peer address (DESIGN, *Open doors*)."""
    direct = not any(name.startswith(FORWARDED) for name in request.headers)
    return direct and request.client is not None and is_loopback_address(request.client.host)
