"""Records of users and their tokens (`ports.AccountRepository`)."""

from collections.abc import Mapping

from penstock.adapters.sql.quotas import read_quota
from penstock.adapters.sql.removal import remove_user
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.ids import PrincipalId
from penstock.model.principal import Client, Heritage, Scope, Tier, Token, User


class SqlAccounts:
    """The port `AccountRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_user(self, user: User) -> bool:
        """See `AccountRepository.add_user`."""
        values = {
            "id": user.id,
            "name": user.name,
            "password": user.password,
            "tier": user.tier,
            "admin": int(user.admin),
            "disabled": int(user.disabled),
            "now": user.created_at,
            "bytes": user.quota.bytes,
            "files": user.quota.files,
            "uploads": user.quota.uploads,
        }
        return bool(await self._database.write(lambda tx: tx.run(_ADD_USER, values)))

    async def user(self, name: str) -> User | None:
        """See `AccountRepository.user`."""
        row = await self._database.look("SELECT * FROM users WHERE name = :name", name=name)
        return read_user(row) if row is not None else None

    async def user_of(self, user: PrincipalId) -> User | None:
        """See `AccountRepository.user_of`."""
        row = await self._database.look("SELECT * FROM users WHERE id = :id", id=user)
        return read_user(row) if row is not None else None

    async def users(self) -> list[User]:
        """See `AccountRepository.users`."""
        return [read_user(row) for row in await self._database.scan("SELECT * FROM users ORDER BY name")]

    async def change_user(self, name: str, *, tier: Tier | None = None, disabled: bool | None = None) -> bool:
        """See `AccountRepository.change_user`."""
        values = {"name": name, "tier": tier, "disabled": None if disabled is None else int(disabled)}
        return await self._database.write(lambda tx: _change_user(tx, values, self._database.clock()), frees=True)

    async def remove_user(self, name: str, heir: str | None) -> Heritage | None:
        """See `AccountRepository.remove_user`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: remove_user(tx, name, heir, now), frees=True)

    async def set_password(self, user: PrincipalId, password: str) -> bool:
        """See `AccountRepository.set_password`."""
        values = {"id": user, "password": password}
        return bool(await self._database.write(lambda tx: tx.run(_SET_PASSWORD, values)))

    async def set_quota(self, name: str, own: Mapping[str, int | None]) -> bool:
        """See `AccountRepository.set_quota`."""
        values: dict[str, object] = {"name": name}
        for what in ("bytes", "files", "uploads"):
            values |= {what: own.get(what), f"set_{what}": int(what in own)}
        return bool(await self._database.write(lambda tx: tx.run(_SET_QUOTA, values)))

    async def add_token(self, token: Token) -> None:
        """See `AccountRepository.add_token`."""
        values = {
            "id": token.id,
            "user": token.user,
            "digest": token.digest,
            "scopes": " ".join(sorted(token.scopes)),
            "now": token.created_at,
            "expires_at": token.expires_at,
        }
        await self._database.write(lambda tx: tx.run(_RECORD, values))

    async def bearer(self, digest: str) -> tuple[User, frozenset[Scope], str] | None:
        """See `AccountRepository.bearer`."""
        row = await self._database.look(_BEARER, digest=digest, now=self._database.clock())
        return (read_user(row), read_scopes(row), row["granted"]) if row is not None else None

    async def stands(self, user: PrincipalId, grant: str) -> bool:
        """See `AccountRepository.stands`."""
        return await self._database.look(_STANDS, user=user, grant=grant) is not None

    async def token(self, digest: str) -> tuple[User, Token] | None:
        """See `AccountRepository.token`."""
        row = await self._database.look(_HELD, digest=digest, now=self._database.clock())
        if row is None:
            return None
        owner = await self._database.look("SELECT * FROM users WHERE id = :id AND disabled = 0", id=row["user_id"])
        return (read_user(owner), _token(row)) if owner is not None else None

    async def add_client(self, client: Client) -> bool:
        """See `AccountRepository.add_client`."""
        values = {
            "id": client.id,
            "user": client.user,
            "digest": client.digest,
            "scopes": " ".join(sorted(client.scopes)),
            "now": client.created_at,
        }
        return bool(await self._database.write(lambda tx: tx.run(_ADD_CLIENT, values)))

    async def set_client_secret(self, client: str, digest: str) -> bool:
        """See `AccountRepository.set_client_secret`."""
        values = {"id": client, "digest": digest}
        return bool(await self._database.write(lambda tx: tx.run(_SET_SECRET, values)))

    async def remove_client(self, client: str) -> bool:
        """See `AccountRepository.remove_client`."""
        values = {"id": client, "now": self._database.clock()}
        return await self._database.write(lambda tx: _remove_client(tx, values), frees=True)

    async def clients(self) -> list[Client]:
        """See `AccountRepository.clients`."""
        return [_client(row) for row in await self._database.scan("SELECT * FROM clients ORDER BY id")]

    async def client(self, client: str) -> tuple[Client, User] | None:
        """See `AccountRepository.client`."""
        row = await self._database.look("SELECT * FROM clients WHERE id = :id", id=client)
        if row is None:
            return None
        owner = await self._database.look("SELECT * FROM users WHERE id = :id", id=row["user_id"])
        return (_client(row), read_user(owner)) if owner is not None else None

    async def tokens(self, user: PrincipalId) -> list[Token]:
        """See `AccountRepository.tokens`."""
        rows = await self._database.scan(_TOKENS, user=user, now=self._database.clock())
        return [_token(row) for row in rows]

    async def revoke_token(self, token: str) -> PrincipalId | None:
        """See `AccountRepository.revoke_token`."""
        values = {"id": token, "now": self._database.clock()}
        row = await self._database.write(lambda tx: tx.one(_REVOKE, values), frees=True)
        return PrincipalId(row["user_id"]) if row is not None else None


async def _change_user(tx: Tx, values: Mapping[str, object], now: float) -> bool:
    if not await tx.run(_CHANGE_USER, values):
        return False
    if values["disabled"]:
        ended = {"name": values["name"], "now": now}
        await tx.run(_END_SESSIONS, ended)
        await tx.run(_END_PROOFS, ended)
    return True


async def _remove_client(tx: Tx, values: Mapping[str, object]) -> bool:
    await tx.run(_END_CLIENT_TOKENS, values)
    await tx.run(_END_CLIENT_SESSIONS, values)
    return bool(await tx.run("DELETE FROM clients WHERE id = :id", values))


def _client(row: Row) -> Client:
    return Client(row["id"], PrincipalId(row["user_id"]), row["digest"], read_scopes(row), row["created_at"])


def _token(row: Row) -> Token:
    return Token(
        id=row["id"],
        user=PrincipalId(row["user_id"]),
        digest=row["digest"],
        scopes=read_scopes(row),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


def read_scopes(row: Row) -> frozenset[Scope]:
    """The scopes in a row of tokens or sessions."""
    return frozenset(map(Scope, row["scopes"].split()))


def read_user(row: Row) -> User:
    """A user from a row of its table."""
    return User(
        id=PrincipalId(row["id"]),
        name=row["name"],
        password=row["password"],
        tier=Tier(row["tier"]),
        admin=bool(row["admin"]),
        disabled=bool(row["disabled"]),
        created_at=row["created_at"],
        quota=read_quota(row),
    )


_ADD_USER = """
INSERT INTO users (id, name, password, tier, admin, disabled, created_at, quota_bytes, quota_files, quota_uploads)
VALUES (:id, :name, :password, :tier, :admin, :disabled, :now, :bytes, :files, :uploads) ON CONFLICT (name) DO NOTHING
"""
_CHANGE_USER = """
UPDATE users SET tier = COALESCE(:tier, tier), disabled = COALESCE(:disabled, disabled) WHERE name = :name
"""
_END_SESSIONS = """
UPDATE sessions SET revoked_at = :now
WHERE user_id = (SELECT id FROM users WHERE name = :name) AND revoked_at IS NULL AND expires_at > :now
"""
_END_PROOFS = "DELETE FROM proofs WHERE user_id = (SELECT id FROM users WHERE name = :name)"
_SET_SECRET = "UPDATE clients SET digest = :digest WHERE id = :id"  # noqa: S105  # a statement
_SET_PASSWORD = "UPDATE users SET password = :password WHERE id = :id"  # noqa: S105  # a statement
_SET_QUOTA = """
UPDATE users SET quota_bytes = CASE WHEN :set_bytes = 1 THEN :bytes ELSE quota_bytes END,
    quota_files = CASE WHEN :set_files = 1 THEN :files ELSE quota_files END,
    quota_uploads = CASE WHEN :set_uploads = 1 THEN :uploads ELSE quota_uploads END
WHERE name = :name
"""
_RECORD = """
INSERT INTO tokens (id, user_id, digest, scopes, created_at, expires_at)
VALUES (:id, :user, :digest, :scopes, :now, :expires_at)
"""
_BEARER = """
SELECT users.*, tokens.scopes, COALESCE(tokens.session_id, tokens.id) AS granted
FROM tokens JOIN users ON users.id = tokens.user_id
LEFT JOIN sessions ON sessions.id = tokens.session_id
WHERE tokens.digest = :digest AND users.disabled = 0 AND tokens.revoked_at IS NULL AND sessions.revoked_at IS NULL
AND (tokens.expires_at IS NULL OR tokens.expires_at > :now)
"""
_STANDS = """
SELECT 1 FROM users WHERE id = :user AND disabled = 0 AND (
    :grant = ''
    OR EXISTS (SELECT 1 FROM sessions WHERE id = :grant AND user_id = :user AND revoked_at IS NULL)
    OR EXISTS (SELECT 1 FROM tokens WHERE id = :grant AND user_id = :user AND session_id IS NULL AND revoked_at IS NULL)
)
"""
_END_CLIENT_TOKENS = """
UPDATE tokens SET revoked_at = :now
WHERE user_id = (SELECT user_id FROM clients WHERE id = :id) AND session_id IS NULL AND revoked_at IS NULL
"""
_END_CLIENT_SESSIONS = """
UPDATE sessions SET revoked_at = :now
WHERE client = :id AND revoked_at IS NULL AND EXISTS (SELECT 1 FROM clients WHERE id = :id)
"""
_HELD = """
SELECT tokens.* FROM tokens LEFT JOIN sessions ON sessions.id = tokens.session_id
WHERE tokens.digest = :digest AND tokens.revoked_at IS NULL AND sessions.revoked_at IS NULL
AND (tokens.expires_at IS NULL OR tokens.expires_at > :now)
"""
_ADD_CLIENT = """
INSERT INTO clients (id, user_id, digest, scopes, created_at) VALUES (:id, :user, :digest, :scopes, :now)
ON CONFLICT (id) DO NOTHING
"""
_TOKENS = """
SELECT * FROM tokens WHERE user_id = :user AND session_id IS NULL AND revoked_at IS NULL
AND (expires_at IS NULL OR expires_at > :now) ORDER BY created_at DESC, id
"""
_REVOKE = """
UPDATE tokens SET revoked_at = :now
WHERE id = :id AND session_id IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
RETURNING user_id
"""
