"""Signing in, in the envelope of `files` (RULINGS, *Auth*)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.files.wire import LoginRequest, RefreshRequest, Renewed, SignedInShown, done, renewed, signed_in
from penstock.engine.sessions import Sessions
from penstock.http.answers import json_answer
from penstock.http.bodies import Bodies
from penstock.http.clients import Proxies
from penstock.http.doors import credential
from penstock.http.rooms import Call, Doc
from penstock.http.values import required
from penstock.model.faults import NotSignedIn
from penstock.model.principal import Principal


@dataclass(frozen=True, slots=True)
class SignIn:
    """The calls; they let nobody in who is not, and so look at credentials themselves."""

    sessions: Sessions
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """The calls of the room."""
        return [
            Call("POST", "/api/auth/login", self.login, None, _LOGIN),
            Call("POST", "/api/auth/refresh", self.refresh, None, _REFRESH),
            Call("POST", "/api/auth/logout", self.logout, None, _LOGOUT),
        ]

    async def login(self, request: Request, who: Principal) -> Response:
        """A new session."""
        asked = await self.bodies.json(request, LoginRequest)
        name = required(asked.username or asked.phone, "username")
        password = required(asked.password or None, "password")
        address = self.proxies.client(request)
        signed = await self.sessions.sign_in(name, password, code=asked.totp, client="files", address=address)
        return json_answer(done(signed_in(signed)))

    async def refresh(self, request: Request, who: Principal) -> Response:
        """The next pair."""
        asked = await self.bodies.json(request, RefreshRequest)
        signed = await self.sessions.refresh(
            required(asked.refreshToken or None, "refreshToken"), client="files", address=self.proxies.client(request)
        )
        return json_answer(done(renewed(signed)))

    async def logout(self, request: Request, who: Principal) -> Response:
        """The end of a session, by its access token or by the refresh token in the body."""
        asked = await self.bodies.json(request, RefreshRequest)
        secret = asked.refreshToken or credential(request)
        if not secret:
            raise NotSignedIn
        await self.sessions.sign_out(secret, client="files", address=self.proxies.client(request))
        return json_answer(done(None))


_SLOW = {429: "Too many attempts."}
_LOGIN = Doc(
    "Sign in.",
    SignedInShown,
    (),
    LoginRequest,
    {401: "The name or the password is wrong, or a second factor is asked for."} | _SLOW,
)
_REFRESH = Doc("The next pair of tokens of a session.", Renewed, (), RefreshRequest, {401: "The session is over."})
_LOGOUT = Doc("Sign out: every token of the session ends.", None, (), RefreshRequest, {401: "There is no session."})
