"""Records of second factors and short-lived proofs (`ports.FactorRepository`)."""

from collections.abc import Sequence

from penstock.adapters.sql.accounts import read_user
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.factor import Factor, Proof, Purpose
from penstock.model.ids import PrincipalId
from penstock.model.principal import User


class SqlFactors:
    """The port `FactorRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def factor(self, user: PrincipalId) -> Factor | None:
        """See `FactorRepository.factor`."""
        row = await self._database.look("SELECT * FROM factors WHERE user_id = :user", user=user)
        return _factor(row) if row is not None else None

    async def set_up(self, factor: Factor) -> bool:
        """See `FactorRepository.set_up`."""
        return await self._changed(_SET_UP, user=factor.user, secret=factor.secret, now=factor.created_at)

    async def activate(self, factor: Factor, step: int, codes: Sequence[str]) -> bool:
        """See `FactorRepository.activate`."""
        return await self._database.write(lambda tx: _activate(tx, factor, step, codes))

    async def use_step(self, user: PrincipalId, step: int) -> bool:
        """See `FactorRepository.use_step`."""
        return await self._changed(_USE_STEP, user=user, step=step)

    async def use_code(self, user: PrincipalId, digest: str) -> bool:
        """See `FactorRepository.use_code`."""
        return await self._changed(_USE_CODE, user=user, digest=digest)

    async def remove_factor(self, user: PrincipalId) -> bool:
        """See `FactorRepository.remove_factor`."""
        return await self._changed("DELETE FROM factors WHERE user_id = :user", user=user)

    async def add_proof(self, proof: Proof, password: str | None) -> bool:
        """See `FactorRepository.add_proof`."""
        return await self._changed(
            _ADD_PROOF,
            digest=proof.digest,
            user=proof.user,
            purpose=proof.purpose,
            expires_at=proof.expires_at,
            password=password,
        )

    async def prover(self, digest: str, purpose: Purpose) -> User | None:
        """See `FactorRepository.prover`."""
        row = await self._database.look(_PROVER, digest=digest, purpose=purpose, now=self._database.clock())
        return read_user(row) if row is not None else None

    async def take_proof(self, digest: str, purpose: Purpose) -> bool:
        """See `FactorRepository.take_proof`."""
        return await self._changed(_TAKE_PROOF, digest=digest, purpose=purpose, now=self._database.clock())

    async def drop_proofs(self, user: PrincipalId) -> None:
        """See `FactorRepository.drop_proofs`."""
        await self._changed("DELETE FROM proofs WHERE user_id = :user", user=user)

    async def forget_proofs(self) -> int:
        """See `FactorRepository.forget_proofs`."""
        ended = {"now": self._database.clock()}
        return await self._database.write(lambda tx: tx.run(_FORGET_PROOFS, ended), frees=True)

    async def _changed(self, sql: str, **values: object) -> bool:
        return bool(await self._database.write(lambda tx: tx.run(sql, values)))


async def _activate(tx: Tx, factor: Factor, step: int, codes: Sequence[str]) -> bool:
    values = {"user": factor.user, "secret": factor.secret, "now": factor.activated_at, "step": step}
    if not await tx.run(_ACTIVATE, values):
        return False
    await tx.run_many(_ADD_CODE, [{"user": factor.user, "digest": digest} for digest in codes])
    return True


def _factor(row: Row) -> Factor:
    return Factor(PrincipalId(row["user_id"]), row["secret"], row["created_at"], row["activated_at"])


_SET_UP = """
INSERT INTO factors (user_id, secret, created_at) VALUES (:user, :secret, :now)
ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
WHERE factors.activated_at IS NULL
"""
_ACTIVATE = """
UPDATE factors SET activated_at = :now, last_step = :step
WHERE user_id = :user AND secret = :secret AND activated_at IS NULL
"""
_ADD_CODE = "INSERT INTO recovery_codes (user_id, digest) VALUES (:user, :digest)"
_USE_STEP = """
UPDATE factors SET last_step = :step WHERE user_id = :user AND activated_at IS NOT NULL AND last_step < :step
"""
_USE_CODE = "DELETE FROM recovery_codes WHERE user_id = :user AND digest = :digest"
_ADD_PROOF = """
INSERT INTO proofs (digest, user_id, purpose, expires_at)
SELECT :digest, id, :purpose, :expires_at FROM users
WHERE id = :user AND disabled = 0 AND (CAST(:password AS TEXT) IS NULL OR password = :password)
"""
_PROVER = """
SELECT users.* FROM proofs JOIN users ON users.id = proofs.user_id
WHERE proofs.digest = :digest AND proofs.purpose = :purpose AND proofs.expires_at > :now AND users.disabled = 0
"""
_TAKE_PROOF = "DELETE FROM proofs WHERE digest = :digest AND purpose = :purpose AND expires_at > :now"
_FORGET_PROOFS = "DELETE FROM proofs WHERE expires_at <= :now"
