"""How each call of `accounts` is asked well, who may, and which odd values are nothing wrong for it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import httpx

from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from tests.dialects.accounts.client import activate, code, enrol, promote, sudo_of
from tests.dialects.every_call import (
    OPTIONAL,
    READ,
    REPLACED,
    TEXTS,
    UNREADABLE,
    VALUES,
    WRITE,
    Good,
    Row,
    plain,
)
from tests.support.server import Server

BOB = Good(path={"name": "bob"})

SHOWN_TWICE = {"X-Sudo-Token": {"missing", *TEXTS}, "sudo_token": {"missing", *VALUES}}
"""A sudo token in a header needs none in the body, and the other way round."""


async def signed_in(server: Server) -> Good:
    server.forgive()
    answer = await server.anyone.post("/api/auth/login", json={"username": "alice", "password": "a password"})
    return Good(json={"refreshToken": answer.json()["data"]["refreshToken"]})


async def with_sudo(server: Server) -> Good:
    token = await sudo_of(server, "alice")
    return Good(header={"X-Sudo-Token": token}, json={"sudo_token": token})


async def enrolled(server: Server) -> Good:
    """Alice has an authenticator that waits for its first code."""
    return Good(json={"token": code(server, await enrol(server, "alice")), "challenge_id": ""})


async def with_factor(server: Server) -> Good:
    await activate(server, "alice")
    return await with_sudo(server)


async def challenged(server: Server) -> Good:
    await server.container.engine.access.set_password("alice", "a password")
    _, codes = await activate(server, "alice")
    answer = await server.anyone.post("/account/login", json={"un": "alice", "pw": "a password"})
    return Good(json={"challenge_id": answer.json()["data"]["challenge_id"], "token": codes[0]})


async def bob_with_factor(server: Server) -> Good:
    await activate(server, "bob")
    return BOB


async def with_password(server: Server) -> Good:
    good = await with_sudo(server)
    return replace(good, json={**(good.json or {}), "new_password": "another password"})


async def with_token_asked(server: Server) -> Good:
    good = await with_sudo(server)
    return replace(good, json={**(good.json or {}), "scopes": ["read"], "expires_in": 60})


async def with_token(server: Server) -> Good:
    await server.container.engine.access.create_token("alice", frozenset({Scope.READ}), 60)
    token = (await server.container.engine.access.tokens("alice"))[0]
    return replace(await with_sudo(server), path={"id": token.id})


async def with_session(server: Server) -> Good:
    user = await server.container.engine.access.user("alice")
    await server.container.engine.sessions.begin(user, EVERY_SCOPE, client="files", address="127.0.0.1")
    return Good(path={"id": (await server.container.engine.sessions.of_user("alice"))[0].id})


async def new_user(server: Server) -> Good:
    name = f"user-{uuid4().hex[:8]}"
    return Good(json={"name": name, "password": "a password", "tier": "vip", "admin": False})


def as_admin(good: Callable[[Server], Awaitable[Good]], *, sudo: bool = True) -> Callable[[Server], Awaitable[Good]]:
    """What Alice asks as an administrator; what changes nothing needs no sudo token."""

    async def made(server: Server) -> Good:
        promote(server, "alice")
        return replace(await good(server), header={"X-Sudo-Token": await sudo_of(server, "alice")} if sudo else {})

    return made


async def one_token(server: Server) -> Good:
    return replace(await with_token(server), json=None)


async def oauth_token(server: Server) -> Good:
    fields = {"grant_type": "password", "username": "alice", "password": "a password", "scope": "read"}
    return Good(fields=fields | {"refresh_token": "x", "totp": "1", "client_id": "public", "client_secret": ""})


async def oauth_revoke(server: Server) -> Good:
    return Good(fields={"token": "x", "client_id": "public", "client_secret": ""})


async def oauth_introspect(server: Server) -> Good:
    access = server.container.engine.access
    name = f"client-{uuid4()}"
    secret = await access.create_client(name, EVERY_SCOPE, Tier.NORMAL)
    return Good(fields={"token": "x", "client_id": name, "client_secret": secret})


ROWS: dict[tuple[str, str], Row] = {
    ("GET", "/auth/methods"): Row(
        None,
        200,
        plain(Good(query={"purpose": "login", "identifier": "alice"})),
        {"purpose": {"parent", "not UTF-8", "surrogate"}, "identifier": {"missing", *TEXTS}},
    ),
    ("POST", "/account/2fa/login/totp"): Row(None, 200, challenged, secret=True),
    ("POST", "/auth/authenticate"): Row(
        READ,
        200,
        plain(Good(json={"purpose": "sudo", "method": "password", "password": "a password", "token": "123456"})),
        {"token": {"missing", *VALUES}},
        secret=True,
    ),
    ("GET", "/account/2fa/status"): Row(READ, 200, plain(Good())),
    ("POST", "/account/2fa/setup"): Row(WRITE, 403, with_sudo, SHOWN_TWICE, secret=True),
    ("POST", "/account/2fa/activate"): Row(WRITE, 409, enrolled, {"challenge_id": {"missing", *VALUES}}, secret=True),
    ("POST", "/account/2fa/disable"): Row(WRITE, 403, with_factor, SHOWN_TWICE),
    ("POST", "/account/password"): Row(WRITE, 403, with_password, SHOWN_TWICE | {"new_password": {"huge", "parent"}}),
    ("GET", "/account/tokens"): Row(READ, 200, plain(Good())),
    ("POST", "/account/tokens"): Row(
        WRITE, 403, with_token_asked, SHOWN_TWICE | {"scopes": {"missing"}, "expires_in": {"missing"}}, secret=True
    ),
    ("DELETE", "/account/tokens/{id}"): Row(WRITE, 403, with_token, SHOWN_TWICE),
    ("GET", "/account/sessions"): Row(READ, 200, plain(Good())),
    ("DELETE", "/account/sessions/{id}"): Row(WRITE, 404, with_session),
    ("GET", "/admin/users"): Row(READ, 403, as_admin(plain(Good()), sudo=False), admin=200),
    ("POST", "/admin/users"): Row(
        WRITE, 403, as_admin(new_user), {"password": {"huge", "parent"}, "tier": {"missing"}, "admin": {"missing"}}
    ),
    ("GET", "/admin/users/{name}"): Row(READ, 403, as_admin(plain(BOB), sudo=False), admin=200),
    ("PATCH", "/admin/users/{name}"): Row(
        WRITE,
        403,
        as_admin(plain(replace(BOB, json={"tier": "vip", "disabled": False, "quota": {"files": 9}}))),
        {"tier": {"missing"}, "disabled": {"missing"}, "quota": {"missing", "wrong type"}},
    ),
    ("DELETE", "/admin/users/{name}/2fa"): Row(WRITE, 403, as_admin(bob_with_factor)),
    ("GET", "/admin/users/{name}/tokens"): Row(READ, 403, as_admin(plain(BOB), sudo=False), admin=200),
    ("DELETE", "/admin/tokens/{id}"): Row(WRITE, 403, as_admin(one_token)),
    ("GET", "/admin/users/{name}/sessions"): Row(READ, 403, as_admin(plain(BOB), sudo=False), admin=200),
    ("DELETE", "/admin/sessions/{id}"): Row(WRITE, 403, as_admin(with_session)),
    ("GET", "/admin/audit"): Row(
        READ,
        403,
        as_admin(plain(Good(query={"name": "bob", "last": "5"})), sudo=False),
        {"name": {"missing", "parent", "huge"} | REPLACED, "last": {"missing"}},
        admin=200,
    ),
    ("POST", "/account/login"): Row(None, 200, plain(Good(json={"un": "alice", "pw": "a password"})), secret=True),
    ("POST", "/api/auth/login"): Row(
        None,
        200,
        plain(Good(json={"username": "alice", "phone": "alice", "password": "a password", "totp": "1"})),
        {"username": OPTIONAL, "phone": {"missing", *VALUES} - UNREADABLE, "totp": {"missing", *VALUES} - UNREADABLE},
        secret=True,
    ),
    ("POST", "/api/auth/refresh"): Row(None, 200, signed_in, secret=True),
    ("POST", "/api/auth/logout"): Row(None, 200, signed_in, {"refreshToken": {"missing", *VALUES}}, secret=True),
    ("POST", "/oauth/token"): Row(
        None,
        200,
        oauth_token,
        {"scope": {"missing", "empty"}, "client_id": {"missing", *TEXTS}, "client_secret": {"missing", "empty"}}
        | {"refresh_token": {"missing", *TEXTS}, "totp": {"missing", *TEXTS}},
        secret=True,
    ),
    ("POST", "/oauth/revoke"): Row(
        None,
        200,
        oauth_revoke,
        {"token": set(TEXTS), "client_id": {"missing", *TEXTS}, "client_secret": {"missing", "empty"}},
        secret=True,
    ),
    ("POST", "/oauth/introspect"): Row(None, 200, oauth_introspect, {"token": set(TEXTS)}, secret=True),
    ("GET", "/.well-known/oauth-authorization-server"): Row(None, 200, plain(Good())),
}


STORING = set[str]()
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = set[str]()
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body that it is one, in whichever of the wordings."""
    body = answer.json()
    return "error" in body or body.get("status") == "error" or body.get("success") is False
