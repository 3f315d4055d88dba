"""Accounts are there whatever is spoken, so that whoever runs a server can administer it."""

from pathlib import Path

import pytest

from penstock.settings import SettingsRefused, load
from tests.dialects.accounts.client import promote, sudo_of
from tests.support.server import OpenServer, Server

PRIVATE = ["/admin/users", "/oauth/token", "/.well-known/oauth-authorization-server"]


@pytest.mark.parametrize("dialect", ["oss", "metaid", "instant"])
async def test_any_choice_of_dialects_can_be_administered(open_server: OpenServer, dialect: str) -> None:
    """With one dialect alone people sign in, get a sudo token, and make an account."""
    async with open_server(dialects=(dialect,)) as server:
        signed = await server.anyone.post("/account/login", json={"un": "alice", "pw": "a password"})
        assert signed.status_code == 200
        promote(server, "alice")
        sudo = await sudo_of(server, "alice")
        new = {"name": "carol", "password": "a password"}
        created = await server.alice.post("/admin/users", json=new, headers={"X-Sudo-Token": sudo})
        assert (created.status_code, created.json()["data"]["name"]) == (200, "carol")
        assert 'href="docs/accounts"' in (await server.anyone.get("/docs")).text


@pytest.mark.dialects(admin_api=False)
async def test_administration_over_http_can_be_taken_away(server: Server) -> None:
    """`admin_api = false` leaves sign-in and one's own account, and neither administration nor OAuth."""
    promote(server, "alice")
    for path in PRIVATE:
        for method in ("GET", "POST"):
            assert (await server.alice.request(method, path)).status_code == 404, path
    assert (await server.alice.get("/account/tokens")).status_code == 200
    pair = await server.anyone.post("/api/auth/login", json={"username": "alice", "password": "a password"})
    assert pair.status_code == 200
    paths = (await server.anyone.get("/docs/accounts/openapi.json")).json()["paths"]
    assert not any(path.startswith(("/admin/", "/oauth/", "/.well-known/")) for path in paths)


@pytest.mark.parametrize("written", ["oss,admin", "oauth,oss,admin", "oss,accounts", "oss"])
def test_former_names_say_nothing_any_more(written: str) -> None:
    """What `dialects` took before it still takes, without a word."""
    assert load({}, {"PENSTOCK_DIALECTS": written}).dialects == ("oss",)


def test_a_former_name_opens_nothing(tmp_path: Path) -> None:
    """Accounts ask everybody who they are."""
    for name in ("admin", "accounts", "oauth"):
        with pytest.raises(SettingsRefused, match="open"):
            load({"data": str(tmp_path), "open": name}, {})
