"""Accounts, and the tokens that stand for them."""

from typing import Literal

import pytest
from argon2 import PasswordHasher

from penstock.identity.access import PREFIX
from penstock.model.faults import AccountRefused, AccountTaken, AccountUnknown, BadToken, NotSignedIn
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from tests.ports.records import Clock
from tests.support.engine import EngineServer

READ = frozenset({Scope.READ})


@pytest.fixture(autouse=True)
def cheap_passwords(server: EngineServer) -> None:
    """Argon2 with its cheapest cost: how slow it is, is its own library's promise."""
    server.engine.access._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def add(server: EngineServer, name: str = "alice", **changes: object) -> None:
    given: dict[str, object] = {"tier": Tier.NORMAL, "admin": False, **changes}
    await server.engine.access.add_user(name, "a password", **given)  # type: ignore[arg-type]


async def test_a_token_stands_for_its_user(server: EngineServer, other: EngineServer) -> None:
    """A token made in one process opens, in every process, what its scopes say, for its user."""
    await add(server, tier=Tier.VIP, admin=True)
    token = await server.engine.access.create_token("alice", READ, None)
    principal = await other.engine.access.bearer(token)
    assert (principal.name, principal.tier, principal.admin, principal.scopes) == ("alice", Tier.VIP, True, READ)


async def test_no_credential_and_a_wrong_one(server: EngineServer) -> None:
    """No credential is asked for one; a wrong one, whatever it is, is refused."""
    await add(server)
    token = await server.engine.access.create_token("alice", EVERY_SCOPE, None)
    with pytest.raises(NotSignedIn):
        await server.engine.access.bearer(None)
    for wrong in ("", "x", token[:-1], token + "x", token.upper(), "\ud800", token.removeprefix(PREFIX)):
        with pytest.raises(BadToken):
            await server.engine.access.bearer(wrong)


async def test_a_token_ends(server: EngineServer, clock: Clock) -> None:
    """A token ends with its time, or with its user."""
    await add(server)
    token = await server.engine.access.create_token("alice", READ, 60)
    await server.engine.access.bearer(token)
    clock.advance(60)
    with pytest.raises(BadToken):
        await server.engine.access.bearer(token)
    lasting = await server.engine.access.create_token("alice", READ, None)
    await server.engine.access.change_user("alice", disabled=True)
    with pytest.raises(BadToken):
        await server.engine.access.bearer(lasting)


async def test_no_secret_is_stored(server: EngineServer) -> None:
    """Neither a token nor a password can be read from the records; a password is kept as Argon2id."""
    await add(server)
    token = await server.engine.access.create_token("alice", READ, None)
    server.database._reader.execute("PRAGMA wal_checkpoint")
    stored = b"".join(path.read_bytes() for path in server.path.glob("penstock.db*"))
    assert token.encode() not in stored
    assert token.removeprefix(PREFIX).encode() not in stored
    assert b"a password" not in stored
    assert b"$argon2id$" in stored


async def test_tokens_cannot_be_guessed(server: EngineServer) -> None:
    """Every token is another, and long."""
    await add(server)
    tokens = {await server.engine.access.create_token("alice", READ, None) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= len(PREFIX) + 43 for token in tokens)


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", "a\\b", "a:b", "a\nb", "a\0b", "x" * 129, "a\x9bb", "a\u202eb", "..", "."]
)
async def test_names_that_are_none(server: EngineServer, name: str) -> None:
    """A name that would not survive a path, a header or a line is refused."""
    with pytest.raises(AccountRefused):
        await add(server, name)
    assert await server.engine.access.users() == []


async def test_accounts_are_refused_in_words(server: EngineServer) -> None:
    """A name that is taken, a password that is empty or short and a user that is not there are told apart."""
    await add(server)
    with pytest.raises(AccountTaken, match="already"):
        await add(server)
    with pytest.raises(AccountRefused, match="empty"):
        await server.engine.access.add_user("bob", "", tier=Tier.NORMAL, admin=False)
    with pytest.raises(AccountRefused, match="fewer than 8 characters"):
        await server.engine.access.add_user("bob", "seven77", tier=Tier.NORMAL, admin=False)
    with pytest.raises(AccountRefused, match="fewer than 8 characters"):
        await server.engine.access.set_password("alice", "密码密码密码密")
    await server.engine.access.set_password("alice", "密码密码密码密码")
    with pytest.raises(AccountUnknown, match="no user"):
        await server.engine.access.create_token("bob", READ, None)
    with pytest.raises(AccountUnknown, match="no user"):
        await server.engine.access.change_user("bob", disabled=True)


async def test_an_account_changes(server: EngineServer) -> None:
    """A tier that changes holds for the tokens there are."""
    await add(server)
    token = await server.engine.access.create_token("alice", READ, None)
    await server.engine.access.change_user("alice", tier=Tier.ENTERPRISE)
    assert (await server.engine.access.bearer(token)).tier is Tier.ENTERPRISE


async def test_who_signs_in_elsewhere_has_no_password(server: EngineServer) -> None:
    """An account that was made without a password is given none."""
    access = server.engine.access
    await access.create_client("backup", READ, Tier.NORMAL)
    with pytest.raises(AccountRefused):
        await access.set_password("client:backup", "a password")


async def test_no_name_is_told_by_the_time_it_takes(server: EngineServer) -> None:
    """Whoever is asked for, wherever they sign in and whether or not they may: one password is hashed."""
    access = server.engine.access
    hashed: list[str] = []
    await add(server)
    await access.create_client("backup", READ, Tier.NORMAL)

    class Counting(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            hashed.append("hash")
            return super().hash(password, salt=salt)

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # as the library names it
            hashed.append("verify")
            return super().verify(hash, password)

    access._hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    for name in ("alice", "nobody", "client:backup"):
        hashed.clear()
        assert await access.user_with(name, "wrong") is None
        assert len(hashed) == 1, name
