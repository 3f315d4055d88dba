"""Login throttling: attempts are counted per account and per address, over all processes."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from penstock.identity.access import secret_digest
from penstock.model.address import SharedAddress
from penstock.model.faults import LimiterUnavailable, RateLimited
from penstock.ports import Limiter


class Throttled(StrEnum):
    """What is throttled: the kind of credential that an attempt may be guessing."""

    PASSWORD = "sign in"  # noqa: S105  # the name of a bucket
    CODE = "second factor"
    SUDO = "sudo"
    SUDO_PASSWORD = "sudo by password"  # noqa: S105  # the name of a bucket
    NEW_PASSWORD = "change of password"  # noqa: S105  # the name of a bucket
    SHARE_PASSWORD = "password of a share"  # noqa: S105  # the name of a bucket
    SHARE_TOKEN = "link"  # noqa: S105  # the name of a bucket
    DOWNLOAD = "download of a share"


SHORT, DAY = 300, 86400

LIMITS = {
    Throttled.PASSWORD: (("address", 50, SHORT), ("account and address", 10, SHORT), ("account", 100, SHORT)),
    Throttled.CODE: (("address", 50, SHORT), ("account", 10, SHORT), ("account", 100, DAY)),
    Throttled.SUDO: (("account", 10, SHORT), ("account", 100, DAY)),
    Throttled.SUDO_PASSWORD: (("account", 10, SHORT), ("account", 100, DAY)),
    Throttled.NEW_PASSWORD: (("account", 5, SHORT), ("account", 50, DAY)),
    Throttled.SHARE_PASSWORD: (("address", 50, SHORT), ("account and address", 10, SHORT), ("account", 100, SHORT)),
    Throttled.SHARE_TOKEN: (("address", 100, SHORT),),
    Throttled.DOWNLOAD: (("address", 300, SHORT), ("account", 10_000, SHORT)),
}
"""How many attempts are allowed in how many seconds: of one address, of one address at one account, of all addresses at
one account. The address is counted first, so that an address which tries ever new names leaves no record for each of
them. For passwords the limit per account is wide, so that strangers cannot easily lock a user out. For codes it is
narrow: whoever guesses a code already has the password or a token, and there are only a million codes. Attempts made
with a token do not count against sign-ins. A change of password is counted too, because it costs the server as much as
an attempt. A share stands in the place of an account; of links only those count that nobody has, and of downloads those
that begin, because each leaves a record.
"""

CROWD = 20
"""By what factor the limits of an undeclared proxy's address are raised: one person behind it could otherwise lock
everybody out.
"""


class LoginThrottle:
    """Counts attempts, successful ones included."""

    def __init__(self, limiter: Limiter, clock: Callable[[], float]) -> None:
        self._limiter = limiter
        self._clock = clock

    async def slow(self, attempt: Throttled, name: str, address: str) -> None:
        """As `count`, for what nobody guesses, and only costs: while it cannot be counted it is not limited."""
        with suppress(LimiterUnavailable):
            await self.count(attempt, name, address)

    async def count(self, attempt: Throttled, name: str, address: str) -> None:
        """One more attempt at this account from this address. Raises `RateLimited` after too many, and
        `LimiterUnavailable`: who is not counted may not guess.
        """
        keys = {"account and address": f"{address} {name}", "address": address, "account": name}
        for bucket, limit, period in LIMITS[attempt]:
            known = secret_digest(keys[bucket])  # callers choose the length of names
            most = limit * CROWD if bucket != "account" and isinstance(address, SharedAddress) else limit
            allowance = await self._limiter.hit(f"{attempt}: {bucket} in {period}", known, most, period)
            if not allowance.granted:
                raise RateLimited(allowance.wait(self._clock()))
