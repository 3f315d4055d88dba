"""authlib's authorization server over the engine's sessions.

authlib is synchronous: it runs on threads, and each call of the engine runs on the event loop.
"""

import asyncio
import hmac
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, TokenMixin, grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from penstock.identity.access import Access, secret_digest
from penstock.identity.sessions import Sessions
from penstock.model.audit import Actor
from penstock.model.faults import BadToken, CodeWrong, CredentialsWrong, SecondFactorNeeded
from penstock.model.principal import EVERY_SCOPE, PUBLIC, Client, Scope, Session, SignedIn, User

T = TypeVar("T")

CLIENT = "client:"
"""The prefix of the names of clients' accounts."""

SECRET_METHODS = ["client_secret_basic", "client_secret_post"]
THREADS = 64
"""How many requests are answered at once: more than may wait for a password hash."""

METHODS = [*SECRET_METHODS, "none"]
GRANTS = ("password", "refresh_token", "client_credentials")


class OAuthRequest(OAuth2Request):  # type: ignore[misc]
    """A request as authlib reads it. `address` is the client's, `code` that of the user's second factor."""

    def __init__(self, form: Mapping[str, str], authorization: str | None, address: str) -> None:
        super().__init__("POST", "https://penstock", headers={"Authorization": authorization} if authorization else {})
        named = (authorization or "").lower().startswith("basic ")
        self._form = dict(form) if named else {"client_id": PUBLIC, **form}
        self._form.pop("token_type_hint", None)  # every kind of token is searched (RFC 7009 §2.1)
        self.payload = BasicOAuth2Payload(self._form)
        self.address = address
        self.code = form.get("totp")

    @property
    def args(self) -> dict[str, str]:
        """Empty: parameters in the query are ignored."""
        return {}

    @property
    def form(self) -> dict[str, str]:
        """The body."""
        return self._form


@dataclass(frozen=True)
class Caller(ClientMixin):  # type: ignore[misc]
    """A client as authlib sees it; `record` and `user` are None for the public one. It may use the tokens of the
    clients in `may_use`.
    """

    name: str
    may_use: frozenset[str]
    record: Client | None
    user: User | None

    def get_client_id(self) -> str:
        """Its public name."""
        return self.name

    def get_allowed_scope(self, scope: str | None) -> str:
        """The allowed ones of the requested scopes; all allowed ones when none is requested."""
        allowed = self.record.scopes if self.record is not None else EVERY_SCOPE
        wanted = frozenset((scope or "").split()) or allowed
        return " ".join(sorted(allowed & wanted))

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        usable = self.record is not None and self.user is not None and not self.user.disabled
        return usable and hmac.compare_digest(self.record.digest, secret_digest(client_secret))  # type: ignore[union-attr]

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A registered client must authenticate; the public one cannot."""
        return (method == "none") == (self.record is None)

    def check_grant_type(self, grant_type: str) -> bool:
        """The public client has no account of its own."""
        return grant_type in GRANTS and (self.record is not None or grant_type != "client_credentials")


@dataclass(frozen=True)
class TokenRecord(TokenMixin):  # type: ignore[misc]
    """A presented token: its grant, and the client it was issued to (a personal token has none). `user` is None for a
    refresh token, `id` for a token of a session; `expires_at` None is unlimited.
    """

    secret: str
    user: User | None
    client: str
    scope: str
    created_at: float
    expires_at: float | None
    id: str | None

    def check_client(self, client: Caller) -> bool:
        """Whether it was issued to this client."""
        return self.client in client.may_use

    def get_scope(self) -> str:
        """Its scopes."""
        return self.scope

    def is_expired(self) -> bool:
        """The engine knows."""
        return False

    def is_revoked(self) -> bool:
        """The engine knows."""
        return False


class Server(AuthorizationServer):  # type: ignore[misc]
    """The protocol (RFC 6749, 7009, 7662), as one object for all requests."""

    def __init__(self, access: Access, sessions: Sessions) -> None:
        super().__init__(scopes_supported=sorted(Scope))
        self.access = access
        self.sessions = sessions
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = ThreadPoolExecutor(THREADS, "penstock-oauth")  # they wait for the engine, which has its own
        for grant in (_Password, _Refresh, _ClientCredentials):
            self.register_grant(grant)
        self.register_endpoint(_Revocation)
        self.register_endpoint(_Introspection)

    async def token(self, request: OAuthRequest) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        return await self._answered(self.create_token_response, request)

    async def endpoint(self, name: str, request: OAuthRequest) -> tuple[int, dict[str, Any]]:
        """The answer of another endpoint."""
        return await self._answered(self.create_endpoint_response, name, request)

    async def _answered(self, ask: Any, *arguments: Any) -> tuple[int, dict[str, Any]]:
        self._loop = asyncio.get_running_loop()
        try:
            answer: tuple[int, dict[str, Any]] = await self._loop.run_in_executor(self._threads, ask, *arguments)
        except ValueError:  # authlib quotes the request in error texts, which reject some characters
            return 400, {"error": "invalid_request", "error_description": "The request cannot be read."}
        return answer

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait, on a thread, for a coroutine of the engine."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def held(self, secret: str) -> TokenRecord | None:
        """The record of a secret, while it is valid."""
        return self.wait(self._held(secret))

    async def _held(self, secret: str) -> TokenRecord | None:
        if (renewed := await self.sessions.renewable(secret)) is not None:
            return _refresh_token(secret, renewed)
        pair = await self.access.token(secret)
        if pair is None:
            return None
        user, token = pair
        session, scope = await self.sessions.of_secret(secret), " ".join(sorted(token.scopes))
        if session is not None:
            return TokenRecord(secret, user, session.client, scope, token.created_at, token.expires_at, None)
        client = user.name.removeprefix(CLIENT) if user.name.startswith(CLIENT) else ""
        return TokenRecord(secret, user, client, scope, token.created_at, token.expires_at, token.id)

    def refresh_record(self, secret: str) -> TokenRecord | None:
        """The record of a refresh token, valid or not: the engine alone recognises used ones."""
        session = self.wait(self.sessions.of_secret(secret))
        return _refresh_token(secret, session) if session is not None else None

    # --- what authlib asks of whoever puts it into a framework -----------------------------------------------------

    def query_client(self, client_id: str) -> Caller:
        """See authlib."""
        known = self.wait(self.access.client(client_id))
        name, record, user = (client_id, *known) if known is not None else (PUBLIC, None, None)
        return Caller(name, self.sessions.usable_by(name), record, user)

    def save_token(self, token: Any, request: Any) -> None:
        """Nothing to save: the engine stores tokens when it issues them."""

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        """See authlib."""
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, dict[str, Any]]:
        """See authlib."""
        return status, dict(body)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """No signals are sent."""


def _refresh_token(secret: str, session: Session) -> TokenRecord:
    scope = " ".join(sorted(session.scopes))
    return TokenRecord(secret, None, session.client, scope, session.created_at, session.expires_at, None)


def _granted(signed: SignedIn, scope: str) -> dict[str, object]:
    return {
        "access_token": signed.access,
        "token_type": "Bearer",
        "expires_in": signed.expires_in,
        "scope": scope,
        "refresh_token": signed.refresh,
    }


class _Password(grants.ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_user(self, username: str, password: str) -> User:
        try:
            proved = self.server.sessions.prove(username, password, self.request.address, self.request.code)
            return self.server.wait(proved)  # type: ignore[no-any-return]
        except CredentialsWrong:
            raise InvalidGrantError("The name or the password is wrong.") from None
        except SecondFactorNeeded:
            raise InvalidGrantError("A second factor is asked for: send its code as totp.") from None
        except CodeWrong:
            raise InvalidGrantError("The code is wrong.") from None

    def generate_token(self, user: User, scope: str | None = None, **_: object) -> dict[str, object]:
        client: Caller = self.request.client
        allowed = client.get_allowed_scope(scope)
        begun = self.server.sessions.begin(
            user, frozenset(map(Scope, allowed.split())), client=client.name, address=self.request.address
        )
        return _granted(self.server.wait(begun), allowed)


class _Refresh(grants.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> TokenRecord | None:
        return self.server.refresh_record(refresh_token)  # type: ignore[no-any-return]

    def authenticate_user(self, refresh_token: TokenRecord) -> str:
        return refresh_token.secret

    def issue_token(self, user: str, refresh_token: TokenRecord) -> dict[str, object]:
        try:
            client, address = self.request.client.name, self.request.address
            signed = self.server.wait(self.server.sessions.refresh(user, client=client, address=address))
        except BadToken:
            raise InvalidGrantError("The session is over.") from None
        return _granted(signed, refresh_token.scope)

    def revoke_old_credential(self, refresh_token: TokenRecord) -> None:
        """Nothing to revoke: the engine has used it up."""


class _ClientCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS

    def generate_token(self, scope: str | None = None, **_: object) -> dict[str, object]:
        client: Caller = self.request.client
        allowed, lifetime = client.get_allowed_scope(scope), self.server.sessions.access_ttl
        if not allowed:
            raise InvalidScopeError
        scopes = frozenset(map(Scope, allowed.split()))
        issued = self.server.access.grant(client.user, scopes, lifetime, self.request.address)
        token = {"access_token": self.server.wait(issued), "token_type": "Bearer"}
        return token | {"expires_in": round(lifetime), "scope": allowed}


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> TokenRecord | None:
        return self.server.held(token_string)  # type: ignore[no-any-return]

    def revoke_token(self, token: TokenRecord, request: OAuthRequest) -> None:
        if token.id is None:
            self.server.wait(self.server.sessions.sign_out(token.secret, client=token.client, address=request.address))
        else:
            by = Actor(f"{CLIENT}{token.client}", request.address)
            self.server.wait(self.server.access.revoke_token(token.id, by))


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = SECRET_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> TokenRecord | None:
        return self.server.held(token_string)  # type: ignore[no-any-return]

    def check_permission(self, token: TokenRecord, client: Caller, request: OAuthRequest) -> bool:
        """Every authenticated client may introspect."""
        return True

    def introspect_token(self, token: TokenRecord) -> dict[str, object]:
        claims: dict[str, object] = {
            "active": True,
            "scope": token.scope,
            "token_type": "Bearer" if token.user is not None else "refresh_token",
            "iat": int(token.created_at),
        }
        if token.client:
            claims["client_id"] = token.client
        if token.user is not None:
            claims |= {"username": token.user.name, "sub": token.user.id}
        return claims | ({"exp": int(token.expires_at)} if token.expires_at is not None else {})
