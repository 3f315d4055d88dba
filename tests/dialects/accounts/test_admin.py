"""What administrators do over HTTP."""

import pytest

from tests.dialects.accounts.client import activate, promote, sudo_of
from tests.support.server import Server

CHANGES = [
    ("POST", "/admin/users"),
    ("PATCH", "/admin/users/bob"),
    ("DELETE", "/admin/users/bob/2fa"),
    ("DELETE", "/admin/tokens/1"),
    ("DELETE", "/admin/sessions/1"),
]
READS = ["/admin/users", "/admin/users/bob", "/admin/users/bob/tokens", "/admin/users/bob/sessions", "/admin/audit"]


pytestmark = pytest.mark.dialects("files", "scratch", "admin")


@pytest.fixture
async def server(server: Server) -> Server:
    """The server, with Alice as an administrator."""
    promote(server, "alice")
    return server


@pytest.fixture
async def sudo(server: Server) -> dict[str, str]:
    return {"X-Sudo-Token": await sudo_of(server, "alice")}


@pytest.mark.parametrize(("method", "path"), [*CHANGES, *(("GET", path) for path in READS)])
async def test_nobody_else_administers(server: Server, method: str, path: str) -> None:
    """Who is no administrator is refused, sudo token or not, and nothing changes."""
    sudo = {"X-Sudo-Token": await sudo_of(server, "bob")}
    before = server.rows("users"), server.rows("tokens")
    answer = await server.bob.request(method, path, json={"name": "eve", "password": "x", "tier": "vip"}, headers=sudo)
    assert (answer.status_code, answer.json()["code"]) == (403, "ADMIN_REQUIRED")
    assert (server.rows("users"), server.rows("tokens")) == before


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_changes_take_sudo(server: Server, method: str, path: str) -> None:
    """A token alone changes nothing, be it an administrator's; somebody else's sudo token does not help."""
    before = server.rows("users")
    for headers in ({}, {"X-Sudo-Token": await sudo_of(server, "bob")}):
        before = server.rows("users")
        answer = await server.alice.request(method, path, json={"name": "eve", "password": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "SUDO_TOKEN_REQUIRED")
        assert server.rows("users") == before


async def test_accounts(server: Server, sudo: dict[str, str]) -> None:
    """An account is made, shown, changed and locked; what is told of it is never its password."""
    new = {"name": "erin", "password": "another horse", "tier": "vip"}
    created = await server.alice.post("/admin/users", json=new, headers=sudo)
    assert (created.status_code, created.json()["data"]["tier"]) == (200, "vip")
    assert "horse" not in created.text
    assert "argon2" not in created.text
    again = await server.alice.post("/admin/users", json=new, headers=sudo)
    assert (again.status_code, again.json()["code"]) == (409, "ACCOUNT_TAKEN")
    bad = await server.alice.post("/admin/users", json=new | {"name": "a b"}, headers=sudo)
    assert bad.status_code == 400
    assert [user["name"] for user in (await server.alice.get("/admin/users")).json()["data"]] == [
        "alice",
        "bob",
        "erin",
    ]
    right = {"username": "erin", "password": "another horse"}
    assert (await server.anyone.post("/api/auth/login", json=right)).status_code == 200
    locked = await server.alice.patch("/admin/users/erin", json={"disabled": True}, headers=sudo)
    assert locked.json()["data"]["disabled"]
    assert (await server.anyone.post("/api/auth/login", json=right)).status_code == 401
    assert (await server.alice.patch("/admin/users/eve", json={"tier": "vip"}, headers=sudo)).status_code == 404


async def test_quotas(server: Server, sudo: dict[str, str]) -> None:
    """Amounts that are named change, the others stay; null is as usual again."""
    for change, quota in [
        ({"bytes": 10, "files": -1}, {"bytes": 10, "files": -1, "uploads": None}),
        ({"uploads": 2, "files": None}, {"bytes": 10, "files": None, "uploads": 2}),
        ({}, {"bytes": 10, "files": None, "uploads": 2}),
    ]:
        answer = await server.alice.patch("/admin/users/bob", json={"quota": change}, headers=sudo)
        assert answer.json()["data"]["quota"] == quota
    for wrong in ({"bytes": -2}, {"files": 1 << 63}, {"uploads": "many"}):
        assert (await server.alice.patch("/admin/users/bob", json={"quota": wrong}, headers=sudo)).status_code == 400


async def test_tokens_and_sessions(server: Server, sudo: dict[str, str]) -> None:
    """What lets somebody in is listed without what it is, and ended at once."""
    await server.anyone.post("/api/auth/login", json={"username": "bob", "password": "a password"})
    for kind in ("tokens", "sessions"):
        [entry] = (await server.alice.get(f"/admin/users/bob/{kind}")).json()["data"]
        assert "pst_" not in str(entry)
        assert (await server.alice.delete(f"/admin/{kind}/{entry['id']}", headers=sudo)).status_code == 200
        assert (await server.alice.get(f"/admin/users/bob/{kind}")).json()["data"] == []
        assert (await server.alice.delete(f"/admin/{kind}/{entry['id']}", headers=sudo)).status_code == 404
    assert (await server.bob.get("/account/sessions")).status_code == 401


async def test_a_lost_second_factor(server: Server, sudo: dict[str, str]) -> None:
    """It is shown who has one, and it is switched off for who has lost it."""
    await activate(server, "bob")
    assert (await server.alice.get("/admin/users/bob")).json()["data"]["second_factor"]
    assert (await server.alice.delete("/admin/users/bob/2fa", headers=sudo)).status_code == 200
    assert not (await server.alice.get("/admin/users/bob")).json()["data"]["second_factor"]
    assert (await server.alice.delete("/admin/users/bob/2fa", headers=sudo)).status_code == 404


async def test_the_audit_log(server: Server, sudo: dict[str, str]) -> None:
    """Acts are shown newest first with who did them from where, and picked by a name."""
    await server.alice.patch("/admin/users/bob", json={"tier": "vip"}, headers=sudo)
    [act] = (await server.alice.get("/admin/audit", params={"last": 1})).json()["data"]
    del act["at"]
    assert act == {"who": "alice", "origin": "127.0.0.1", "act": "change user", "about": "bob", "outcome": "vip"}
    named = (await server.alice.get("/admin/audit", params={"name": "bob"})).json()["data"]
    assert named
    assert all("bob" in (each["who"], each["about"]) for each in named)


async def test_a_token_for_reading_only_reads(server: Server, sudo: dict[str, str]) -> None:
    """An administrator's token goes as far as its scopes."""
    answer = await server.alice.post("/account/tokens", json={"scopes": ["read"]}, headers=sudo)
    reader = server.caller(answer.json()["data"]["token"])
    assert (await reader.get("/admin/users")).status_code == 200
    assert (await reader.patch("/admin/users/bob", json={"tier": "vip"}, headers=sudo)).status_code == 403
