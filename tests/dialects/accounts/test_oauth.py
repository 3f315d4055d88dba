"""OAuth 2.0, as a standard client speaks it."""

import asyncio
import warnings

import httpx
import pytest

from penstock.identity.throttle import SHORT
from penstock.model.faults import AccountUnknown
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from tests.support.server import LOCAL, Server

pytestmark = pytest.mark.dialects("files", "oauth")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another httpx
    from authlib.integrations.base_client.errors import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client

TOKEN, REVOKE, INTROSPECT = (f"https://penstock/oauth/{name}" for name in ("token", "revoke", "introspect"))
FILE = "https://penstock/api/files/00000000-0000-0000-0000-000000000000"


def client(server: Server, name: str | None = None, secret: str | None = None, **options: str) -> AsyncOAuth2Client:
    """authlib's client; public unless it has a secret."""
    transport = httpx.ASGITransport(server.app, client=LOCAL)
    method = "client_secret_basic" if secret else "none"
    settings = {"token_endpoint_auth_method": method, **options}
    return AsyncOAuth2Client(name or "web", secret, transport=transport, **settings)


async def registered(server: Server, name: str = "backup", scopes: frozenset[Scope] = EVERY_SCOPE) -> str:
    """A new client's secret."""
    return await server.container.engine.access.create_client(name, scopes, Tier.NORMAL)


async def signed_in(server: Server, **options: str) -> AsyncOAuth2Client:
    """A public client with Alice's password."""
    session = client(server)
    await session.fetch_token(TOKEN, grant_type="password", username="alice", password="a password", **options)
    return session


async def test_the_password_grant(server: Server) -> None:
    """A public client gets a pair for a password, and comes in with it."""
    session = await signed_in(server)
    assert session.token["token_type"] == "Bearer"
    assert session.token["expires_in"] == 900
    assert session.token["scope"] == "delete read write"
    assert (await session.get(f"{FILE}/info")).status_code == 404


async def test_a_narrow_scope(server: Server) -> None:
    """A token for less opens less, and so does what it is renewed to."""
    session = await signed_in(server, scope="read")
    for _ in range(2):
        assert (await session.get(f"{FILE}/info")).status_code == 404
        assert (await session.delete(FILE)).status_code == 403
        await session.refresh_token(TOKEN)
        assert session.token["scope"] == "read"


async def test_a_parameter_without_a_value_is_none(server: Server) -> None:
    """What forms leave empty is as if it were not there (RFC 6749 §3.2); a second one is refused, empty or not."""
    empty = {"client_id": "", "client_secret": "", "totp": "", "refresh_token": "", "scope": ""}
    form = {"grant_type": "password", "username": "alice", "password": "a password"} | empty
    answer = await server.anyone.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["scope"]) == (200, "delete read write")
    body = httpx.QueryParams([*form.items(), ("scope", "read")])
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await server.anyone.post("/oauth/token", content=str(body), headers=kind)).status_code == 400


async def test_refreshing_rotates(server: Server) -> None:
    """A refresh token gives the next pair; one that is used later ends the session."""
    session = await signed_in(server)
    first = dict(session.token)
    second = await session.refresh_token(TOKEN)
    assert second["refresh_token"] != first["refresh_token"]
    with server.database() as connection:
        connection.execute("UPDATE refreshes SET used_at = used_at - 31 WHERE used_at IS NOT NULL")
    for stolen in (first["refresh_token"], second["refresh_token"]):
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client(server).refresh_token(TOKEN, refresh_token=stolen)
    assert (await session.get(f"{FILE}/info")).status_code == 401


async def test_two_tabs_of_a_client(server: Server) -> None:
    """Within 30 seconds a refresh token answers the same pair again, and the session goes on."""
    session = await signed_in(server)
    first = session.token["refresh_token"]
    pairs = [dict(await client(server).refresh_token(TOKEN, refresh_token=first)) for _ in range(2)]
    assert {(pair["access_token"], pair["refresh_token"]) for pair in pairs} == {
        (pairs[0]["access_token"], pairs[0]["refresh_token"])
    }
    assert await client(server).refresh_token(TOKEN, refresh_token=pairs[0]["refresh_token"])


async def test_a_client_in_its_own_name(server: Server) -> None:
    """A registered client gets a token for its secret, without a refresh token, and only for what it may."""
    secret = await registered(server, scopes=frozenset({Scope.READ, Scope.WRITE}))
    for method in ("client_secret_basic", "client_secret_post"):
        session = client(server, "backup", secret, token_endpoint_auth_method=method)
        token = await session.fetch_token(TOKEN, grant_type="client_credentials", scope="read delete")
        assert token.keys() >= {"access_token", "expires_in"}
        assert "refresh_token" not in token
        assert token["scope"] == "read"
        assert (await session.get(f"{FILE}/info")).status_code == 404
        assert (await session.delete(FILE)).status_code == 403


async def test_who_is_not_let_in(server: Server) -> None:
    """Wrong passwords, secrets, grants and scopes have RFC 6749's words; nobody is told whether a user exists."""
    secret = await registered(server)
    requests = [
        (None, None, {"grant_type": "password", "username": "alice", "password": "x"}, "invalid_grant"),
        (None, None, {"grant_type": "password", "username": "nobody", "password": "x"}, "invalid_grant"),
        (None, None, {"grant_type": "password", "username": "alice"}, "invalid_request"),
        (None, None, {"grant_type": "client_credentials"}, "invalid_client"),
        ("backup", "wrong", {"grant_type": "client_credentials"}, "invalid_client"),
        ("nobody", secret, {"grant_type": "client_credentials"}, "invalid_client"),
        ("backup", None, {"grant_type": "password", "username": "alice", "password": "a password"}, "invalid_client"),
        ("backup", secret, {"grant_type": "client_credentials", "scope": "everything"}, "invalid_scope"),
        ("backup", secret, {"grant_type": "authorization_code"}, "unsupported_grant_type"),
        (None, None, {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        (None, None, {"grant_type": "refresh_token"}, "invalid_request"),
        (None, None, {"grant_type": "é"}, "unsupported_grant_type"),
    ]
    for name, password, form, error in requests:
        answer = await client(server, name, password).request(
            "POST", TOKEN, withhold_token=True, data=form | ({"client_id": name} if name and not password else {}),
            auth=(name, password) if password else None,
        )  # fmt: skip
        assert answer.json()["error"] == error, (form, answer.text)
        assert answer.status_code == (401 if error == "invalid_client" else 400), form
        assert answer.headers["cache-control"] == "no-store"


async def test_credentials_that_cannot_be_read(server: Server) -> None:
    """A Basic header that holds no text is refused, and is no defect."""
    for header in ("Basic //79", "Basic ?", "Basic"):
        form = {"grant_type": "client_credentials"}
        answer = await server.anyone.post("/oauth/token", data=form, headers={"Authorization": header})
        assert answer.status_code in {400, 401}
        assert answer.json()["error"] in {"invalid_request", "invalid_client"}


async def test_a_disabled_client(server: Server) -> None:
    """A client whose account is disabled gets no token, and those it has end."""
    secret = await registered(server)
    session = client(server, "backup", secret)
    await session.fetch_token(TOKEN, grant_type="client_credentials")
    await server.container.engine.access.change_user("client:backup", disabled=True)
    assert (await session.get(f"{FILE}/info")).status_code == 401
    with pytest.raises(OAuthError, match="invalid_client"):
        await session.fetch_token(TOKEN, grant_type="client_credentials")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking(server: Server, kind: str) -> None:
    """Handing back either token ends the session at once; handing back what is unknown is fine (RFC 7009 §2.2)."""
    session, other = await signed_in(server), await signed_in(server)
    answer = await session.revoke_token(REVOKE, token=session.token[kind], token_type_hint=kind)
    assert answer.status_code == 200
    assert (await session.get(f"{FILE}/info")).status_code == 401
    assert (await other.get(f"{FILE}/info")).status_code == 404
    assert (await session.revoke_token(REVOKE, token="unknown")).status_code == 200
    answer = await other.revoke_token(REVOKE, token=other.token[kind], token_type_hint="saml")
    assert answer.status_code == 200, "a hint is one (§2.1)"
    assert (await other.get(f"{FILE}/info")).status_code == 401


async def test_a_client_revokes_what_it_asked_for(server: Server) -> None:
    """A token in a client's own name ends when the client hands it back; nobody else can."""
    secret, another = await registered(server), await registered(server, "another")
    session = client(server, "backup", secret)
    token = (await session.fetch_token(TOKEN, grant_type="client_credentials"))["access_token"]
    for stranger in (client(server, "another", another), await signed_in(server)):
        await stranger.revoke_token(REVOKE, token=token)
        assert (await session.get(f"{FILE}/info")).status_code == 404
    await session.revoke_token(REVOKE, token=token)
    assert (await session.get(f"{FILE}/info")).status_code == 401


async def test_personal_tokens_are_not_revoked_here(server: Server) -> None:
    """Whoever found a personal token cannot even end it: its owner does."""
    session = await signed_in(server)
    await session.revoke_token(REVOKE, token=server.people.alice)
    assert (await server.alice.get(f"{FILE}/info")).status_code == 404


async def test_a_refresh_token_is_its_clients(server: Server) -> None:
    """What one client was given no other can use, registered or not, here or elsewhere (RFC 6749 §6)."""
    secret, another = await registered(server), await registered(server, "another")
    form = {"grant_type": "password", "username": "alice", "password": "a password"}
    given = (await server.anyone.post("/oauth/token", data=form, auth=("backup", secret))).json()["refresh_token"]
    payload = {"grant_type": "refresh_token", "refresh_token": given}
    for basic in ({}, {"client_id": "another", "client_secret": another}):
        answer = await server.anyone.post("/oauth/token", data=payload | basic)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await server.anyone.post("/api/auth/refresh", json={"refreshToken": given})).status_code == 401
    assert (await server.anyone.post("/oauth/token", data=payload, auth=("backup", secret))).status_code == 200


async def test_many_at_once(server: Server) -> None:
    """However many ask for tokens at the same time, all are answered, and so is everybody else meanwhile."""
    form = {"grant_type": "password", "username": "nobody", "password": "x"}
    callers = [server.caller(address=(f"203.0.113.{number}", 1)) for number in range(20)]
    asking = [asyncio.create_task(caller.post("/oauth/token", data=form)) for caller in callers]
    right = await server.anyone.post("/api/auth/login", json={"username": "alice", "password": "a password"})
    assert right.status_code == 200
    assert {(await each).status_code for each in asking} == {400}


async def test_a_scope_that_it_may_not_have(server: Server) -> None:
    """A client that asks for nothing that it may have is told so."""
    secret = await registered(server, scopes=frozenset({Scope.READ}))
    form = {"grant_type": "client_credentials", "scope": "delete"}
    answer = await server.anyone.post("/oauth/token", data=form, auth=("backup", secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_what_is_dead_is_not_active(server: Server) -> None:
    """A refresh token that was used, an access token whose time has run out, and tokens of a disabled user stand for
    nothing.
    """
    secret = await registered(server)
    asking = client(server, "backup", secret)

    async def active(token: str) -> bool:
        active: bool = (await asking.introspect_token(INTROSPECT, token=token)).json()["active"]
        return active

    first = dict((await signed_in(server)).token)
    payload = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await server.anyone.post("/oauth/token", data=payload)).json()
    assert [await active(pair["refresh_token"]) for pair in (first, second)] == [False, True]
    with server.database() as connection:
        connection.execute("UPDATE tokens SET expires_at = 1 WHERE session_id IS NOT NULL")
    assert not await active(second["access_token"])
    third = dict((await signed_in(server)).token)
    await server.container.engine.access.change_user("alice", disabled=True)
    assert not await active(third["access_token"])
    assert not await active(third["refresh_token"])


async def test_a_client_comes_and_goes(server: Server) -> None:
    """A new secret voids the old one and not what it gave; a removed client is out at once, and can come again."""
    access, old = server.container.engine.access, await registered(server)
    session = client(server, "backup", old)
    await session.fetch_token(TOKEN, grant_type="client_credentials")
    new = await access.rotate_client("backup")
    assert (await session.get(f"{FILE}/info")).status_code == 404
    form = {"grant_type": "client_credentials"}
    statuses = [
        (await server.anyone.post("/oauth/token", data=form, auth=("backup", each))).status_code for each in (old, new)
    ]
    assert statuses == [401, 200]
    await access.remove_client("backup")
    assert (await session.get(f"{FILE}/info")).status_code == 401
    assert (await server.anyone.post("/oauth/token", data=form, auth=("backup", new))).status_code == 401
    again = await registered(server)
    assert (await server.anyone.post("/oauth/token", data=form, auth=("backup", again))).status_code == 200
    assert (await session.get(f"{FILE}/info")).status_code == 401
    for call in (access.rotate_client, access.remove_client):
        with pytest.raises(AccountUnknown):
            await call("nobody")


async def test_a_removed_client_signs_people_out(server: Server) -> None:
    """What people signed in to through a client ends with the client; their other sessions go on."""
    secret = await registered(server)
    form = {"grant_type": "password", "username": "alice", "password": "a password"}
    through = (await server.anyone.post("/oauth/token", data=form, auth=("backup", secret))).json()
    other = await signed_in(server)
    await server.container.engine.access.remove_client("backup")
    assert (await server.caller(through["access_token"]).get(f"{FILE}/info")).status_code == 401
    assert (await other.get(f"{FILE}/info")).status_code == 404
    again = await registered(server)
    renewal = {"grant_type": "refresh_token", "refresh_token": through["refresh_token"]}
    assert (await server.anyone.post("/oauth/token", data=renewal, auth=("backup", again))).status_code == 400


@pytest.mark.parametrize("by", ["access_token", "refresh_token"])
async def test_logging_out_elsewhere(server: Server, by: str) -> None:
    """The `files` front end's `logout` ends no session that a registered client began."""
    secret = await registered(server)
    form = {"grant_type": "password", "username": "alice", "password": "a password"}
    through = (await server.anyone.post("/oauth/token", data=form, auth=("backup", secret))).json()
    caller = server.caller(through["access_token"]) if by == "access_token" else server.anyone
    body = {"refreshToken": through[by]} if by == "refresh_token" else {}
    assert (await caller.post("/api/auth/logout", json=body)).status_code == 401
    assert (await server.caller(through["access_token"]).get(f"{FILE}/info")).status_code == 404
    revoked = await server.anyone.post("/oauth/revoke", data={"token": through[by]}, auth=("backup", secret))
    assert revoked.status_code == 200
    assert (await server.caller(through["access_token"]).get(f"{FILE}/info")).status_code == 401


async def test_upkeep_forgets_what_clients_were_given(server: Server) -> None:
    """Tokens that ended long ago do not stay on record; those that are good do."""
    secret = await registered(server)
    session = client(server, "backup", secret)
    for _ in range(2):
        await session.fetch_token(TOKEN, grant_type="client_credentials")
    with server.database() as connection:
        connection.execute(
            "UPDATE tokens SET expires_at = 1 WHERE id IN (SELECT id FROM tokens ORDER BY created_at DESC LIMIT 1)"
        )
    before = len(server.rows("tokens"))
    await server.container.upkeep.once(orphans=False)
    assert len(server.rows("tokens")) == before - 1


async def test_introspection(server: Server) -> None:
    """A client that proves who it is learns what a token stands for; of one that is not good, that alone."""
    secret = await registered(server)
    session = await signed_in(server, scope="read")
    asking = client(server, "backup", secret)
    body = (await asking.introspect_token(INTROSPECT, token=session.token["access_token"])).json()
    assert body.keys() == {"active", "scope", "client_id", "token_type", "iat", "exp", "username", "sub"}
    assert (body["active"], body["username"], body["scope"], body["client_id"]) == (True, "alice", "read", "public")
    body = (await asking.introspect_token(INTROSPECT, token=session.token["refresh_token"])).json()
    assert (body["active"], body["token_type"]) == (True, "refresh_token")
    await session.revoke_token(REVOKE, token=session.token["refresh_token"])
    for token in (session.token["access_token"], session.token["refresh_token"], "unknown"):
        assert (await asking.introspect_token(INTROSPECT, token=token)).json() == {"active": False}
    answer = await server.anyone.post("/oauth/introspect", data={"token": "x"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.long
async def test_guessing_is_slow_here_too(server: Server) -> None:
    """Attempts are counted together with those of the other ways to sign in."""
    form = {"grant_type": "password", "username": "alice", "password": "wrong"}
    await server.early_in(SHORT)
    for _ in range(5):
        await server.anyone.post("/oauth/token", data=form)
        await server.anyone.post("/api/auth/login", json={"username": "alice", "password": "wrong"})
    answer = await server.anyone.post("/oauth/token", data=form | {"password": "a password"})
    assert (answer.status_code, answer.json()["error"]) == (429, "slow_down")


async def test_what_the_server_can_do(server: Server) -> None:
    """The metadata names the endpoints, absolute, and what they take (RFC 8414)."""
    metadata = (await server.anyone.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == "http://penstock"
    assert metadata["token_endpoint"] == "http://penstock/oauth/token"
    assert set(metadata["grant_types_supported"]) == {"password", "refresh_token", "client_credentials"}
    assert metadata["scopes_supported"] == ["delete", "read", "write"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"grant_type=password&grant_type=password", "application/x-www-form-urlencoded", 400),
        (b"\xff=\xff", "application/x-www-form-urlencoded", 400),
        (b"x=" + b"y" * 70_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_bad_bodies(server: Server, content: bytes, kind: str, status: int) -> None:
    """What is no form, says something twice or is too large is refused in RFC 6749's words."""
    answer = await server.anyone.post("/oauth/token", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request")
