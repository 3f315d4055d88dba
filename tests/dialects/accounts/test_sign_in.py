"""Signing in, in each front end's own words."""

import asyncio
import json
import re
from base64 import b64decode, b64encode

import pytest

from penstock.identity.throttle import LIMITS, SHORT, Throttled
from penstock.model.principal import Tier
from tests.dialects.accounts.client import sudo_of
from tests.support.server import FAR, Server

pytestmark = pytest.mark.dialects("scratch", "files")

LOGIN, REFRESH, LOGOUT = (f"/api/auth/{name}" for name in ("login", "refresh", "logout"))
RIGHT = {"username": "alice", "password": "a password"}


async def signed_in(server: Server) -> dict[str, str]:
    answer = await server.anyone.post(LOGIN, json=RIGHT)
    assert answer.status_code == 200, answer.text
    data: dict[str, str] = answer.json()["data"]
    return data


async def opens(server: Server, token: str) -> bool:
    """Whether a token lets its holder in."""
    answer = await server.caller(token).get("/api/files/00000000-0000-0000-0000-000000000000/info")
    assert answer.status_code in {401, 404}
    return answer.status_code == 404


@pytest.mark.parametrize("name", ["username", "phone"])
async def test_files_signs_in(server: Server, name: str) -> None:
    """The `files` front end gets a pair and how long its first half is good."""
    answer = await server.anyone.post(LOGIN, json={name: "alice", "password": "a password", "loginType": "sms"})
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert body["data"].keys() == {"accessToken", "refreshToken", "expiresIn", "user", "roles", "institution"}
    assert (body["data"]["expiresIn"], body["data"]["institution"]) == (900, None)
    [alice] = [row for row in server.rows("users") if row["name"] == "alice"]
    assert body["data"]["user"] == {"id": alice["id"], "username": "alice"}
    assert body["data"]["roles"] == ["user"]
    assert await opens(server, body["data"]["accessToken"])
    assert not await opens(server, body["data"]["refreshToken"])


def exp(token: str) -> int:
    """What the front end reads: `JSON.parse(atob(token.split('.')[1])).exp`."""
    _, middle, _ = token.split(".")
    claims = json.loads(b64decode(middle, validate=True))
    assert claims.keys() == {"exp"}
    return int(claims["exp"])


async def test_the_front_end_reads_when_tokens_end(server: Server) -> None:
    """Both tokens of `files` say in their middle part when they end, the next pair too, and every call takes them."""
    now = server.container.clock()
    pair = await signed_in(server)
    for _ in range(2):
        assert exp(pair["accessToken"]) == pytest.approx(now + 900, abs=60)
        assert exp(pair["refreshToken"]) == pytest.approx(now + 30 * 86400, abs=60)
        assert await opens(server, pair["accessToken"])
        answer = await server.anyone.post(REFRESH, json={"refreshToken": pair["refreshToken"]})
        again = await server.anyone.post(REFRESH, json={"refreshToken": pair["refreshToken"]})
        assert again.json()["data"] == answer.json()["data"]
        pair = answer.json()["data"]


async def test_a_token_that_was_changed_is_unknown(server: Server) -> None:
    """A token in which anything was changed, the time it shows too, lets nobody in."""
    token = (await signed_in(server))["accessToken"]
    secret, middle, check = token.split(".")
    later = b64encode(b'{"exp":9999999999}').decode()
    for changed in (
        f"{secret}.{later}.{check}",
        f"{secret}.{middle}.",
        f"{secret}.{middle}",
        f"{token}.",
        f"x.{token}",
    ):
        assert not await opens(server, changed)


async def test_an_admin_is_told_so(server: Server) -> None:
    """The roles of an admin say it."""
    await server.container.engine.access.add_user("root", "a password", tier=Tier.NORMAL, admin=True)
    answer = await server.anyone.post(LOGIN, json={"username": "root", "password": "a password"})
    assert answer.json()["data"]["roles"] == ["user", "admin"]


async def test_scratch_signs_in(server: Server) -> None:
    """The `scratch` front end gets a flat answer."""
    answer = await server.anyone.post("/account/login", json={"un": "alice", "pw": "a password"})
    body = answer.json()
    keys = {"status", "message", "userid", "username", "token", "refresh_token", "expires_at", "refresh_expires_at"}
    assert (answer.status_code, body.keys(), body["status"], body["username"]) == (200, keys, "success", "alice")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["expires_at"])
    assert await opens(server, body["token"])


@pytest.mark.parametrize(
    ("path", "names"), [(LOGIN, ("username", "password")), ("/account/login", ("un", "pw"))]
)  # fmt: skip
async def test_nobody_is_told_what_was_wrong(server: Server, path: str, names: tuple[str, str]) -> None:
    """A wrong password, an unknown name and a disabled user are answered with the same words."""
    await server.container.engine.access.change_user("bob", disabled=True)
    wrong = [("alice", "wrong"), ("nobody", "a password"), ("bob", "a password")]
    answers = [await server.anyone.post(path, json=dict(zip(names, said, strict=True))) for said in wrong]
    bodies = [{key: value for key, value in answer.json().items() if key != "timestamp"} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert bodies[0] == bodies[1] == bodies[2]


async def test_a_session_goes_on(server: Server) -> None:
    """A refresh token gives the next pair, again and again; older access tokens stay good until they expire."""
    first = await signed_in(server)
    pair = first
    for _ in range(3):
        answer = await server.anyone.post(REFRESH, json={"refreshToken": pair["refreshToken"]})
        assert answer.json()["data"].keys() == {"accessToken", "refreshToken"}
        assert answer.json()["data"]["refreshToken"] != pair["refreshToken"]
        pair = answer.json()["data"]
        assert await opens(server, pair["accessToken"])
    assert await opens(server, first["accessToken"])


async def test_two_tabs(server: Server) -> None:
    """Tabs that refresh with one token at once get the same pair, and the session goes on."""
    first = await signed_in(server)
    body = {"refreshToken": first["refreshToken"]}
    answers = await asyncio.gather(*(server.anyone.post(REFRESH, json=body) for _ in range(8)))
    assert len({answer.json()["data"]["accessToken"] for answer in answers}) == 1
    assert await opens(server, answers[0].json()["data"]["accessToken"])


async def test_a_stolen_refresh_token(server: Server) -> None:
    """A refresh token that is used once more after 30 seconds ends its whole family."""
    first = await signed_in(server)
    second = (await server.anyone.post(REFRESH, json={"refreshToken": first["refreshToken"]})).json()["data"]
    with server.database() as connection:
        connection.execute("UPDATE refreshes SET used_at = used_at - 31 WHERE used_at IS NOT NULL")
    answer = await server.anyone.post(REFRESH, json={"refreshToken": first["refreshToken"]})
    assert answer.status_code == 401
    for token in (first["accessToken"], second["accessToken"]):
        assert not await opens(server, token)
    assert (await server.anyone.post(REFRESH, json={"refreshToken": second["refreshToken"]})).status_code == 401


@pytest.mark.parametrize("by", ["access", "refresh"])
async def test_signing_out(server: Server, by: str) -> None:
    """Signing out, by either token, ends the session at once, and no other."""
    first, other = await signed_in(server), await signed_in(server)
    caller = server.caller(first["accessToken"]) if by == "access" else server.anyone
    body = {} if by == "access" else {"refreshToken": first["refreshToken"]}
    answer = await caller.post(LOGOUT, json=body)
    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert not await opens(server, first["accessToken"])
    assert (await server.anyone.post(REFRESH, json={"refreshToken": first["refreshToken"]})).status_code == 401
    assert (await caller.post(LOGOUT, json=body)).status_code == 401
    assert await opens(server, other["accessToken"])


async def test_what_ends_a_session(server: Server) -> None:
    """A disabled user is out at once, and out for good of what was begun before; time ends what is left."""
    first = await signed_in(server)
    await server.container.engine.access.change_user("alice", disabled=True)
    assert not await opens(server, first["accessToken"])
    assert (await server.anyone.post(REFRESH, json={"refreshToken": first["refreshToken"]})).status_code == 401
    await server.container.engine.access.change_user("alice", disabled=False)
    assert not await opens(server, first["accessToken"])
    first = await signed_in(server)
    assert await opens(server, first["accessToken"])
    with server.database() as connection:
        connection.execute("UPDATE tokens SET expires_at = 1 WHERE session_id IS NOT NULL")
        connection.execute("UPDATE refreshes SET expires_at = 1")
        connection.execute("UPDATE sessions SET expires_at = 1")
    assert not await opens(server, first["accessToken"])
    assert (await server.anyone.post(REFRESH, json={"refreshToken": first["refreshToken"]})).status_code == 401
    await server.container.upkeep.once(orphans=False)
    assert not server.rows("sessions")
    assert not server.rows("refreshes")


async def test_guessing_is_slow(server: Server) -> None:
    """After ten attempts at one account from one address even the right password waits; others are not kept out."""
    await server.early_in(SHORT)
    for _ in range(10):
        await server.anyone.post(LOGIN, json=RIGHT | {"password": "wrong"})
    for path, body in ((LOGIN, RIGHT), ("/account/login", {"un": "alice", "pw": "a password"})):
        answer = await server.anyone.post(path, json=body)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 300
    assert (await server.caller(address=FAR).post(LOGIN, json=RIGHT)).status_code == 200
    assert (await server.anyone.post(LOGIN, json=RIGHT | {"username": "bob"})).status_code == 200


async def test_one_person_behind_an_undeclared_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a proxy that nobody declared many people come from one address, and one of them keeps the others in."""
    monkeypatch.setitem(LIMITS, Throttled.PASSWORD, (("address", 2, SHORT),))
    await server.early_in(SHORT)
    proxied = server.caller(headers={"X-Forwarded-For": "203.0.113.9"})
    for path in (LOGIN, "/account/login"):
        wrong = {"username": "bob", "password": "wrong", "un": "bob", "pw": "wrong"}
        assert (await proxied.post(path, json=wrong)).status_code == 401
    assert (await proxied.post(LOGIN, json=RIGHT)).status_code == 200
    assert (await server.anyone.post(LOGIN, json=RIGHT)).status_code == 429


async def test_a_long_name_is_kept_nowhere(server: Server) -> None:
    """However long a name is that somebody tries, what is kept of the attempt is short."""
    await server.anyone.post(LOGIN, json=RIGHT | {"username": "x" * 100_000})
    assert all(len(row["client"]) <= 64 for row in server.rows("limits"))


async def test_passwords_are_checked_one_after_the_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check takes much memory, so two are never made at once."""
    at_once: list[int] = []
    access = server.container.engine.access
    check, under_way = access._is_right, 0

    def counted(hashed: str | None, password: str) -> bool:
        nonlocal under_way
        under_way += 1
        at_once.append(under_way)
        try:
            return check(hashed, password)
        finally:
            under_way -= 1

    monkeypatch.setattr(access, "_is_right", counted)
    await asyncio.gather(*(server.anyone.post(LOGIN, json=RIGHT) for _ in range(8)))
    assert at_once == [1] * 8


async def test_what_is_written_down(server: Server) -> None:
    """Sign-ins, right and wrong, a stolen refresh token and signing out are in the audit log, with who and from where;
    no secret is.
    """
    first = await signed_in(server)
    await server.anyone.post(LOGIN, json=RIGHT | {"password": "guessed"})
    await server.anyone.post(REFRESH, json={"refreshToken": first["refreshToken"]})
    with server.database() as connection:
        connection.execute("UPDATE refreshes SET used_at = used_at - 31 WHERE used_at IS NOT NULL")
    for _ in range(3):
        await server.caller(address=FAR).post(REFRESH, json={"refreshToken": first["refreshToken"]})
    second = await signed_in(server)
    await server.anyone.post(LOGOUT, json={"refreshToken": second["refreshToken"]})
    trail = await server.container.engine.audit.last(5, "alice")
    assert [(entry.act.value, entry.outcome) for entry in trail[::-1]] == [
        ("sign in", "done"),
        ("sign in", "wrong"),
        ("refresh", "used again: the session is over"),
        ("sign in", "done"),
        ("sign out", "done"),
    ]
    assert [entry.actor.origin for entry in trail[::-1]] == ["127.0.0.1", "127.0.0.1", FAR[0], "127.0.0.1", "127.0.0.1"]
    assert {entry.actor.name for entry in trail} == {"alice"}
    kept = str(server.rows("audit"))
    assert "guessed" not in kept
    assert "pst_" not in kept


@pytest.mark.on_folder("it reads the database's file")
async def test_secrets_are_kept_by_their_digests(server: Server) -> None:
    """No token of a session lies in the database, nor in the log."""
    pair = await signed_in(server)
    stored = (server.folder / "penstock.db").read_bytes() + (server.folder / "penstock.db-wal").read_bytes()
    for secret in (pair["accessToken"], pair["refreshToken"], "a password"):
        assert secret.encode() not in stored


async def test_a_rotation_of_keys(server: Server) -> None:
    """When the signing keys are rotated sessions go on, and a pair that was told just before is told again."""
    pair = await signed_in(server)
    await server.container.storage.keys.rotate(keep=True)
    answer = await server.anyone.post(REFRESH, json={"refreshToken": pair["refreshToken"]})
    assert await opens(server, answer.json()["data"]["accessToken"])
    await server.container.storage.keys.rotate(keep=True)
    again = await server.anyone.post(REFRESH, json={"refreshToken": pair["refreshToken"]})
    assert again.json()["data"] == answer.json()["data"]


@pytest.mark.parametrize(
    ("purpose", "methods"), [("login", ["password"]), ("sudo", ["password", "totp"]), ("reset_password", [])]
)
async def test_methods(server: Server, purpose: str, methods: list[str]) -> None:
    """What is offered for a purpose is told to everybody alike, whether the identifier exists or not."""
    answers = [
        (await server.anyone.get("/auth/methods", params={"purpose": purpose, "identifier": name})).json()
        for name in ("alice", "nobody")
    ]
    assert answers[0] == answers[1] == {
        "status": "success",
        "data": {"purpose": purpose, "available_methods": methods},
    }  # fmt: skip


async def test_an_old_password_is_old(server: Server) -> None:
    """Sign-ins and sudo that were under way with the old password while it was changed come to nothing."""
    sudo = {"X-Sudo-Token": await sudo_of(server, "alice")}
    proof = {"purpose": "sudo", "method": "password", "password": "a password"}
    changing = asyncio.create_task(
        server.alice.post("/account/password", json={"new_password": "another password"}, headers=sudo)
    )
    await asyncio.sleep(0)
    callers = [server.caller(address=(f"203.0.113.{number}", 1)) for number in range(8)]
    late = [asyncio.create_task(caller.post(LOGIN, json=RIGHT)) for caller in callers]
    late.append(asyncio.create_task(server.alice.post("/auth/authenticate", json=proof)))
    assert (await changing).status_code == 200
    answers = [await each for each in late]
    signed = [answer.json()["data"]["accessToken"] for answer in answers[:-1] if answer.status_code == 200]
    assert not any([await opens(server, token) for token in signed])
    assert [session for session in server.rows("sessions") if session["revoked_at"] is None] == []
    assert server.rows("proofs") == []


async def test_too_many_wait(server: Server) -> None:
    """When more wait for their passwords to be looked at than can be in two seconds, the others are told to wait."""
    callers = [server.caller(address=(f"203.0.{number // 200}.{number % 200}", 1)) for number in range(50)]
    answers = await asyncio.gather(
        *(caller.post(LOGIN, json={"username": f"user-{at}", "password": "x"}) for at, caller in enumerate(callers))
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {401, 429}
    assert statuses.count(401) >= 32
