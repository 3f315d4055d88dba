"""What administrators do over HTTP."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import OpenHouse
from tests.dialects.account_client import activate, promote, sudo_of
from tests.house import House

CHANGES = [
    ("POST", "/admin/users"),
    ("PATCH", "/admin/users/bob"),
    ("DELETE", "/admin/users/bob/2fa"),
    ("DELETE", "/admin/tokens/1"),
    ("DELETE", "/admin/sessions/1"),
]
READS = ["/admin/users", "/admin/users/bob", "/admin/users/bob/tokens", "/admin/users/bob/sessions", "/admin/audit"]


@pytest.fixture
async def house(open_with: OpenHouse) -> AsyncIterator[House]:
    """Alice is an administrator."""
    async with open_with(dialects=("files", "scratch", "admin")) as opened:
        promote(opened, "alice")
        yield opened


@pytest.fixture
async def sudo(house: House) -> dict[str, str]:
    return {"X-Sudo-Token": await sudo_of(house, "alice")}


@pytest.mark.parametrize(("method", "path"), [*CHANGES, *(("GET", path) for path in READS)])
async def test_nobody_else_administers(house: House, method: str, path: str) -> None:
    """Who is no administrator is refused, sudo token or not, and nothing changes."""
    sudo = {"X-Sudo-Token": await sudo_of(house, "bob")}
    before = house.rows("users"), house.rows("tokens")
    answer = await house.bob.request(method, path, json={"name": "eve", "password": "x", "tier": "vip"}, headers=sudo)
    assert (answer.status_code, answer.json()["code"]) == (403, "ADMIN_REQUIRED")
    assert (house.rows("users"), house.rows("tokens")) == before


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_changes_take_sudo(house: House, method: str, path: str) -> None:
    """A token alone changes nothing, be it an administrator's; somebody else's sudo token does not help."""
    before = house.rows("users")
    for headers in ({}, {"X-Sudo-Token": await sudo_of(house, "bob")}):
        before = house.rows("users")
        answer = await house.alice.request(method, path, json={"name": "eve", "password": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "SUDO_TOKEN_REQUIRED")
        assert house.rows("users") == before


async def test_accounts(house: House, sudo: dict[str, str]) -> None:
    """An account is made, shown, changed and locked; what is told of it is never its password."""
    new = {"name": "erin", "password": "another horse", "tier": "vip"}
    made = await house.alice.post("/admin/users", json=new, headers=sudo)
    assert (made.status_code, made.json()["data"]["tier"]) == (200, "vip")
    assert "horse" not in made.text
    assert "argon2" not in made.text
    again = await house.alice.post("/admin/users", json=new, headers=sudo)
    assert (again.status_code, again.json()["code"]) == (409, "ACCOUNT_TAKEN")
    bad = await house.alice.post("/admin/users", json=new | {"name": "a b"}, headers=sudo)
    assert bad.status_code == 400
    assert [user["name"] for user in (await house.alice.get("/admin/users")).json()["data"]] == ["alice", "bob", "erin"]
    right = {"username": "erin", "password": "another horse"}
    assert (await house.anyone.post("/api/auth/login", json=right)).status_code == 200
    locked = await house.alice.patch("/admin/users/erin", json={"disabled": True}, headers=sudo)
    assert locked.json()["data"]["disabled"]
    assert (await house.anyone.post("/api/auth/login", json=right)).status_code == 401
    assert (await house.alice.patch("/admin/users/eve", json={"tier": "vip"}, headers=sudo)).status_code == 404


async def test_quotas(house: House, sudo: dict[str, str]) -> None:
    """Amounts that are named change, the others stay; null is as usual again."""
    for change, quota in [
        ({"bytes": 10, "files": -1}, {"bytes": 10, "files": -1, "uploads": None}),
        ({"uploads": 2, "files": None}, {"bytes": 10, "files": None, "uploads": 2}),
        ({}, {"bytes": 10, "files": None, "uploads": 2}),
    ]:
        answer = await house.alice.patch("/admin/users/bob", json={"quota": change}, headers=sudo)
        assert answer.json()["data"]["quota"] == quota
    for wrong in ({"bytes": -2}, {"files": 1 << 63}, {"uploads": "many"}):
        assert (await house.alice.patch("/admin/users/bob", json={"quota": wrong}, headers=sudo)).status_code == 400


async def test_tokens_and_sessions(house: House, sudo: dict[str, str]) -> None:
    """What lets somebody in is listed without what it is, and ended at once."""
    await house.anyone.post("/api/auth/login", json={"username": "bob", "password": "a password"})
    for kind in ("tokens", "sessions"):
        [shown] = (await house.alice.get(f"/admin/users/bob/{kind}")).json()["data"]
        assert "pst_" not in str(shown)
        assert (await house.alice.delete(f"/admin/{kind}/{shown['id']}", headers=sudo)).status_code == 200
        assert (await house.alice.get(f"/admin/users/bob/{kind}")).json()["data"] == []
        assert (await house.alice.delete(f"/admin/{kind}/{shown['id']}", headers=sudo)).status_code == 404
    assert (await house.bob.get("/account/sessions")).status_code == 401


async def test_a_lost_second_factor(house: House, sudo: dict[str, str]) -> None:
    """It is shown who has one, and it is switched off for who has lost it."""
    await activate(house, "bob")
    assert (await house.alice.get("/admin/users/bob")).json()["data"]["second_factor"]
    assert (await house.alice.delete("/admin/users/bob/2fa", headers=sudo)).status_code == 200
    assert not (await house.alice.get("/admin/users/bob")).json()["data"]["second_factor"]
    assert (await house.alice.delete("/admin/users/bob/2fa", headers=sudo)).status_code == 404


async def test_the_audit_log(house: House, sudo: dict[str, str]) -> None:
    """Acts are shown newest first with who did them from where, and picked by a name."""
    await house.alice.patch("/admin/users/bob", json={"tier": "vip"}, headers=sudo)
    [act] = (await house.alice.get("/admin/audit", params={"last": 1})).json()["data"]
    del act["at"]
    assert act == {"who": "alice", "origin": "127.0.0.1", "act": "change user", "about": "bob", "outcome": "vip"}
    named = (await house.alice.get("/admin/audit", params={"name": "bob"})).json()["data"]
    assert named
    assert all("bob" in (each["who"], each["about"]) for each in named)


async def test_a_token_for_reading_only_reads(house: House, sudo: dict[str, str]) -> None:
    """An administrator's token goes as far as its scopes."""
    answer = await house.alice.post("/account/tokens", json={"scopes": ["read"]}, headers=sudo)
    reader = house.caller(answer.json()["data"]["token"])
    assert (await reader.get("/admin/users")).status_code == 200
    assert (await reader.patch("/admin/users/bob", json={"tier": "vip"}, headers=sudo)).status_code == 403
