"""Authentication of requests: credentials, and anonymous access."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from starlette.requests import Request

from penstock.engine.links import CallLink, Links
from penstock.http.routing.clients import Proxies
from penstock.http.routing.public_urls import PublicUrls
from penstock.identity.access import Access
from penstock.model.faults import ScopeMissing, SignatureInvalid
from penstock.model.principal import ANONYMOUS, Principal, Scope


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


class Origins:
    """The origins whose pages may call without a token."""

    def __init__(self, named: Sequence[str], public_urls: PublicUrls) -> None:
        """`named` are exact origins; `*` among them names none."""
        self._named = frozenset(named) - {"*"}
        self._bases = public_urls

    def admit(self, request: Request) -> bool:
        """Whether the request comes from no page, from a page of this server, or from a named origin."""
        origins = request.headers.getlist("origin")
        return all(origin in self._named or self._bases.is_own(request, origin) for origin in origins)


class Authenticator:
    """Authenticates the callers of one dialect."""

    def __init__(
        self,
        access: Access,
        links: Links | None = None,
        *,
        open_to: Origins | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        """Callers from `open_to` need no token; with None every caller needs one. Without `links` no address that is
        signed is good.
        """
        self._access = access
        self._links = links
        self._open_to = open_to
        self._proxies = proxies or Proxies(())

    @property
    def open(self) -> bool:
        """Whether the dialect allows anonymous access."""
        return self._open_to is not None

    @property
    def federated(self) -> bool:
        """Whether tokens of an external issuer are accepted."""
        return self._access.federated

    async def admit(self, request: Request, scope: Scope) -> Principal:
        """The caller's principal. Raises `NotSignedIn`, `BadToken` (with anonymous access, too), `ScopeMissing`."""
        token = credential(request)
        if token is None and self._is_open(request):
            return replace(ANONYMOUS, address=self._proxies.client(request))
        principal = await self._access.bearer(token)
        if scope not in principal.scopes:
            raise ScopeMissing(scope)
        return principal

    async def admit_linked(self, link: CallLink) -> Principal:
        """Who has signed the address by which a call comes. Raises `SignatureInvalid`, also once the session or token
        under which it was signed has ended.
        """
        if self._links is None:
            raise SignatureInvalid
        self._links.check_call(link)
        principal = await self._access.reader(link.user, link.grant)
        if principal is None:
            raise SignatureInvalid
        return principal

    def _is_open(self, request: Request) -> bool:
        """Decided by the origin and not by the peer's address: a plain `proxy_pass` connects for everybody from
        127.0.0.1. A page of another origin would act for whoever views it (docs/security.md, *Anonymous access*).
        """
        return self._open_to is not None and self._open_to.admit(request)
