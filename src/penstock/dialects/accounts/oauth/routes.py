"""The calls of OAuth 2.0: decode, call authlib, encode."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.accounts.oauth.faults import plain
from penstock.dialects.accounts.oauth.server import GRANTS, METHODS, SECRET_METHODS, OAuthRequest, Server
from penstock.dialects.accounts.oauth.wire import Granted, Introspected, Metadata, Revoked
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies, body_type
from penstock.http.docs import story
from penstock.http.docs.refusals import GUESSING, Refusals
from penstock.http.faults import BodyMalformed, BodyTypeRefused
from penstock.http.routing.answers import json_answer
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc, Parameter
from penstock.http.routing.public_urls import PublicUrls
from penstock.model import faults as f
from penstock.model.principal import Principal, Scope

MAX_FORM = 64 << 10
"""The most bytes of a form."""

NO_CACHE = {"Pragma": "no-cache"}
"""For HTTP/1.0 caches; `Cache-Control` follows from the calls being secret (RFC 6749 §5.1)."""


def oauth_calls(engine: Engine, bodies: Bodies, public_urls: PublicUrls, proxies: Proxies) -> list[Call]:
    """The calls of OAuth clients, which authenticate in each call."""
    return _OAuth(Server(engine.access, engine.sessions), bodies, public_urls, proxies).calls()


@dataclass(frozen=True, slots=True)
class _OAuth:
    server: Server
    bodies: Bodies
    public_urls: PublicUrls
    proxies: Proxies

    def calls(self) -> list[Call]:
        return [
            Call("POST", "/oauth/token", self.token, None, _TOKEN, secret=True),
            Call("POST", "/oauth/introspect", self.introspect, None, _INTROSPECT, secret=True),
            Call("POST", "/oauth/revoke", self.revoke, None, _REVOKE, secret=True),
            Call("GET", "/.well-known/oauth-authorization-server", self.metadata, None, _METADATA),
        ]

    async def token(self, request: Request, principal: Principal) -> Response:
        return _answer(*await self.server.token(await self._request(request)))

    async def revoke(self, request: Request, principal: Principal) -> Response:
        return _answer(*await self.server.endpoint("revocation", await self._request(request)))

    async def introspect(self, request: Request, principal: Principal) -> Response:
        return _answer(*await self.server.endpoint("introspection", await self._request(request)))

    async def metadata(self, request: Request, principal: Principal) -> Response:
        base = self.public_urls.of_calls(request)
        return json_answer(
            Metadata(
                issuer=base,
                token_endpoint=f"{base}/oauth/token",
                revocation_endpoint=f"{base}/oauth/revoke",
                introspection_endpoint=f"{base}/oauth/introspect",
                scopes_supported=sorted(Scope),
                grant_types_supported=list(GRANTS),
                response_types_supported=[],
                token_endpoint_auth_methods_supported=METHODS,
                revocation_endpoint_auth_methods_supported=METHODS,
                introspection_endpoint_auth_methods_supported=SECRET_METHODS,
            )
        )

    async def _request(self, request: Request) -> OAuthRequest:
        """The form of a request. A parameter given twice is malformed, one without a value is none (RFC 6749 §3.2)."""
        if body_type(request) != "application/x-www-form-urlencoded":
            raise BodyTypeRefused
        try:
            pairs = parse_qsl((await self.bodies.whole(request, MAX_FORM)).decode(), keep_blank_values=True)
        except ValueError as error:
            raise BodyMalformed(str(error)) from error
        form = dict(pairs)
        if len(form) < len(pairs):
            raise BodyMalformed("a parameter is given twice")
        given = {name: value for name, value in form.items() if value}
        return OAuthRequest(given, request.headers.get("authorization"), self.proxies.origin(request))


def _answer(status: int, body: dict[str, object]) -> Response:
    challenge = {"WWW-Authenticate": "Basic"} if status == 401 else {}
    if status >= 400:
        error = str(body["error"])
        body = {"error": error, "error_description": body.get("error_description") or plain(error)}
    return json_answer(body, status, NO_CACHE | challenge)


_BAD: Refusals = {
    f.InputMissing("grant_type"): "A parameter is missing or wrong.",
    f.NotSignedIn(): "The client did not prove who it is.",
}
_CLIENT = (
    Parameter("client_id", "field", str, "The client, unless it authenticates by HTTP Basic.", required=False),
    Parameter("client_secret", "field", str, "Its secret.", required=False),
)
_TOKEN = Doc(
    "Issue a token for a password, a refresh token, or a client's own secret.",
    Granted,
    (
        Parameter("grant_type", "field", str, "password, refresh_token or client_credentials.", example="password"),
        Parameter("username", "field", str, "The user's name.", required=False, example=story.PERSON),
        Parameter("password", "field", str, "The password.", required=False, example=story.PASSWORD),
        Parameter("totp", "field", str, "A code of the user's second factor, if there is one.", required=False),
        Parameter("refresh_token", "field", str, "The refresh token.", required=False),
        Parameter("scope", "field", str, "The scopes of the token.", required=False, example="read write"),
        *_CLIENT,
    ),
    faults=_BAD | GUESSING | {f.CredentialsWrong(): "The name or the password is wrong, or the session is over."},
    about="The grant is the credential; a client without a secret is the public one.",
)
_INTROSPECT = Doc(
    "The state of a token (RFC 7662).",
    Introspected,
    (Parameter("token", "field", str, "An access or a refresh token."), *_CLIENT),
    faults=_BAD,
    about="For authenticated clients, by `client_id` and `client_secret` or by HTTP Basic.",
)
_REVOKE = Doc(
    "End the session of a token (RFC 7009).",
    Revoked,
    (Parameter("token", "field", str, "An access or a refresh token."), *_CLIENT),
    faults=_BAD,
    about="The token is the credential, presented by the client that it was issued to.",
)
_METADATA = Doc("The metadata of this authorization server (RFC 8414).", Metadata, about="Without authentication.")
