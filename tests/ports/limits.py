"""What every implementation of `Limiter` promises."""

import asyncio

from penstock.ports import Limiter
from tests.ports.records import Clock


class LimiterSpec:
    """Subclass it with fixtures `clock`, `limiter` and `other` (the same counts, as another process sees them)."""

    async def test_so_many_and_no_more(self, limiter: Limiter, other: Limiter, clock: Clock) -> None:
        """Calls are granted up to the limit, whichever process they come to; each hears what is left and until when."""
        clock.now = 6000.0 + 12.5
        heard = [await which.hit("b", "c", 3, 60) for which in (limiter, other, limiter, other, limiter)]
        assert [allowance.granted for allowance in heard] == [True, True, True, False, False]
        assert [allowance.remaining for allowance in heard] == [2, 1, 0, 0, 0]
        assert {(allowance.limit, allowance.reset) for allowance in heard} == {(3, 6060)}

    async def test_a_new_window(self, limiter: Limiter, clock: Clock) -> None:
        """When the time is over that was told, calls are granted again."""
        clock.now = 6000.0
        first = await limiter.hit("b", "c", 1, 60)
        assert first.reset == 6060
        clock.now = first.reset - 0.001
        assert not (await limiter.hit("b", "c", 1, 60)).granted
        clock.now = float(first.reset)
        again = await limiter.hit("b", "c", 1, 60)
        assert again.granted
        assert again.reset == 6120
        clock.advance(3600)
        assert (await limiter.hit("b", "c", 1, 60)).granted

    async def test_clients_and_buckets_are_apart(self, limiter: Limiter) -> None:
        """Nobody pays for the calls of another, nor for calls of another kind."""
        for bucket, client in (("b", "c"), ("b", "d"), ("e", "c"), ("c", "b")):
            assert [(await limiter.hit(bucket, client, 1, 60)).granted for _ in range(2)] == [True, False]

    async def test_others_windows_are_left_alone(self, limiter: Limiter, clock: Clock) -> None:
        """A call in a short window forgets nothing of a long one, nor of other clients in the same one."""
        clock.now = 7200.0
        await limiter.hit("hours", "c", 1, 3600)
        await limiter.hit("minutes", "d", 1, 60)
        clock.advance(60)
        await limiter.hit("minutes", "c", 1, 60)
        await limiter.hit("minutes", "d", 1, 60)
        assert not (await limiter.hit("hours", "c", 1, 3600)).granted
        assert not (await limiter.hit("minutes", "c", 1, 60)).granted
        assert not (await limiter.hit("minutes", "d", 1, 60)).granted

    async def test_nothing_is_granted_where_nothing_may_be(self, limiter: Limiter) -> None:
        """A limit of zero grants nothing."""
        allowance = await limiter.hit("b", "c", 0, 60)
        assert (allowance.granted, allowance.remaining) == (False, 0)

    async def test_calls_at_once(self, limiter: Limiter, other: Limiter) -> None:
        """Of many calls at the same moment, in several processes, exactly as many as the limit says are granted."""
        heard = await asyncio.gather(*[which.hit("b", "c", 10, 60) for which in [limiter, other] * 16])
        assert sum(allowance.granted for allowance in heard) == 10
        assert sorted(allowance.remaining for allowance in heard if allowance.granted) == list(range(10))

    async def test_a_clock_that_lags_grants_nothing_anew(self, limiter: Limiter, clock: Clock) -> None:
        """A call that comes late, from before the window, does not give the window back to its client."""
        clock.now = 6060.0
        assert (await limiter.hit("b", "c", 1, 60)).granted
        clock.now = 6059.0
        await limiter.hit("b", "c", 1, 60)
        clock.now = 6061.0
        assert not (await limiter.hit("b", "c", 1, 60)).granted
