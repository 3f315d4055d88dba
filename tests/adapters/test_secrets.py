"""Keys and wallet of nodes that share a database."""

import asyncio

import pytest

from penstock.adapters.sql.secrets import SecretRefused, SqlKeys, SqlSecrets, SqlVault
from penstock.adapters.sql.tx import Database
from penstock.chain.keys import new_secret
from penstock.ports import WalletLocked
from penstock.sealing import Unopened, key_of, seal, unseal

ONE, OTHER = "one secret of thirty-two letters.", "another secret of as many letters"


async def test_all_nodes_sign_with_the_same_keys_and_pay_from_one_wallet(database: Database, second: Database) -> None:
    """Of nodes that start at once, one makes the key and one the wallet, and all have them."""
    nodes = [SqlSecrets(handle, [ONE]) for handle in (database, second) for _ in range(4)]
    keys = [SqlKeys(node) for node in nodes]
    await asyncio.gather(*(each.load() for each in keys))
    assert len({tuple(each.all()) for each in keys}) == 1
    assert len(set(await asyncio.gather(*(SqlVault(node, new_secret).secret() for node in nodes)))) == 1


async def test_nothing_lies_open(database: Database) -> None:
    """What is in the database shows neither a key nor the wallet's secret."""
    kept = SqlSecrets(database, [ONE])
    keys, vault = SqlKeys(kept), SqlVault(kept, new_secret)
    assert not await vault.exists()
    await keys.load()
    secret = await vault.secret()
    assert await vault.exists()
    for row in await database.scan("SELECT sealed FROM secrets"):
        assert secret not in row["sealed"]
        assert all(key.secret not in row["sealed"] and key.name.encode() not in row["sealed"] for key in keys.all())


async def test_another_secret_opens_nothing(database: Database) -> None:
    """A node that was given another secret, or none, is refused in words, and changes nothing."""
    await SqlKeys(SqlSecrets(database, [ONE])).load()
    await SqlVault(SqlSecrets(database, [ONE]), new_secret).secret()
    for given, words in (([OTHER], "another one"), ([], "--secret-file")):
        kept = SqlSecrets(database, given)
        with pytest.raises(SecretRefused, match=words):
            await SqlKeys(kept).load()
        with pytest.raises(SecretRefused):
            await SqlKeys(kept).rotate(keep=False)
        with pytest.raises(WalletLocked, match=words):
            await SqlVault(kept, new_secret).secret()
    with pytest.raises(SecretRefused, match="32"):
        SqlSecrets(database, ["too short"])


async def test_the_secret_is_changed_while_nodes_run(database: Database) -> None:
    """Given the new and the old secret, a node opens what both sealed; once all is sealed anew the old one can go."""
    keys, vault = SqlKeys(SqlSecrets(database, [ONE])), SqlVault(SqlSecrets(database, [ONE]), new_secret)
    await keys.load()
    secret = await vault.secret()
    both = SqlSecrets(database, [OTHER, ONE])
    assert await SqlVault(both, new_secret).secret() == secret
    assert await both.reseal() == 2
    fresh = SqlKeys(SqlSecrets(database, [OTHER]))
    await fresh.load()
    assert fresh.all() == keys.all()
    with pytest.raises(SecretRefused):
        await keys.load()
    still = SqlKeys(SqlSecrets(database, [ONE, OTHER]))
    await still.load()
    assert still.all() == keys.all()


async def test_a_rotation_is_seen_by_those_who_run(database: Database, second: Database) -> None:
    """A rotation puts a new key first and keeps the others; forgetting leaves the new one alone."""
    running, command = SqlKeys(SqlSecrets(database, [ONE])), SqlKeys(SqlSecrets(second, [ONE]))
    await running.load()
    [first] = running.all()
    await command.rotate(keep=True)
    await running.load()
    newest, kept = running.all()
    assert (kept, newest == first) == (first, False)
    await command.rotate(keep=False)
    await running.load()
    [last] = running.all()
    assert last not in {first, newest}


async def test_running_nodes_take_up_changes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to restart a node after a rotation, and a database that is away for a while ends nothing."""
    monkeypatch.setattr("penstock.adapters.sql.secrets.FOLLOWED", 0.01)
    running, command = SqlKeys(SqlSecrets(database, [ONE])), SqlKeys(SqlSecrets(database, [ONE]))
    await running.load()
    first = running.all()
    following = asyncio.create_task(running.follow())
    await command.rotate(keep=False)
    async with asyncio.timeout(5):
        while running.all() == first:  # noqa: ASYNC110  # what is waited for rings no bell
            await asyncio.sleep(0.01)
    following.cancel()


def test_what_is_sealed_is_bound_to_its_purpose() -> None:
    """Neither another key nor another purpose opens it, nor a changed byte, and no two seals are the same."""
    key = key_of(ONE)
    sealed = seal(key, b"content", "keys")
    assert unseal(key, sealed, "keys") == b"content"
    assert seal(key, b"content", "keys") != sealed
    for wrong in (
        (key_of(OTHER), sealed, "keys"),
        (key, sealed, "wallet"),
        (key, sealed[:-1] + b"x", "keys"),
        (key, b"", ""),
    ):
        with pytest.raises(Unopened):
            unseal(*wrong)
