"""Guessing, slowed: attempts to prove who one is are counted per account and per address, over all processes."""

from collections.abc import Callable
from enum import StrEnum

from penstock.engine.access import secret_digest
from penstock.model.faults import RateLimited
from penstock.ports import Limiter

PERIOD = 300
"""The window, in seconds, in which attempts are counted."""


class Guess(StrEnum):
    """What is guessed at."""

    PASSWORD = "sign in"  # noqa: S105  # the name of a bucket
    CODE = "second factor"


LIMITS = {
    Guess.PASSWORD: {"account and address": 10, "address": 50, "account": 100},
    Guess.CODE: {"account": 10, "address": 50},
}
"""How many attempts are heard in a window: of one address at one account, of one address at all, of all at one account.
At a password the last is wide, so that nobody is easily kept out by others. At a code it is not: whoever guesses at one
knows the password, and a million codes are few.
"""


class Attempts:
    """Counts attempts, right ones included."""

    def __init__(self, limiter: Limiter, clock: Callable[[], float]) -> None:
        self._limiter = limiter
        self._clock = clock

    async def count(self, guess: Guess, name: str, address: str) -> None:
        """One more attempt at this account from this address. Raises `RateLimited` after too many."""
        asked = {"account and address": f"{address} {name}", "address": address, "account": name}
        for bucket, limit in LIMITS[guess].items():
            known = secret_digest(asked[bucket])  # names are as long as their senders like
            allowance = await self._limiter.hit(f"{guess}: {bucket}", known, limit, PERIOD)
            if not allowance.granted:
                raise RateLimited(max(1, round(allowance.reset - self._clock())))
