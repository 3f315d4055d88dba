"""The second factor: time-based codes of an authenticator (RFC 6238), and recovery codes for a lost one."""

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Callable
from dataclasses import replace

import pyotp

from penstock.identity.access import Access, secret_digest
from penstock.identity.audit import DONE, Audit
from penstock.identity.throttle import LoginThrottle, Throttled
from penstock.model.audit import COMMAND_LINE, Act, Actor
from penstock.model.factor import Factor
from penstock.model.faults import AccountUnknown, CodeWrong, FactorActive, FactorMissing
from penstock.model.ids import PrincipalId
from penstock.model.principal import Principal, User
from penstock.ports import FactorRepository

STEP, DIGITS, ALGORITHM = 30, 6, "SHA1"
"""What authenticator apps assume: seconds in a step, digits of a code, the hash (RULINGS, *Auth*)."""

WINDOW = 1
"""How many steps a code may be early or late."""

RECOVERY_CODES = 10
ISSUER = "Penstock"
METHODS = ("totp", "recovery_code")
"""How a second factor was proved."""

_RECOVERY = re.compile(r"[a-z2-7]{16}")


class Factors:
    """The second factors of all users."""

    def __init__(
        self,
        access: Access,
        repository: FactorRepository,
        throttle: LoginThrottle,
        audit: Audit,
        clock: Callable[[], float],
    ) -> None:
        self._access = access
        self._repository = repository
        self._throttle = throttle
        self._audit = audit
        self._clock = clock

    async def of(self, user: PrincipalId) -> Factor | None:
        """The user's authenticator, active or waiting for its first code."""
        return await self._repository.factor(user)

    async def is_on(self, user: PrincipalId) -> bool:
        """Whether the user must give a second factor."""
        factor = await self._repository.factor(user)
        return factor is not None and factor.active

    async def set_up(self, principal: Principal, address: str) -> Factor:
        """Create an authenticator's secret; it takes effect with its first code. Raises `FactorActive`."""
        factor = Factor(principal.id, pyotp.random_base32(), self._clock())
        if not await self._repository.set_up(factor):
            raise FactorActive
        await self._audit.note(Actor(principal.name, address), Act.FACTOR_SET_UP)
        return factor

    async def activate(self, principal: Principal, code: str, address: str) -> list[str]:
        """Switch the second factor on. Returns the recovery codes, of which only digests are stored.

        Raises `FactorMissing` when none was set up, `FactorActive`, `CodeWrong`, `RateLimited`.
        """
        factor = await self._repository.factor(principal.id)
        if factor is None:
            raise FactorMissing
        if factor.active:
            raise FactorActive
        await self._throttle.count(Throttled.CODE, principal.name, address)
        step = matching_step(factor.secret, code, self._clock())
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        active = replace(factor, activated_at=self._clock())
        right = step is not None and await self._repository.activate(
            active, step, [secret_digest(_bare(each)) for each in codes]
        )
        await self._audit.note(Actor(principal.name, address), Act.FACTOR_ON, outcome=DONE if right else "wrong")
        if not right:
            raise CodeWrong
        return codes

    async def remove(self, principal: Principal, address: str) -> None:
        """Switch the second factor off. Raises `FactorMissing`."""
        if not await self._repository.remove_factor(principal.id):
            raise FactorMissing
        await self._audit.note(Actor(principal.name, address), Act.FACTOR_OFF)

    async def reset(self, name: str, by: Actor = COMMAND_LINE) -> None:
        """Remove the second factor of a user who has lost it. Raises `AccountUnknown`."""
        user = await self._access.user(name)
        if not await self._repository.remove_factor(user.id):
            raise AccountUnknown(f"{name!r} has no second factor.")
        await self._repository.drop_proofs(user.id)
        await self._audit.note(by, Act.FACTOR_OFF, name)

    async def check(self, user: User | Principal, code: str, address: str, attempt: Throttled = Throttled.CODE) -> None:
        """Use up a code of the user's authenticator or a recovery code. Raises `CodeWrong` for a wrong or used one and
        when there is no second factor; `RateLimited`.
        """
        await self._throttle.count(attempt, user.name, address)
        factor = await self._repository.factor(user.id)
        if factor is None or not factor.active:
            raise CodeWrong
        bare = _bare(code)
        if _RECOVERY.fullmatch(bare):
            if not await self._repository.use_code(user.id, secret_digest(bare)):
                raise CodeWrong
            await self._audit.note(Actor(user.name, address), Act.RECOVERY_CODE_USED)
            return
        step = matching_step(factor.secret, code, self._clock())
        if step is None or not await self._repository.use_step(user.id, step):
            raise CodeWrong


def enrolment(factor: Factor, name: str) -> str:
    """The `otpauth:` URL that an authenticator app reads, as text or as a QR code."""
    return _totp(factor.secret).provisioning_uri(name=name, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The time step within `WINDOW` of `now` (Unix seconds) whose code this is (RFC 6238 §5.2); None otherwise."""
    totp, typed = _totp(secret), code.replace(" ", "").encode(errors="surrogatepass")
    current = int(now // STEP)
    around = range(current - WINDOW, current + WINDOW + 1)
    return next((step for step in around if hmac.compare_digest(totp.generate_otp(step).encode(), typed)), None)


def _totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP)


def _recovery_code() -> str:
    """80 random bits, in groups that are easy to read out."""
    plain = b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def _bare(code: str) -> str:
    """A code without the separators that people type."""
    return re.sub(r"[\s-]", "", code).lower()
