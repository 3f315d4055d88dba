"""The calls of `admin`: decode, call the engine, encode. Every change needs a sudo token."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from penstock.dialects.accounts.admin.wire import (
    ActShown,
    NewUser,
    UserChange,
    UserSessionShown,
    UserShown,
    UserTokenShown,
    act_response,
    changes,
    user_response,
    user_session_response,
    user_token_response,
)
from penstock.dialects.accounts.docs import ID, SUDO_REFUSED, sudo_header
from penstock.dialects.accounts.wire import Success
from penstock.engine.engine import Engine
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, whole_number
from penstock.http.docs import story
from penstock.http.docs.refusals import Refusals
from penstock.http.routing.answers import json_answer
from penstock.http.routing.authenticator import sudo_token
from penstock.http.routing.clients import Proxies
from penstock.http.routing.dialect_app import Call, Doc, Parameter
from penstock.model import faults as f
from penstock.model.audit import Actor
from penstock.model.faults import AdminRequired
from penstock.model.principal import Principal, Scope, User
from penstock.model.sudo import Sensitive

MAX_NAME = 200
USUAL_PAGE, MAX_PAGE = 50, 10_000


def admin_calls(engine: Engine, bodies: Bodies, proxies: Proxies) -> list[Call]:
    """The calls of administrators."""
    return _Administration(engine, bodies, proxies).calls()


@dataclass(frozen=True, slots=True)
class _Administration:
    engine: Engine
    bodies: Bodies
    proxies: Proxies

    def calls(self) -> list[Call]:
        return [
            Call("GET", "/admin/users", self.users, Scope.READ, _USERS),
            Call("POST", "/admin/users", self.add_user, Scope.WRITE, _ADD_USER),
            Call("GET", "/admin/users/{name}", self.user, Scope.READ, _USER),
            Call("PATCH", "/admin/users/{name}", self.change_user, Scope.WRITE, _CHANGE_USER),
            Call("DELETE", "/admin/users/{name}/2fa", self.reset_factor, Scope.WRITE, _RESET_FACTOR),
            Call("GET", "/admin/users/{name}/tokens", self.tokens, Scope.READ, _TOKENS),
            Call("DELETE", "/admin/tokens/{id}", self.revoke_token, Scope.WRITE, _REVOKE_TOKEN),
            Call("GET", "/admin/users/{name}/sessions", self.sessions, Scope.READ, _SESSIONS),
            Call("DELETE", "/admin/sessions/{id}", self.revoke_session, Scope.WRITE, _REVOKE_SESSION),
            Call("GET", "/admin/audit", self.audit, Scope.READ, _AUDIT),
        ]

    async def users(self, request: Request, principal: Principal) -> Response:
        self._admin(request, principal)
        return json_answer(Success(data=[await self._response(user) for user in await self.engine.access.users()]))

    async def add_user(self, request: Request, principal: Principal) -> Response:
        by = await self._sudo(request, principal)
        new = await self.bodies.json(request, NewUser)
        await self.engine.access.add_user(new.name, new.password, tier=new.tier, admin=new.admin, by=by)
        return await self._answer(new.name)

    async def user(self, request: Request, principal: Principal) -> Response:
        self._admin(request, principal)
        return await self._answer(request.path_params["name"])

    async def change_user(self, request: Request, principal: Principal) -> Response:
        by, name = await self._sudo(request, principal), request.path_params["name"]
        payload = await self.bodies.json(request, UserChange)
        await self.engine.access.user(name)
        if payload.tier is not None or payload.disabled is not None:
            await self.engine.access.change_user(name, tier=payload.tier, disabled=payload.disabled, by=by)
        if payload.quota is not None and (own := changes(payload.quota)):
            await self.engine.access.set_quota(name, own, by)
        return await self._answer(name)

    async def reset_factor(self, request: Request, principal: Principal) -> Response:
        by = await self._sudo(request, principal)
        await self.engine.factors.reset(request.path_params["name"], by)
        return json_answer(Success(data=None))

    async def tokens(self, request: Request, principal: Principal) -> Response:
        self._admin(request, principal)
        tokens = await self.engine.access.tokens(request.path_params["name"])
        return json_answer(Success(data=[user_token_response(token) for token in tokens]))

    async def revoke_token(self, request: Request, principal: Principal) -> Response:
        by = await self._sudo(request, principal)
        await self.engine.access.revoke_token(request.path_params["id"], by)
        return json_answer(Success(data=None))

    async def sessions(self, request: Request, principal: Principal) -> Response:
        self._admin(request, principal)
        sessions = await self.engine.sessions.of_user(request.path_params["name"])
        return json_answer(Success(data=[user_session_response(session) for session in sessions]))

    async def revoke_session(self, request: Request, principal: Principal) -> Response:
        by = await self._sudo(request, principal)
        await self.engine.sessions.revoke(request.path_params["id"], by)
        return json_answer(Success(data=None))

    async def audit(self, request: Request, principal: Principal) -> Response:
        self._admin(request, principal)
        query = request.query_params
        name = plain_text(query["name"], "name", MAX_NAME) if "name" in query else None
        count = whole_number(query.get("last", str(USUAL_PAGE)), "last", 1, MAX_PAGE)
        return json_answer(Success(data=[act_response(entry) for entry in await self.engine.audit.last(count, name)]))

    async def _answer(self, name: str) -> Response:
        return json_answer(Success(data=await self._response(await self.engine.access.user(name))))

    async def _response(self, user: User) -> UserShown:
        return user_response(user, second_factor=await self.engine.factors.is_on(user.id))

    def _admin(self, request: Request, principal: Principal) -> Actor:
        """The administrator that calls. Raises `AdminRequired`."""
        if not principal.admin:
            raise AdminRequired
        return Actor(principal.name, self.proxies.origin(request))

    async def _sudo(self, request: Request, principal: Principal) -> Actor:
        """The administrator that makes a change. Raises `AdminRequired`, `SudoRequired`."""
        by = self._admin(request, principal)
        await self.engine.sudo.check(principal, Sensitive.ADMINISTER, sudo_token(request))
        return by


_WHO = "For administrators."
_READS: Refusals = {f.AdminRequired(): "The caller is no administrator."}
_CHANGES: Refusals = _READS | SUDO_REFUSED
_SUDO = sudo_header(required=True)
_NAME = Parameter("name", "path", str, "The user's name.", example="carol")
_NOBODY: Refusals = {f.AccountUnknown("There is no user 'carol'."): "There is no such user."}
_USERS = Doc("Every user, by name.", Success[list[UserShown]], faults=_READS, about=_WHO)
_ADD_USER = Doc(
    "Create an account.",
    Success[UserShown],
    (_SUDO,),
    NewUser,
    _CHANGES
    | {
        f.AccountRefused("The password has fewer than 8 characters."): "The name or the password is invalid.",
        f.AccountTaken("There is a user 'carol' already."): "The name is taken.",
    },
    {"name": "carol", "password": story.PASSWORD, "tier": "normal", "admin": False},
    _WHO,
)
_USER = Doc("One account.", Success[UserShown], (_NAME,), faults=_READS | _NOBODY, about=_WHO)
_CHANGE_USER = Doc(
    "Change a tier or a quota; disable a user (every token is refused at once) or enable them again.",
    Success[UserShown],
    (_NAME, _SUDO),
    UserChange,
    _CHANGES | _NOBODY,
    {"tier": "vip", "disabled": False, "quota": {"files": 1000}},
    _WHO,
)
_RESET_FACTOR = Doc(
    "Switch off the second factor of a user who has lost it.",
    Success[None],
    (_NAME, _SUDO),
    faults=_CHANGES | {f.AccountUnknown("'carol' has no second factor."): "There is no such user, or no factor."},
    about=_WHO,
)
_TOKENS = Doc(
    "A user's tokens, without their secrets.",
    Success[list[UserTokenShown]],
    (_NAME,),
    faults=_READS | _NOBODY,
    about=_WHO,
)
_REVOKE_TOKEN = Doc(
    "Revoke a token at once.",
    Success[None],
    (ID, _SUDO),
    faults=_CHANGES | {f.AccountUnknown("There is no such token."): "There is none."},
    about=_WHO,
)
_SESSIONS = Doc("A user's sessions.", Success[list[UserSessionShown]], (_NAME,), faults=_READS | _NOBODY, about=_WHO)
_REVOKE_SESSION = Doc(
    "End a session at once.",
    Success[None],
    (ID, _SUDO),
    faults=_CHANGES | {f.AccountUnknown("There is no such session."): "There is none."},
    about=_WHO,
)
_AUDIT = Doc(
    "The newest sensitive acts, newest first.",
    Success[list[ActShown]],
    (
        Parameter("name", "query", str, "Only acts by or about this name.", required=False, example="carol"),
        Parameter("last", "query", int, "How many, 50 by default.", required=False, example=50),
    ),
    faults=_READS | {f.InputInvalid("last", "not a whole number"): "A parameter is wrong."},
    about=_WHO,
)
