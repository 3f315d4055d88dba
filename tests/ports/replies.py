"""What every implementation of `ReplyRepository` promises."""

import asyncio

import pytest

from penstock.model.faults import KeyInUse, KeyReused
from penstock.model.reply import KeptReply
from penstock.ports import ReplyRepository
from tests.ports.records import ALICE, BOB, Clock

DONE = KeptReply(201, {"location": "/there"}, '{"名": 1}')


class ReplyRepositorySpec:
    """Subclass it with fixtures `clock`, `repository` and `other` over the same records."""

    async def test_an_answer_is_given_again(self, repository: ReplyRepository, other: ReplyRepository) -> None:
        """Whoever asks the same again is answered the same; another owner's key is another."""
        assert await repository.begin(ALICE, "key", "request") is None
        await repository.finish(ALICE, "key", DONE)
        assert await other.begin(ALICE, "key", "request") == DONE
        assert await other.begin(BOB, "key", "another") is None

    async def test_a_key_is_of_one_request(self, repository: ReplyRepository, other: ReplyRepository) -> None:
        """Another request under the same key is refused, and a second one while the first is under way."""
        assert await repository.begin(ALICE, "key", "request") is None
        with pytest.raises(KeyReused):
            await other.begin(ALICE, "key", "another")
        with pytest.raises(KeyInUse):
            await other.begin(ALICE, "key", "request")

    async def test_one_of_many_does_it(self, repository: ReplyRepository, other: ReplyRepository) -> None:
        """However many come at once, one of them is to do it."""
        outcomes = await asyncio.gather(
            *(each.begin(ALICE, "key", "request") for _ in range(4) for each in (repository, other)),
            return_exceptions=True,
        )
        assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["KeyInUse"] * 7 + ["NoneType"]

    async def test_what_was_not_done_is_done_anew(
        self, repository: ReplyRepository, other: ReplyRepository, clock: Clock
    ) -> None:
        """After a refusal at once, after the death of a process within a minute; what was done is not dropped."""
        assert await repository.begin(ALICE, "key", "request") is None
        await repository.drop(ALICE, "key")
        assert await other.begin(ALICE, "key", "request") is None
        clock.advance(61)
        assert await repository.begin(ALICE, "key", "request") is None
        await repository.finish(ALICE, "key", DONE)
        await repository.drop(ALICE, "key")
        clock.advance(61)
        assert await other.begin(ALICE, "key", "request") == DONE

    async def test_keys_are_forgotten(self, repository: ReplyRepository, clock: Clock) -> None:
        """After a day, whether or not anybody has tidied up."""
        for key in ("one", "two"):
            await repository.begin(ALICE, key, "request")
            await repository.finish(ALICE, key, DONE)
        clock.advance(86_401)
        assert await repository.begin(ALICE, "one", "another") is None
        assert await repository.forget_old() == 1

    async def test_of_an_owner_the_newest_are_kept(
        self, repository: ReplyRepository, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So many and no more, whatever others have."""
        monkeypatch.setattr("penstock.adapters.sql.replies.KEPT", 2)
        await repository.begin(BOB, "theirs", "request")
        for key in ("one", "two", "three"):
            clock.advance(1)
            await repository.begin(ALICE, key, "request")
            await repository.finish(ALICE, key, DONE)
        assert await repository.begin(ALICE, "three", "request") == DONE
        assert await repository.begin(ALICE, "one", "another") is None
        with pytest.raises(KeyInUse):
            await repository.begin(BOB, "theirs", "request")
