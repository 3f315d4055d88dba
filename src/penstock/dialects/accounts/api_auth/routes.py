"""Sign-in for a pair of tokens, renewal, and sign-out."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.accounts.api_auth.wire import (
    NextPair,
    PairRequest,
    PairShown,
    RefreshRequest,
    done,
    first_pair,
    next_pair,
)
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import required
from penstock.http.docs import story
from penstock.http.docs.refusals import GUESSING
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import credential
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc
from penstock.identity.sessions import Sessions
from penstock.model import faults as f
from penstock.model.faults import NotSignedIn
from penstock.model.principal import Principal


@dataclass(frozen=True, slots=True)
class TokenPairs:
    """These calls are unauthenticated; each checks its own credentials."""

    sessions: Sessions
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """Every call."""
        return [
            Call("POST", "/api/auth/login", self.login, None, _LOGIN, secret=True),
            Call("POST", "/api/auth/refresh", self.refresh, None, _REFRESH, secret=True),
            Call("POST", "/api/auth/logout", self.logout, None, _LOGOUT, secret=True),
        ]

    async def login(self, request: Request, principal: Principal) -> Response:
        """Begin a session."""
        payload = await self.bodies.json(request, PairRequest)
        name = required(payload.username or payload.phone, "username")
        password = required(payload.password or None, "password")
        address = self.proxies.origin(request)
        signed = await self.sessions.sign_in(name, password, code=payload.totp, client="files", address=address)
        return json_answer(done(first_pair(signed)))

    async def refresh(self, request: Request, principal: Principal) -> Response:
        """Renew the pair."""
        payload = await self.bodies.json(request, RefreshRequest)
        signed = await self.sessions.refresh(
            required(payload.refreshToken or None, "refreshToken"), client="files", address=self.proxies.origin(request)
        )
        return json_answer(done(next_pair(signed)))

    async def logout(self, request: Request, principal: Principal) -> Response:
        """End a session, by its access token or by the refresh token in the body."""
        payload = await self.bodies.json(request, RefreshRequest)
        secret = payload.refreshToken or credential(request)
        if not secret:
            raise NotSignedIn
        await self.sessions.sign_out(secret, client="files", address=self.proxies.origin(request))
        return json_answer(done(None))


_LOGIN = Doc(
    "Sign in.",
    PairShown,
    (),
    PairRequest,
    GUESSING
    | {
        f.InputMissing("username"): "The name or the password is missing.",
        f.CredentialsWrong(): "The name or the password is wrong.",
        f.SecondFactorNeeded("pst_from_the_sign_in", 600): "A second factor is asked for: send its code as `totp`.",
        f.CodeWrong(): "The code is wrong, or was used before.",
    },
    {"username": story.PERSON, "password": story.PASSWORD},
    "The password is the credential.",
)
_REFRESH = Doc(
    "Renew a session's pair of tokens.",
    NextPair,
    (),
    RefreshRequest,
    {f.InputMissing("refreshToken"): "The token is missing.", f.BadToken(): "The session is over."},
    {"refreshToken": "pst_from_the_sign_in"},
    "The refresh token is the credential.",
)
_LOGOUT = Doc(
    "Sign out: every token of the session ends.",
    None,
    (),
    RefreshRequest,
    {f.NotSignedIn(): "No token of a session is shown.", f.BadToken(): "There is no such session."},
    {"refreshToken": "pst_from_the_sign_in"},
    "The session is known by its refresh token, or by its access token in `Authorization`.",
)
