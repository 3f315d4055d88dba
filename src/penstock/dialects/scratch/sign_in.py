"""Signing in, in the envelope of `scratch` (RULINGS, *Auth*)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.scratch.wire import LoginRequest, Methods, MethodsShown, SignedInShown
from penstock.engine.sessions import Sessions
from penstock.http.answers import json_answer
from penstock.http.bodies import Bodies
from penstock.http.clients import Proxies
from penstock.http.rooms import Call, Doc, Parameter
from penstock.http.values import plain_text, required
from penstock.model.principal import Principal

OFFERED = {"login": ["password"]}
"""What can be used for which purpose; whoever asks is told this, whether the identifier exists or not."""

LONGEST_PURPOSE = 64


@dataclass(frozen=True, slots=True)
class SignIn:
    """The calls; they let nobody in who is not, and so look at credentials themselves."""

    sessions: Sessions
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        """The calls of the room."""
        return [
            Call("GET", "/auth/methods", self.methods, None, _METHODS),
            Call("POST", "/account/login", self.login, None, _LOGIN),
        ]

    async def methods(self, request: Request, who: Principal) -> Response:
        """What is offered for a purpose."""
        purpose = plain_text(required(request.query_params.get("purpose"), "purpose"), "purpose", LONGEST_PURPOSE)
        return json_answer(MethodsShown(data=Methods(purpose, OFFERED.get(purpose, []))))

    async def login(self, request: Request, who: Principal) -> Response:
        """A new session."""
        asked = await self.bodies.json(request, LoginRequest)
        name, password = required(asked.un or None, "un"), required(asked.pw or None, "pw")
        signed = await self.sessions.sign_in(name, password, client="scratch", address=self.proxies.client(request))
        return json_answer(
            SignedInShown(
                message="登录成功",
                userid=signed.user.id,
                username=signed.user.name,
                token=signed.access,
                refresh_token=signed.refresh,
                expires_at=_time(signed.access_expires_at),
                refresh_expires_at=_time(signed.refresh_expires_at),
            )
        )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_METHODS = Doc(
    "Which ways of proving who one is this server offers for a purpose.",
    MethodsShown,
    (
        Parameter("purpose", "query", str, "login, sudo, reset_password, …"),
        Parameter("identifier", "query", str, "Whose ways; it changes nothing.", required=False),
    ),
    faults={400: "The purpose is missing."},
)
_LOGIN = Doc(
    "Sign in.",
    SignedInShown,
    (),
    LoginRequest,
    {401: "The name or the password is wrong.", 429: "Too many attempts."},
)
