"""Sudo: sensitive acts need a fresh proof of the person beside the token (`model/sudo.py` has the table)."""

from collections.abc import Callable

from penstock.identity.access import Access, new_secret, secret_digest
from penstock.identity.audit import Audit
from penstock.identity.factors import Factors
from penstock.identity.throttle import LoginThrottle, Throttled
from penstock.model.audit import Act, Actor
from penstock.model.factor import Proof, Purpose
from penstock.model.faults import CodeWrong, CredentialsWrong, SudoRequired
from penstock.model.principal import Principal
from penstock.model.sudo import Sensitive, When, sudo_table
from penstock.ports import FactorRepository

LIFETIME = 900
"""How long, in seconds, a sudo token is good (RULINGS, *Auth*)."""


class Sudo:
    """Short-lived proofs that the person is present."""

    def __init__(
        self,
        access: Access,
        factors: Factors,
        repository: FactorRepository,
        throttle: LoginThrottle,
        audit: Audit,
        clock: Callable[[], float],
        *,
        delete: When,
    ) -> None:
        """`delete` says which users need a sudo token to delete a finished file."""
        self._access = access
        self._factors = factors
        self._repository = repository
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._table = sudo_table(delete)

    async def by_password(self, principal: Principal, password: str, address: str) -> str:
        """Issue a sudo token for the caller's own password. Raises `CredentialsWrong`, `RateLimited`."""
        await self._throttle.count(Throttled.SUDO_PASSWORD, principal.name, address)
        user = await self._access.user_with(principal.name, password)
        if user is None:
            await self._audit.note(Actor(principal.name, address), Act.SUDO, outcome="wrong")
            raise CredentialsWrong
        return await self._granted(principal, address, user.password)

    async def by_code(self, principal: Principal, code: str, address: str) -> str:
        """Issue a sudo token for a code of the caller's second factor. Raises `CodeWrong`, `RateLimited`."""
        try:
            await self._factors.check(principal, code, address, Throttled.SUDO)
        except CodeWrong:
            await self._audit.note(Actor(principal.name, address), Act.SUDO, outcome="wrong")
            raise
        return await self._granted(principal, address, None)

    async def check(self, principal: Principal, act: Sensitive, token: str | None) -> None:
        """Allow the act. Raises `SudoRequired` when it needs a sudo token and this is none of the caller's."""
        when = self._table[act]
        if when is When.NEVER or (when is When.SECOND_FACTOR and not await self._factors.is_on(principal.id)):
            return
        prover = await self._repository.prover(secret_digest(token), Purpose.SUDO) if token else None
        if prover is None or prover.id != principal.id:
            raise SudoRequired

    async def _granted(self, principal: Principal, address: str, password: str | None) -> str:
        """`password` is the hash that was verified; it may have been replaced meanwhile."""
        secret = new_secret()
        proof = Proof(secret_digest(secret), principal.id, Purpose.SUDO, self._clock() + LIFETIME)
        if not await self._repository.add_proof(proof, password):
            raise CredentialsWrong
        await self._audit.note(Actor(principal.name, address), Act.SUDO)
        return secret
