"""How many attempts are heard."""

from collections import Counter
from contextlib import suppress

import pytest

from penstock.identity.throttle import LIMITS, LoginThrottle, Throttled
from penstock.model.address import SharedAddress
from penstock.model.faults import RateLimited
from penstock.ports import Allowance


class Counting:
    """A limiter that never begins anew."""

    def __init__(self) -> None:
        self.hits = Counter[tuple[str, str]]()

    async def hit(self, bucket: str, client: str, limit: int, period: int) -> Allowance:
        self.hits[bucket, client] += 1
        return Allowance(limit, 0, period, self.hits[bucket, client] <= limit)


async def heard(throttle: LoginThrottle, guess: Throttled, names: list[str], address: str) -> int:
    """How many attempts are heard, one after the other, before the first that is not."""
    for number, name in enumerate(names):
        try:
            await throttle.count(guess, name, address)
        except RateLimited:
            return number
    return len(names)


@pytest.mark.parametrize(
    ("address", "one", "many"), [("192.0.2.1", 10, 50), (SharedAddress("192.0.2.1"), 100, 1000)], ids=["own", "shared"]
)
async def test_sign_ins_from_one_address(address: str, one: int, many: int) -> None:
    """One address is heard so often about one account, and about all; a shared one twenty times as often, within what
    is heard about the account at all.
    """
    assert await heard(LoginThrottle(Counting(), lambda: 0.0), Throttled.PASSWORD, ["alice"] * 2000, address) == one
    names = [f"user {number}" for number in range(2000)]
    assert await heard(LoginThrottle(Counting(), lambda: 0.0), Throttled.PASSWORD, names, address) == many


async def test_one_person_behind_a_proxy_keeps_nobody_out() -> None:
    """Somebody who tries as often as one address may leaves the others behind an undeclared proxy their sign-in."""
    throttle, proxy = LoginThrottle(Counting(), lambda: 0.0), SharedAddress("192.0.2.1")
    await heard(throttle, Throttled.PASSWORD, ["alice"] * 60, proxy)
    for name in ("alice", "bob"):
        await throttle.count(Throttled.PASSWORD, name, proxy)


async def test_each_kind_of_attempt_is_counted_alone() -> None:
    """Whoever has used up the sudo or the changes of an account has left it its sign-ins."""
    throttle = LoginThrottle(Counting(), lambda: 0.0)
    for guess in Throttled:
        few = 300 if guess is Throttled.DOWNLOAD else 100 if guess is Throttled.SHARE_TOKEN else 10
        assert await heard(throttle, guess, ["alice"] * 400, "192.0.2.1") in {5, few}


async def test_ever_new_names_leave_a_bounded_record() -> None:
    """However many names one address tries, what is written down of them ends with what is heard of it."""
    limiter = Counting()
    throttle = LoginThrottle(limiter, lambda: 0.0)
    for guess in Throttled:
        for number in range(1000):
            with suppress(RateLimited):
                await throttle.count(guess, f"user {number}", "192.0.2.1")
        heard_of = [most for bucket, most, _ in LIMITS[guess] if bucket == "address"]
        if heard_of:
            kept = [each for each in limiter.hits if each[0].startswith(f"{guess}:")]
            assert len(kept) <= len(LIMITS[guess]) * heard_of[0] + 1
