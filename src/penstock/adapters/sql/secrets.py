"""Keys and wallet of nodes that have no folder in common: in the database, sealed under the operator's secret."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from penstock.adapters.sql.tx import Database, Tx
from penstock.model.faults import Fault, Refusal
from penstock.model.signature import Key, keys_as_json, keys_of_json, rotated
from penstock.ports import WalletLocked
from penstock.sealing import Unopened, key_of, seal, unseal

SHORTEST = 32
"""The least length of a secret, in characters: as many as 128 bits in hex have."""

FOLLOWED = 2.0
"""How old, in seconds, a node's signing keys may be while the database answers."""

KEYS, WALLET = "keys", "wallet"

_log = structlog.get_logger(__name__)


class SecretRefused(Refusal):
    """The secret that this node was given cannot be used; the text says why and what to do."""


class SqlSecrets:
    """Sealed secrets by name."""

    def __init__(self, database: Database, given: Sequence[str]) -> None:
        """`given` are the operator's secrets: the first seals, and each opens. Raises `SecretRefused`."""
        if any(len(secret) < SHORTEST for secret in given):
            raise SecretRefused(f"A secret has at least {SHORTEST} characters: `openssl rand -hex 32` makes one.")
        self._database = database
        self._keys = [key_of(secret) for secret in given]

    async def get(self, name: str) -> bytes | None:
        """The secret of this name; None when there is none. Raises `SecretRefused`."""
        row = await self._database.look("SELECT sealed FROM secrets WHERE name = :name", name=name)
        return self._opened(name, row["sealed"]) if row is not None else None

    async def get_or_make(self, name: str, new: Callable[[], bytes]) -> bytes:
        """The secret of this name, which one of all nodes makes. Raises `SecretRefused`."""
        kept = await self.get(name)
        if kept is not None:
            return kept
        values = {"name": name, "sealed": self._sealed(name, new())}
        await self._database.write(lambda tx: tx.run(_ADD, values))
        made = await self.get(name)
        assert made is not None
        return made

    async def put(self, name: str, content: bytes) -> None:
        """Let this be the secret of this name, also in the place of another that these secrets open. Raises
        `SecretRefused`.
        """
        await self.get(name)
        values = {"name": name, "sealed": self._sealed(name, content)}
        await self._database.write(lambda tx: tx.run(f"{_ADD_OR} UPDATE SET sealed = excluded.sealed", values))

    async def change(self, name: str, new: Callable[[bytes], bytes]) -> None:
        """Replace the secret of this name by one that is made of it. Raises `SecretRefused`."""

        async def change(tx: Tx) -> None:
            await tx.lock(f"secret {name}")
            row = await tx.one("SELECT sealed FROM secrets WHERE name = :name", {"name": name})
            changed = new(self._opened(name, row["sealed"]))
            await tx.run(_PUT, {"name": name, "sealed": self._sealed(name, changed)})

        await self._database.write(change)

    async def reseal(self) -> int:
        """Seal everything under the first of the given secrets; returns how many there are. Raises `SecretRefused`."""
        rows = await self._database.scan("SELECT name FROM secrets ORDER BY name")
        for row in rows:
            await self.change(row["name"], lambda content: content)
        return len(rows)

    def _sealed(self, name: str, content: bytes) -> bytes:
        self._refuse_without()
        return seal(self._keys[0], content, name)

    def _opened(self, name: str, sealed: bytes) -> bytes:
        self._refuse_without()
        for key in self._keys:
            try:
                return unseal(key, sealed, name)
            except Unopened:
                continue
        raise SecretRefused(
            f"The secret that this node was given does not open what the database holds ({name}): it was sealed under "
            "another one. Give every node the same secret; while it is changed, the new and the old one."
        )

    def _refuse_without(self) -> None:
        if not self._keys:
            raise SecretRefused(
                "In a database that many nodes share, keys and wallet are sealed: give every node the same secret, in "
                "a file (`--secret-file`) or in PENSTOCK_SECRET."
            )


class SqlKeys:
    """The port `Keys` over sealed secrets. A rotation on another node takes effect within seconds."""

    def __init__(self, kept: SqlSecrets) -> None:
        self._secrets = kept
        self._keys: Sequence[Key] = ()

    def all(self) -> Sequence[Key]:
        """See `Keys.all`; they have been loaded before."""
        assert self._keys
        return self._keys

    async def load(self) -> None:
        """See `Keys.load`. Raises `SecretRefused`."""
        first = keys_as_json(rotated((), keep=False))
        self._keys = keys_of_json(await self._secrets.get_or_make(KEYS, lambda: first))

    async def follow(self) -> None:
        """See `Keys.follow`."""
        while True:
            await asyncio.sleep(FOLLOWED)
            try:
                await self.load()
            except (Fault, Refusal) as fault:
                _log.warning("keys_not_read", fault=repr(fault))

    async def rotate(self, *, keep: bool) -> None:
        """See `Keys.rotate`."""
        await self.load()
        await self._secrets.change(KEYS, partial(_rotated, keep=keep))
        await self.load()


class SqlVault:
    """The port `Vault` over sealed secrets."""

    def __init__(self, kept: SqlSecrets, new: Callable[[], bytes]) -> None:
        """`new` creates a secret."""
        self._secrets = kept
        self._new = new

    async def exists(self) -> bool:
        """See `Vault.exists`."""
        return await self._secrets.get(WALLET) is not None

    async def secret(self) -> bytes:
        """See `Vault.secret`."""
        try:
            return await self._secrets.get_or_make(WALLET, self._new)
        except SecretRefused as refused:
            raise WalletLocked(str(refused)) from refused


def _rotated(content: bytes, *, keep: bool) -> bytes:
    return keys_as_json(rotated(keys_of_json(content), keep=keep))


_ADD_OR = "INSERT INTO secrets (name, sealed) VALUES (:name, :sealed) ON CONFLICT (name) DO"
_ADD = f"{_ADD_OR} NOTHING"
_PUT = "UPDATE secrets SET sealed = :sealed WHERE name = :name"
