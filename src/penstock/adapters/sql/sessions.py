"""Records of sessions (`ports.SessionRepository`)."""

from collections.abc import Mapping

from penstock.adapters.sql.accounts import read_scopes, read_user
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.ids import PrincipalId, new_id
from penstock.model.principal import Session
from penstock.ports import Pair, Rotated


class SqlSessions:
    """The port `SessionRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, session: Session, pair: Pair, password: str) -> bool:
        """See `SessionRepository.begin`."""
        return await self._database.write(lambda tx: _begin(tx, session, pair, password))

    async def rotate(self, used: str, pair: Pair, grace: float) -> Rotated | None:
        """See `SessionRepository.rotate`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _rotate(tx, used, pair, grace, now))

    async def of_secret(self, digest: str) -> Session | None:
        """See `SessionRepository.of_secret`."""
        row = await self._database.look(_OF_CREDENTIAL, digest=digest)
        return _session(row) if row is not None else None

    async def renewable(self, digest: str) -> Session | None:
        """See `SessionRepository.renewable`."""
        row = await self._database.look(_RENEWABLE, digest=digest, now=self._database.clock())
        return _session(row) if row is not None else None

    async def of_user(self, user: PrincipalId) -> list[Session]:
        """See `SessionRepository.of_user`."""
        rows = await self._database.scan(_OF_USER, user=user, now=self._database.clock())
        return [_session(row) for row in rows]

    async def revoke(self, session: str) -> PrincipalId | None:
        """See `SessionRepository.revoke`."""
        values = {"id": session, "now": self._database.clock()}
        row = await self._database.write(lambda tx: tx.one(_REVOKE, values), frees=True)
        return PrincipalId(row["user_id"]) if row is not None else None

    async def revoke_all(self, user: PrincipalId, but: str | None) -> None:
        """See `SessionRepository.revoke_all`."""
        values = {"user": user, "but": but, "now": self._database.clock()}
        await self._database.write(lambda tx: tx.run(_REVOKE_ALL, values), frees=True)

    async def forget_ended(self, seconds: float) -> int:
        """See `SessionRepository.forget_ended`."""
        before = {"before": self._database.clock() - seconds}
        return await self._database.write(lambda tx: _forget_ended(tx, before), frees=True)


async def _begin(tx: Tx, session: Session, pair: Pair, password: str) -> bool:
    values = {
        "id": session.id,
        "user": session.user,
        "client": session.client,
        "address": session.address,
        "scopes": " ".join(sorted(session.scopes)),
        "now": session.created_at,
        "expires_at": session.expires_at,
        "password": password,
    }
    if not await tx.run(_INSERT, values):
        return False
    await _put_pair(tx, session.id, pair, session.created_at)
    return True


async def _rotate(tx: Tx, used: str, pair: Pair, grace: float, now: float) -> Rotated | None:
    await tx.lock(f"refresh {used}")
    row = await tx.one(_REFRESH, {"digest": used, "now": now})
    if row is None:
        return None
    if row["used_at"] is None:
        await tx.run("UPDATE refreshes SET used_at = :now WHERE digest = :digest", {"now": now, "digest": used})
        await _put_pair(tx, row["session_id"], pair, now)
    elif row["used_at"] <= now - grace:
        await tx.run(_REVOKE, {"id": row["session_id"], "now": now})
        return None
    ends = await tx.one(_ENDS, {"access": pair.access, "refresh": pair.refresh})
    return Rotated(read_user(row), ends["access"], ends["refresh"]) if ends is not None else None


async def _put_pair(tx: Tx, session: str, pair: Pair, now: float) -> None:
    values = {
        "id": new_id(),
        "session": session,
        "access": pair.access,
        "refresh": pair.refresh,
        "access_ends": pair.access_expires_at,
        "refresh_ends": pair.refresh_expires_at,
        "now": now,
    }
    await tx.run(_INSERT_ACCESS, values)
    await tx.run(_INSERT_REFRESH, values)
    await tx.run("UPDATE sessions SET expires_at = :refresh_ends WHERE id = :session", values)


async def _forget_ended(tx: Tx, before: Mapping[str, float]) -> int:
    await tx.run(f"DELETE FROM tokens WHERE session_id IN (SELECT id FROM sessions WHERE {_ENDED})", before)
    await tx.run("DELETE FROM refreshes WHERE expires_at <= :before", before)
    await tx.run("DELETE FROM tokens WHERE expires_at <= :before OR revoked_at <= :before", before)
    return await tx.run(f"DELETE FROM sessions WHERE {_ENDED}", before)


def _session(row: Row) -> Session:
    return Session(
        id=row["id"],
        user=PrincipalId(row["user_id"]),
        client=row["client"],
        address=row["address"],
        scopes=read_scopes(row),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


_INSERT = """
INSERT INTO sessions (id, user_id, client, address, scopes, created_at, expires_at)
SELECT :id, id, :client, :address, :scopes, :now, :expires_at FROM users
WHERE id = :user AND password = :password AND disabled = 0
"""
_INSERT_ACCESS = """
INSERT INTO tokens (id, user_id, digest, scopes, created_at, expires_at, session_id)
SELECT :id, user_id, :access, scopes, :now, :access_ends, id FROM sessions WHERE id = :session
"""
_INSERT_REFRESH = """
INSERT INTO refreshes (digest, session_id, expires_at) VALUES (:refresh, :session, :refresh_ends)
"""
_REFRESH = """
SELECT users.*, refreshes.session_id, refreshes.used_at FROM refreshes
JOIN sessions ON sessions.id = refreshes.session_id JOIN users ON users.id = sessions.user_id
WHERE refreshes.digest = :digest AND refreshes.expires_at > :now AND sessions.revoked_at IS NULL AND users.disabled = 0
"""
_ENDS = """
SELECT tokens.expires_at AS access, refreshes.expires_at AS refresh FROM tokens
JOIN refreshes ON refreshes.session_id = tokens.session_id
WHERE tokens.digest = :access AND refreshes.digest = :refresh
"""
_RENEWABLE = """
SELECT sessions.* FROM refreshes
JOIN sessions ON sessions.id = refreshes.session_id JOIN users ON users.id = sessions.user_id
WHERE refreshes.digest = :digest AND refreshes.expires_at > :now AND refreshes.used_at IS NULL
AND sessions.revoked_at IS NULL AND users.disabled = 0
"""
_OF_CREDENTIAL = """
SELECT * FROM sessions WHERE id IN (
    SELECT session_id FROM tokens WHERE digest = :digest
    UNION ALL SELECT session_id FROM refreshes WHERE digest = :digest
)
"""
_OF_USER = """
SELECT * FROM sessions WHERE user_id = :user AND revoked_at IS NULL AND expires_at > :now
ORDER BY created_at DESC, id
"""
_REVOKE = """
UPDATE sessions SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL AND expires_at > :now RETURNING user_id
"""
_REVOKE_ALL = """
UPDATE sessions SET revoked_at = :now
WHERE user_id = :user AND revoked_at IS NULL AND expires_at > :now AND (CAST(:but AS TEXT) IS NULL OR id <> :but)
"""
_ENDED = "expires_at <= :before OR revoked_at <= :before"
