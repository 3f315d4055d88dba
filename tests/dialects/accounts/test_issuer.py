"""People whom an external issuer vouches for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from penstock.adapters import oidc
from penstock.bootstrap import open_container
from penstock.model.principal import Scope, Tier
from penstock.settings import SettingsRefused, load
from tests.dialects.files.client import send_file
from tests.dialects.instant.client import Instant
from tests.dialects.scratch.client import Scratch
from tests.support.oidc_server import AUDIENCE, OidcServer, serve_oidc
from tests.support.server import FAR, OpenServer, Server

CONTENT = b"carol's"
LOGIN = "/api/auth/login"


@pytest.fixture
def issuer() -> Iterator[OidcServer]:
    with serve_oidc() as running:
        yield running


def trusting(issuer: OidcServer, **more: Any) -> dict[str, Any]:
    """The settings of a server that believes the issuer."""
    return {"oidc_issuer": issuer.url, "oidc_audience": AUDIENCE, **more}


@pytest.fixture
async def server(open_server: OpenServer, issuer: OidcServer) -> AsyncIterator[Server]:
    async with open_server(**trusting(issuer, oidc_tier_claim="tier")) as opened:
        yield opened


def guest(server: Server, issuer: OidcServer, **changed: Any) -> httpx.AsyncClient:
    """Somebody with a token of the issuer's: Carol, if nothing else is said."""
    return server.caller(issuer.token(**changed), address=FAR)


async def status(caller: httpx.AsyncClient) -> int:
    """404 for whoever comes in."""
    return (await caller.get("/api/files/00000000-0000-0000-0000-000000000000/info")).status_code


async def test_the_dialects_take_the_token(server: Server, issuer: OidcServer) -> None:
    """Files that are sent with the issuer's token, whatever the dialect, belong to its bearer, and to nobody else."""
    carol, dave = guest(server, issuer), guest(server, issuer, sub="dave")
    file = await send_file(carol, CONTENT)
    await Scratch(carol, [b"one", b"two"]).whole()
    await Instant(carol, [b"three"]).whole()
    owners = {row["owner"] for row in server.rows("files")}
    [user] = [row for row in server.rows("users") if row["name"] == "oidc:carol"]
    assert owners == {user["id"]}
    path = f"/api/files/{file['id']}/info"
    answers = [await caller.get(path) for caller in (carol, guest(server, issuer), dave, server.alice)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]


async def test_the_ways_to_show_a_token(server: Server, issuer: OidcServer) -> None:
    """The issuer's token is taken wherever one of ours is: in the header, with and without `Bearer`, in the query."""
    token, path = issuer.token(), "/api/files/00000000-0000-0000-0000-000000000000/info"
    bare = server.caller(headers={"Authorization": token})
    assert await status(bare) == 404
    for name in ("token", "accessToken"):
        assert (await server.caller(address=FAR).get(path, params={name: token})).status_code == 404


async def test_a_bad_token(server: Server, issuer: OidcServer) -> None:
    """A token that is not good is 401 everywhere, also where none is needed, and makes no account."""
    for token in (issuer.token(aud="other"), issuer.token(exp=1), "a.b.c", "..", "pst_a.b.c"):
        for path in ("/api/files/x/info", "/api/scratch/upload-status/x", "/api/file/download/x"):
            answer = await server.caller(token).get(path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert len(server.rows("users")) == 2


async def test_without_an_issuer(open_server: OpenServer, issuer: OidcServer) -> None:
    """Unless an issuer is set, nobody is asked, and its tokens are as bad as any."""
    async with open_server() as server:
        assert await status(server.caller(issuer.token())) == 401
    assert not issuer.asked


async def test_our_own_tokens_go_on(server: Server, issuer: OidcServer) -> None:
    """Tokens of our own are good as before, and the issuer hears nothing of them."""
    assert await status(server.alice) == 404
    assert await status(server.caller("pst_unknown")) == 401
    assert not issuer.asked


async def test_scopes(server: Server, issuer: OidcServer) -> None:
    """A token that was given for less opens less."""
    file = await send_file(guest(server, issuer), CONTENT)
    path = f"/api/files/{file['id']}"
    reader = guest(server, issuer, scope="openid read")
    assert (await reader.get(f"{path}/info")).status_code == 200
    assert (await reader.delete(path)).status_code == 403
    nothing: list[dict[str, Any]] = [{"scope": "openid profile"}, {"scp": []}, {"scope": ""}]
    for told in nothing:
        answer = await guest(server, issuer, **told).get(f"{path}/info")
        assert answer.status_code == 403
        assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_the_first_time(server: Server, issuer: OidcServer) -> None:
    """Whoever comes first many times at once has one account, which is written down once; it is nobody's admin."""
    callers = [guest(server, issuer, tier="vip", admin=True) for _ in range(20)]
    assert await asyncio.gather(*map(status, callers)) == [404] * 20
    [user] = [row for row in server.rows("users") if row["name"] == "oidc:carol"]
    assert (user["tier"], user["admin"], user["disabled"]) == ("vip", 0, 0)
    entries = [
        (entry.actor.name, entry.act.value, entry.outcome) for entry in await server.container.engine.audit.last(9)
    ]
    assert entries[0] == ("issuer", "add user", "vip")
    assert (await server.container.engine.audit.last(1))[0].about == "oidc:carol"
    assert [act for _, act, _ in entries].count("add user") == 3


async def test_two_processes_at_once(server: Server, issuer: OidcServer) -> None:
    """Whoever comes first to two processes at once has one account."""
    other = open_container(server.container.settings)
    try:
        token = issuer.token()
        principals = await asyncio.gather(
            *(container.engine.access.bearer(token) for container in (server.container, other) for _ in range(5))
        )
    finally:
        await other.close()
    assert len({principal.id for principal in principals}) == 1


async def test_tiers(server: Server, issuer: OidcServer) -> None:
    """The issuer decides about the tier each time, whatever it was before; the change is written down."""
    access = server.container.engine.access
    for told, tier in ((None, Tier.NORMAL), ("vip", Tier.VIP), ("vip", Tier.VIP), ("gold", Tier.NORMAL)):
        assert (await access.bearer(issuer.token(tier=told))).tier is tier
        assert (await access.user("oidc:carol")).tier is tier
    acts = [(entry.act.value, entry.outcome) for entry in await server.container.engine.audit.last(3, "oidc:carol")]
    assert acts == [("change user", "normal"), ("change user", "vip"), ("add user", "normal")]


async def test_a_tier_that_the_operator_gave(open_server: OpenServer, issuer: OidcServer) -> None:
    """Where tokens tell no tier, the operator decides."""
    async with open_server(**trusting(issuer)) as server:
        access = server.container.engine.access
        assert (await access.bearer(issuer.token(tier="vip"))).tier is Tier.NORMAL
        await access.change_user("oidc:carol", tier=Tier.ENTERPRISE)
        assert (await access.bearer(issuer.token())).tier is Tier.ENTERPRISE


async def test_a_disabled_account(server: Server, issuer: OidcServer) -> None:
    """An operator keeps somebody out at once, whatever their tokens say, and lets them in again."""
    carol = guest(server, issuer)
    assert await status(carol) == 404
    await server.container.engine.access.change_user("oidc:carol", disabled=True)
    assert await status(carol) == await status(guest(server, issuer, tier="vip")) == 401
    assert (await server.container.engine.access.user("oidc:carol")).tier is Tier.NORMAL
    await server.container.engine.access.change_user("oidc:carol", disabled=False)
    assert await status(carol) == 404


async def test_no_password_opens_it(server: Server, issuer: OidcServer) -> None:
    """Nobody signs in to such an account by password, nor to a client's; the answer is that for a wrong one."""
    await status(guest(server, issuer))
    await server.container.engine.access.create_client("backup", frozenset(Scope), Tier.NORMAL)
    for name in ("oidc:carol", "client:backup"):
        for password in ("", "a password", "$argon2id$"):
            answer = await server.anyone.post(LOGIN, json={"username": name, "password": password})
            assert answer.status_code == (401 if password else 400), answer.text


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\\b", "client:a", "a\nb", "a\0b", "x" * 129, "\u2028"])
async def test_names_that_are_none(server: Server, issuer: OidcServer, name: str) -> None:
    """Whom the issuer calls what nobody can be called here, does not come in."""
    assert await status(guest(server, issuer, sub=name)) == 401
    assert len(server.rows("users")) == 2


async def test_a_name_is_nobody_elses(server: Server, issuer: OidcServer) -> None:
    """The issuer's Alice is not ours, and sees nothing of hers."""
    file = await send_file(server.alice, CONTENT)
    assert (await guest(server, issuer, sub="alice").get(f"/api/files/{file['id']}/info")).status_code == 404


async def test_another_claim_for_the_name(open_server: OpenServer, issuer: OidcServer) -> None:
    """Who somebody is, is what the chosen claim says, whatever their `sub`; without that claim nobody comes in."""
    async with open_server(**trusting(issuer, oidc_name_claim="preferred_username")) as server:
        access = server.container.engine.access
        first, second = [await access.bearer(issuer.token(sub=sub, preferred_username="caz")) for sub in ("1", "2")]
        assert first == second
        assert first.name == "oidc:caz"
        assert await status(guest(server, issuer)) == 401


async def test_an_issuer_that_is_down(open_server: OpenServer, issuer: OidcServer) -> None:
    """The server starts, and serves those whom it knows, while the issuer is down; others are told to come again, in
    the words of each dialect.
    """
    issuer.stop()
    async with open_server(**trusting(issuer)) as server:
        assert await status(server.alice) == 404
        for path in ("/api/files/x/info", "/api/scratch/upload-status/x", "/api/file/download/x"):
            answer = await server.caller(issuer.token()).get(path)
            assert (answer.status_code, "身份" in answer.text) == (503, True)
    issuer.restart()


async def test_a_rotated_key(server: Server, issuer: OidcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that a new key signed comes in without a restart."""
    monkeypatch.setattr(oidc, "PAUSE", 0.0)
    await status(guest(server, issuer))
    issuer.rotate()
    assert await status(guest(server, issuer)) == 404


async def test_the_token_is_kept_nowhere(server: Server, issuer: OidcServer) -> None:
    """No token of the issuer's lies in the database."""
    token = issuer.token()
    await send_file(server.caller(token), CONTENT)
    stored = b"".join(path.read_bytes() for path in server.folder.glob("penstock.db*"))
    assert token.rpartition(".")[2].encode() not in stored


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"oidc_issuer": "http://login.example", "oidc_audience": "x"}, "oidc_issuer"),
        ({"oidc_issuer": "login.example", "oidc_audience": "x"}, "oidc_issuer"),
        ({"oidc_issuer": "https://login.example"}, "oidc_audience"),
    ],
)
def test_settings_that_trust_too_much(tmp_path: Any, given: dict[str, str], named: str) -> None:
    """An issuer in the open, or one whose tokens for others would be good here, is refused at the start."""
    with pytest.raises(SettingsRefused, match=named):
        open_container(load({"data": str(tmp_path / "data"), **given}, {}))
