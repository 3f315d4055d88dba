"""Sign-in by name and password, with a challenge for the second factor."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.accounts.account.wire import (
    Challenge,
    CodeRequest,
    FactorNeeded,
    LoginRequest,
    Methods,
    SignedInShown,
)
from penstock.dialects.accounts.wire import Success
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, required
from penstock.http.docs import story
from penstock.http.docs.refusals import GUESSING
from penstock.http.routing.answers import json_answer, rfc3339
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc, Parameter
from penstock.identity.sessions import Sessions
from penstock.model import faults as f
from penstock.model.faults import SecondFactorNeeded
from penstock.model.principal import Principal, SignedIn

OFFERED = {"login": ["password"], "sudo": ["password", "totp"]}
"""The methods for each purpose. The answer is the same whether the identifier exists or not."""

MAX_PURPOSE = 64


@dataclass(frozen=True, slots=True)
class SignIn:
    """These calls are unauthenticated; each checks its own credentials."""

    sessions: Sessions
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """Every call."""
        return [
            Call("GET", "/auth/methods", self.methods, None, _METHODS),
            Call("POST", "/account/login", self.login, None, _LOGIN, secret=True),
            Call("POST", "/account/2fa/login/totp", self.answer, None, _ANSWER, secret=True),
        ]

    async def methods(self, request: Request, principal: Principal) -> Response:
        """The methods for a purpose."""
        purpose = plain_text(required(request.query_params.get("purpose"), "purpose"), "purpose", MAX_PURPOSE)
        return json_answer(Success(data=Methods(purpose, OFFERED.get(purpose, []))))

    async def login(self, request: Request, principal: Principal) -> Response:
        """Begin a session, or return a challenge for the second factor."""
        payload = await self.bodies.json(request, LoginRequest)
        name, password = required(payload.un or None, "un"), required(payload.pw or None, "pw")
        try:
            signed = await self.sessions.sign_in(name, password, client="scratch", address=self.proxies.origin(request))
        except SecondFactorNeeded as needed:
            challenge = Challenge(needed.challenge, needed.seconds)
            return json_answer(FactorNeeded(message="需要二次验证", data=challenge))
        return json_answer(_response(signed))

    async def answer(self, request: Request, principal: Principal) -> Response:
        """Begin the session of a challenge, with a code of the second factor."""
        payload = await self.bodies.json(request, CodeRequest)
        challenge, code = (
            required(payload.challenge_id or None, "challenge_id"),
            required(payload.token or None, "token"),
        )
        address = self.proxies.origin(request)
        return json_answer(_response(await self.sessions.answer(challenge, code, client="scratch", address=address)))


def _response(signed: SignedIn) -> SignedInShown:
    return SignedInShown(
        message="登录成功",
        userid=signed.user.id,
        username=signed.user.name,
        token=signed.access,
        refresh_token=signed.refresh,
        expires_at=rfc3339(signed.access_expires_at),
        refresh_expires_at=rfc3339(signed.refresh_expires_at),
    )


_METHODS = Doc(
    "The methods of authentication for a purpose.",
    Success[Methods],
    (
        Parameter("purpose", "query", str, "login, sudo, reset_password, …", example="login"),
        Parameter(
            "identifier",
            "query",
            str,
            "The user's name; it does not change the answer.",
            required=False,
            example=story.PERSON,
        ),
    ),
    faults={f.InputMissing("purpose"): "The purpose is missing."},
    about="Without authentication.",
)
_LOGIN = Doc(
    "Sign in; where a second factor is switched on, the answer is a challenge (`need_2fa`) instead.",
    (SignedInShown, FactorNeeded),
    (),
    LoginRequest,
    GUESSING
    | {
        f.InputMissing("un"): "The name or the password is missing.",
        f.CredentialsWrong(): "The name or the password is wrong.",
    },
    {"un": story.PERSON, "pw": story.PASSWORD},
    "The password is the credential.",
)
_ANSWER = Doc(
    "Answer the challenge of a sign-in with a code or a recovery code.",
    SignedInShown,
    (),
    CodeRequest,
    GUESSING
    | {
        f.InputMissing("challenge_id"): "The challenge or the code is missing.",
        f.CodeWrong(): "The code is wrong, or was used before.",
        f.BadToken(): "The challenge has expired or was used.",
    },
    {"challenge_id": "pst_from_the_sign_in", "token": "123456"},
    "The challenge and the code are the credentials.",
)
