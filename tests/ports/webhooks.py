"""What every implementation of `WebhookRepository` promises, and the log that the outbox writes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from penstock.model.faults import QuotaExceeded
from penstock.model.ids import PrincipalId, new_id
from penstock.model.news import News
from penstock.model.webhook import Webhook, WebhookEdit
from penstock.ports import WEBHOOK, Attempt, NewsRepository, OutboxRepository, WebhookRepository
from tests.ports.records import ALICE, LEASE, Clock, Uploading, sealed

PLENTY = 1000


def webhook(now: float = 0.0, owner: PrincipalId | None = None, topics: tuple[str, ...] = ()) -> Webhook:
    """A webhook that is about to be."""
    return Webhook(new_id(), "https://a.example/", topics, owner, True, "", "secret", None, 0.0, 0, now)


class WebhookRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (the same records, as another process sees them), and
    over the same records `outbox`, `news` and `uploads`.
    """

    async def added(self, repository: WebhookRepository, wanted: Webhook) -> Webhook:
        await repository.add(wanted, PLENTY)
        found = await repository.webhook(wanted.id)
        assert found is not None
        return found

    async def waiting(self, outbox: OutboxRepository, to: Webhook) -> list[str]:
        """The subjects of what waits for a webhook and nobody delivers."""
        found = await outbox.lease(f"{WEBHOOK}{to.id}", "one", LEASE, PLENTY)
        return [due.message.subject for due in found]

    async def events(self, news: NewsRepository) -> Sequence[News]:
        return await news.between(0, await news.newest(), PLENTY)

    async def test_it_is_recorded(
        self,
        repository: WebhookRepository,
        other: WebhookRepository,
        news: NewsRepository,
        uploads: Uploading,
        clock: Clock,
    ) -> None:
        """It is found as it was recorded, in the order of all; what happened before is none of its business."""
        assert await other.webhooks() == []
        await sealed(uploads, clock)
        wanted = webhook(clock(), ALICE, ("file.created",))
        made = await self.added(repository, wanted)
        assert made == replace(wanted, position=await news.newest())
        second = await self.added(repository, webhook(clock() + 1))
        assert await other.webhooks() == [made, second]
        assert await other.webhook("none") is None
        with pytest.raises(QuotaExceeded):
            await repository.add(webhook(), 2)

    async def test_it_is_edited(self, repository: WebhookRepository, clock: Clock) -> None:
        """What is named changes, and nothing else; with a new secret the one before is kept."""
        made = await self.added(repository, webhook(clock()))
        edit = WebhookEdit(url="https://b.example/", topics=("test",))
        changed = replace(made, url="https://b.example/", topics=("test",))
        assert await repository.edit(made.id, edit, "unused", 0) == changed
        changed = replace(changed, secret="new", former="secret", former_until=9.0)  # of the test alone
        assert await repository.edit(made.id, WebhookEdit(rotate=True), "new", 9) == changed
        assert [changed.secrets(8), changed.secrets(9)] == [["new", "secret"], ["new"]]
        assert [await repository.disable(made.id, "gone") for _ in "ab"] == [True, False]
        assert await repository.webhook(made.id) == replace(changed, enabled=False, why="gone")
        assert await repository.edit(made.id, WebhookEdit(enabled=True), "unused", 0) == changed
        assert await repository.edit("none", edit, "unused", 0) is None
        assert not await repository.disable("none", "gone")

    async def test_events_are_handed_on_once(
        self,
        repository: WebhookRepository,
        other: WebhookRepository,
        news: NewsRepository,
        outbox: OutboxRepository,
        uploads: Uploading,
        clock: Clock,
    ) -> None:
        """Whoever hands them on, each is once in the outbox; nothing is where the webhook changed meanwhile, where it
        is disabled, or where too many wait.
        """
        made = await self.added(repository, webhook())
        for name in "ab":
            await sealed(uploads, clock, name)
        first, second = await self.events(news)
        handed = [await each.hand_on(made, first.number, [first], PLENTY) for each in (repository, other)]
        assert handed == [True, False]
        moved = replace(made, position=first.number)
        assert await repository.webhook(made.id) == moved
        assert not await repository.hand_on(replace(moved, topics=("test",)), second.number, [second], PLENTY)
        assert not await repository.hand_on(moved, second.number, [second], 1)
        await repository.disable(made.id, "")
        assert not await repository.hand_on(moved, second.number, [second], PLENTY)
        await repository.edit(made.id, WebhookEdit(enabled=True), "", 0)
        assert await self.waiting(outbox, made) == [first.subject]
        assert await repository.hand_on(moved, second.number, [second], PLENTY)
        assert await self.waiting(outbox, made) == [second.subject]

    async def test_it_is_rewound(
        self, repository: WebhookRepository, news: NewsRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """It goes back to a position, and never forward."""
        await sealed(uploads, clock)
        made = await self.added(repository, webhook())
        for position, found in ((made.position + 1, made.position), (0, 0)):
            await repository.rewind(made.id, position)
            assert await repository.webhook(made.id) == replace(made, position=found)

    async def test_one_message_is_sent(
        self, repository: WebhookRepository, outbox: OutboxRepository, clock: Clock
    ) -> None:
        """It waits for its webhook alone."""
        one, two = [await self.added(repository, webhook()) for _ in "ab"]
        sent = await repository.send(one.id, "event", "test", "subject", "{}")
        assert await self.waiting(outbox, two) == []
        [due] = await outbox.lease(f"{WEBHOOK}{one.id}", "one", LEASE, 1)
        assert (due.message.id, due.message.kind, due.message.payload) == (sent, "test", "{}")

    async def test_the_log(self, repository: WebhookRepository, outbox: OutboxRepository, clock: Clock) -> None:
        """Each try is written down with what comes of the message, under its webhook; by its holder alone."""
        made = await self.added(repository, webhook())
        sent = await repository.send(made.id, "event", "test", "subject", "{}")
        begun = clock()
        for number in range(2):
            await outbox.lease(f"{WEBHOOK}{made.id}", "one", LEASE, 1)
            await outbox.postpone(sent, "two", 10, Attempt("event", 200, 0.5))
            await outbox.postpone(sent, "one", 10, Attempt("event", 500, 0.5, f"bad {number}"))
            clock.advance(10)
        [entry] = await repository.deliveries(made.id, None, 10)
        assert (entry.id, entry.webhook, entry.event, entry.topic, entry.subject) == (
            (sent, made.id, "event", "test", "subject")
        )
        assert (entry.since, entry.at, entry.tries, entry.payload) == (begun, begun + 10, 2, "{}")
        assert (entry.outcome, entry.status, entry.why) == ("failed", 500, "bad 1")
        await outbox.lease(f"{WEBHOOK}{made.id}", "one", LEASE, 1)
        await outbox.done(sent, "one", Attempt("event", 200, 0.25))
        entry = replace(entry, at=clock(), tries=3, outcome="delivered", status=200, why="", seconds=0.25)
        assert await repository.delivery(made.id, sent) == entry
        assert await repository.delivery("none", sent) is None
        lost = await repository.send(made.id, "lost", "test", "subject", "{}")
        await outbox.lease(f"{WEBHOOK}{made.id}", "one", LEASE, 1)
        await outbox.done(lost, "one", Attempt("lost", None, 0.1, "nobody"), given_up=True)
        found = await repository.delivery(made.id, lost)
        assert found is not None
        assert (found.outcome, found.status) == ("given_up", None)

    async def logged(
        self, repository: WebhookRepository, outbox: OutboxRepository, to: Webhook, clock: Clock, count: int
    ) -> list[str]:
        """The ids of so many deliveries, a second apart."""
        ids = []
        for _ in range(count):
            ids.append(await repository.send(to.id, "event", "test", new_id(), "{}"))
            await outbox.lease(f"{WEBHOOK}{to.id}", "one", LEASE, 1)
            await outbox.done(ids[-1], "one", Attempt("event", 200, 0.5))
            clock.advance(1)
        return ids

    async def test_the_log_is_read_page_by_page(
        self, repository: WebhookRepository, outbox: OutboxRepository, clock: Clock
    ) -> None:
        """The newest comes first, and each page goes on behind the one before."""
        made = await self.added(repository, webhook())
        ids, found = await self.logged(repository, outbox, made, clock, 5), []
        before = None
        while page := await repository.deliveries(made.id, before, 2):
            found += [entry.id for entry in page]
            before = (page[-1].since, page[-1].id)
        assert found == ids[::-1]

    async def test_the_log_is_bounded(
        self, repository: WebhookRepository, outbox: OutboxRepository, clock: Clock
    ) -> None:
        """What is old goes, and of each webhook all but the newest."""
        one, two = [await self.added(repository, webhook()) for _ in "ab"]
        await self.logged(repository, outbox, one, clock, 5)
        await self.logged(repository, outbox, two, clock, 2)
        assert await repository.forget_deliveries(1000, 2) == 2
        assert len(await repository.deliveries(one.id, None, 10)) == 3
        assert await repository.forget_deliveries(1.5, 100) == 4
        assert [len(await repository.deliveries(each.id, None, 10)) for each in (one, two)] == [0, 1]

    async def test_it_is_removed_with_all_that_is_its_own(
        self, repository: WebhookRepository, outbox: OutboxRepository, clock: Clock
    ) -> None:
        """Nothing of its log stays, and nothing waits for it."""
        one, two = [await self.added(repository, webhook()) for _ in "ab"]
        for each in (one, two):
            await self.logged(repository, outbox, each, clock, 1)
            await repository.send(each.id, "event", "test", "subject", "{}")
        assert [await repository.remove(one.id) for _ in "ab"] == [True, False]
        assert (await repository.deliveries(one.id, None, 10), await self.waiting(outbox, one)) == ([], [])
        assert (len(await repository.deliveries(two.id, None, 10)), await self.waiting(outbox, two)) == (1, ["subject"])
