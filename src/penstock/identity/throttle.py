"""Guessing, slowed: attempts to prove who one is are counted per account and per address, over all processes."""

from collections.abc import Callable
from enum import StrEnum

from penstock.identity.access import secret_digest
from penstock.model.address import SharedAddress
from penstock.model.faults import RateLimited
from penstock.ports import Limiter


class Guess(StrEnum):
    """What is guessed at."""

    PASSWORD = "sign in"  # noqa: S105  # the name of a bucket
    CODE = "second factor"
    SUDO = "sudo"
    SUDO_PASSWORD = "sudo by password"  # noqa: S105  # the name of a bucket
    NEW_PASSWORD = "change of password"  # noqa: S105  # the name of a bucket


SHORT, DAY = 300, 86400

LIMITS = {
    Guess.PASSWORD: (("address", 50, SHORT), ("account and address", 10, SHORT), ("account", 100, SHORT)),
    Guess.CODE: (("address", 50, SHORT), ("account", 10, SHORT), ("account", 100, DAY)),
    Guess.SUDO: (("account", 10, SHORT), ("account", 100, DAY)),
    Guess.SUDO_PASSWORD: (("account", 10, SHORT), ("account", 100, DAY)),
    Guess.NEW_PASSWORD: (("account", 5, SHORT), ("account", 50, DAY)),
}
"""How many attempts are heard, and in how many seconds: of one address at all, of one address at one account, of all at
one account. An address comes first, so that one which tries ever new names leaves no record of each. At a password the
last is wide, so that nobody is easily kept out by others. At a code it is not: whoever guesses at one knows the
password or has a token, and a million codes are few. What is guessed with a token keeps nobody from signing in. A
change of password is no guess, but costs the server what one does.
"""

CROWD = 20
"""How many times as much is heard from the address of a proxy that nobody has declared: else one person behind it could
switch off everybody's sign-in.
"""


class LoginThrottle:
    """Counts attempts, right ones included."""

    def __init__(self, limiter: Limiter, clock: Callable[[], float]) -> None:
        self._limiter = limiter
        self._clock = clock

    async def count(self, guess: Guess, name: str, address: str) -> None:
        """One more attempt at this account from this address. Raises `RateLimited` after too many."""
        keys = {"account and address": f"{address} {name}", "address": address, "account": name}
        for bucket, limit, period in LIMITS[guess]:
            known = secret_digest(keys[bucket])  # names are as long as their senders like
            most = limit * CROWD if bucket != "account" and isinstance(address, SharedAddress) else limit
            allowance = await self._limiter.hit(f"{guess}: {bucket} in {period}", known, most, period)
            if not allowance.granted:
                raise RateLimited(max(1, round(allowance.reset - self._clock())))
