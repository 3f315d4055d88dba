"""The caller's own account: sudo, second factor, password, tokens."""

import io
from dataclasses import dataclass

import segno
from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.accounts.account import wire
from penstock.dialects.accounts.docs import ID, SUDO_REFUSED, sudo_header
from penstock.dialects.accounts.wire import Success
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import required, within
from penstock.http.docs import story
from penstock.http.docs.refusals import GUESSING
from penstock.http.routing.answers import json_answer, rfc3339
from penstock.http.routing.authenticator import credential, sudo_token
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc
from penstock.identity.factors import ALGORITHM, DIGITS, STEP, enrolment
from penstock.identity.sudo import LIFETIME
from penstock.model import faults as f
from penstock.model.audit import Actor
from penstock.model.faults import InputInvalid, ScopeMissing
from penstock.model.principal import Principal, Scope
from penstock.model.sudo import Sensitive

MAX_LIFE = 100 * 365 * 86400


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The calls of signed-in users."""

    engine: Engine
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """Every call."""
        return [
            Call("POST", "/auth/authenticate", self.authenticate, Scope.READ, _AUTHENTICATE, secret=True),
            Call("GET", "/account/2fa/status", self.status, Scope.READ, _STATUS),
            Call("POST", "/account/2fa/setup", self.set_up, Scope.WRITE, _SET_UP, secret=True),
            Call("POST", "/account/2fa/activate", self.activate, Scope.WRITE, _ACTIVATE, secret=True),
            Call("POST", "/account/2fa/disable", self.disable, Scope.WRITE, _DISABLE),
            Call("POST", "/account/tokens", self.create_token, Scope.WRITE, _CREATE_TOKEN, secret=True),
            Call("GET", "/account/tokens", self.tokens, Scope.READ, _TOKENS),
            Call("DELETE", "/account/tokens/{id}", self.revoke_token, Scope.WRITE, _REVOKE_TOKEN),
            Call("GET", "/account/sessions", self.sessions, Scope.READ, _SESSIONS),
            Call("DELETE", "/account/sessions/{id}", self.revoke_session, Scope.WRITE, _REVOKE_SESSION),
            Call("POST", "/account/password", self.change_password, Scope.WRITE, _PASSWORD),
        ]

    async def authenticate(self, request: Request, principal: Principal) -> Response:
        """Issue a sudo token."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.ProofRequest)
        if required(payload.purpose, "purpose") != "sudo":
            raise InputInvalid("purpose", "not sudo")
        match required(payload.method, "method"):
            case "password":
                password = required(payload.password or None, "password")
                token = await self.engine.sudo.by_password(principal, password, by.origin)
            case "totp":
                token = await self.engine.sudo.by_code(principal, required(payload.token or None, "token"), by.origin)
            case _:
                raise InputInvalid("method", "neither password nor totp")
        return json_answer(Success(data=wire.SudoShown(token, LIFETIME)))

    async def status(self, request: Request, principal: Principal) -> Response:
        """The state of the second factor."""
        factor = await self.engine.factors.of(principal.id)
        active = factor is not None and factor.active
        since = rfc3339(factor.created_at) if factor is not None else None
        return json_answer(Success(data=wire.FactorShown(active, active, since)))

    async def set_up(self, request: Request, principal: Principal) -> Response:
        """Create an authenticator's secret."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.SudoRequest)
        await self._sudo(request, principal, Sensitive.SET_UP_FACTOR, payload.sudo_token)
        factor = await self.engine.factors.set_up(principal, by.origin)
        url = enrolment(factor, principal.name)
        answer = wire.Enrolment(factor.secret, url, _qr(url), ALGORITHM, DIGITS, STEP)
        return json_answer(Success(data=answer))

    async def activate(self, request: Request, principal: Principal) -> Response:
        """Switch the second factor on by its first code."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.CodeRequest)
        codes = await self.engine.factors.activate(principal, required(payload.token or None, "token"), by.origin)
        return json_answer(Success(data=wire.RecoveryCodes(codes)))

    async def disable(self, request: Request, principal: Principal) -> Response:
        """Switch the second factor off."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.SudoRequest)
        await self._sudo(request, principal, Sensitive.REMOVE_FACTOR, payload.sudo_token)
        await self.engine.factors.remove(principal, by.origin)
        return json_answer(wire.Done(message="二次验证已关闭"))

    async def change_password(self, request: Request, principal: Principal) -> Response:
        """Change the password."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.PasswordRequest)
        sudo = sudo_token(request) or payload.sudo_token
        await self.engine.sudo.check(principal, Sensitive.CHANGE_PASSWORD, sudo)
        password = required(payload.new_password or None, "new_password")
        await self.engine.sessions.change_password(
            principal, password, sudo=sudo or "", keep=credential(request) or "", address=by.origin
        )
        return json_answer(wire.Done(message="密码已修改"))

    async def tokens(self, request: Request, principal: Principal) -> Response:
        """The caller's tokens."""
        tokens = await self.engine.access.tokens(principal.name)
        return json_answer(Success(data=[wire.token_response(token) for token in tokens]))

    async def create_token(self, request: Request, principal: Principal) -> Response:
        """Create a token for a program, with at most the caller's own scopes."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.TokenRequest)
        await self._sudo(request, principal, Sensitive.CREATE_TOKEN, payload.sudo_token)
        scopes = frozenset(payload.scopes) if payload.scopes else principal.scopes
        for scope in sorted(scopes - principal.scopes):
            raise ScopeMissing(scope)
        life = None if payload.expires_in is None else within(payload.expires_in, "expires_in", 1, MAX_LIFE)
        token = await self.engine.access.create_token(principal.name, scopes, life, by)
        return json_answer(Success(data=wire.TokenMade(token)))

    async def revoke_token(self, request: Request, principal: Principal) -> Response:
        """Revoke a token."""
        by = self._actor(request, principal)
        payload = await self.bodies.json(request, wire.SudoRequest)
        await self._sudo(request, principal, Sensitive.REVOKE_TOKEN, payload.sudo_token)
        await self.engine.access.revoke_own(principal, request.path_params["id"], by)
        return json_answer(wire.Done(message="令牌已撤销"))

    async def sessions(self, request: Request, principal: Principal) -> Response:
        """The caller's sessions."""
        sessions = await self.engine.sessions.of_user(principal.name)
        return json_answer(Success(data=[wire.session_response(session) for session in sessions]))

    async def revoke_session(self, request: Request, principal: Principal) -> Response:
        """End a session."""
        by = self._actor(request, principal)
        await self.engine.sessions.revoke_own(principal, request.path_params["id"], by)
        return json_answer(wire.Done(message="会话已结束"))

    def _actor(self, request: Request, principal: Principal) -> Actor:
        return Actor(principal.name, self.proxies.origin(request))

    async def _sudo(self, request: Request, principal: Principal, act: Sensitive, in_body: str | None) -> None:
        await self.engine.sudo.check(principal, act, sudo_token(request) or in_body)


def _qr(url: str) -> str:
    """A QR code as an SVG document, dark on an opaque white background."""
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", scale=4, light="white", xmldecl=False, nl=False)
    return picture.getvalue().decode()


_SUDO = sudo_header(required=False)
_AUTHENTICATE = Doc(
    "Issue a sudo token for a password or a code of the second factor.",
    Success[wire.SudoShown],
    (),
    wire.ProofRequest,
    GUESSING
    | {
        f.InputMissing("purpose"): "The purpose, the method or the proof is missing.",
        f.InputInvalid("method", "neither password nor totp"): "There is no such purpose or method.",
        f.CredentialsWrong(): "The password is wrong.",
        f.CodeWrong(): "The code is wrong, or was used before.",
    },
    {"purpose": "sudo", "method": "password", "password": story.PASSWORD},
)
_STATUS = Doc("The state of the caller's second factor.", Success[wire.FactorShown])
_SET_UP = Doc(
    "Create a secret for an authenticator app; it takes effect with its first code.",
    Success[wire.Enrolment],
    (_SUDO,),
    wire.SudoRequest,
    SUDO_REFUSED | {f.FactorActive(): "There is a second factor already."},
    {},
)
_ACTIVATE = Doc(
    "Switch the second factor on by its first code; the answer has recovery codes.",
    Success[wire.RecoveryCodes],
    (),
    wire.CodeRequest,
    GUESSING
    | {
        f.InputMissing("token"): "The code is missing.",
        f.CodeWrong(): "The code is wrong.",
        f.FactorMissing(): "None was set up.",
        f.FactorActive(): "There is one already.",
    },
    {"token": "123456"},
)
_DISABLE = Doc(
    "Switch the second factor off.",
    wire.Done,
    (_SUDO,),
    wire.SudoRequest,
    SUDO_REFUSED | {f.FactorMissing(): "There is no second factor."},
    {},
)
_PASSWORD = Doc(
    "Change the password; every other session and every sudo token ends.",
    wire.Done,
    (_SUDO,),
    wire.PasswordRequest,
    GUESSING
    | SUDO_REFUSED
    | {
        f.InputMissing("new_password"): "The password is missing.",
        f.AccountRefused(
            "The password has fewer than 8 characters."
        ): "It is too short, or contains characters that cannot be typed.",
    },
    {"new_password": story.PASSWORD},
)
_TOKENS = Doc("The caller's tokens, without their secrets.", Success[list[wire.TokenShown]])
_CREATE_TOKEN = Doc(
    "Create a token for a program.",
    Success[wire.TokenMade],
    (_SUDO,),
    wire.TokenRequest,
    SUDO_REFUSED | {f.InputInvalid("expires_in", "not between 1 and 3153600000"): "A scope or a time is wrong."},
    {"scopes": ["read"], "expires_in": 86400},
    "It can do no more than the token that asks for it.",
)
_REVOKE_TOKEN = Doc(
    "Revoke a token at once.",
    wire.Done,
    (ID, _SUDO),
    wire.SudoRequest,
    SUDO_REFUSED | {f.AccountUnknown("There is no such token."): "The caller has no such token."},
    {},
)
_SESSIONS = Doc("The caller's sessions.", Success[list[wire.SessionShown]])
_REVOKE_SESSION = Doc(
    "End a session at once.",
    wire.Done,
    (ID,),
    faults={f.AccountUnknown("There is no such session."): "The caller has no such session."},
)
