"""What every implementation of `UsageRepository` promises."""

from dataclasses import astuple

from penstock.model.file import NewFile
from penstock.model.ids import FileId
from penstock.model.usage import DAYS, Amount
from penstock.ports import FileRepository, TrashRepository, UsageRepository
from tests.ports.records import ALICE, BOB, Clock, Uploading, opened, sealed

DAY = 86400


async def come(uploads: Uploading, clock: Clock, kind: str, size: int) -> FileId:
    """A file of a kind that came now."""
    file = NewFile("a", kind, "key")
    return (await sealed(uploads, clock, f"{kind} {size} {clock()}"[-16:], file=file, size=size)).file.id


class UsageRepositorySpec:
    """Subclass it with fixtures `clock`, `reports`, `files`, `trash` and `uploads` over the same records."""

    async def test_what_counts(self, reports: UsageRepository, uploads: Uploading, clock: Clock) -> None:
        """Files and the bytes of what is under way; nobody else's."""
        await come(uploads, clock, "text/plain", 7)
        await opened(uploads, clock, parts=2)
        usage = await reports.usage(ALICE)
        assert (usage.stored, usage.uploads, usage.unfinished) == (Amount(1, 7), 1, 20)
        assert (await reports.usage(BOB)).stored == Amount(0, 0)
        assert {type(number) for number in (usage.stored.bytes, usage.uploads, usage.unfinished)} == {int}

    async def test_by_kind_and_by_day(
        self, reports: UsageRepository, trash: TrashRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Each kind, the largest first, and each day of the last thirty; what lies in the trash apart."""
        clock.advance(-clock() % DAY)
        today = int(clock()) // DAY
        for kind, size in (("text/plain", 1), ("text/html", 2), ("image/png", 30), ("font/woff", 4)):
            await come(uploads, clock, kind, size)
        await trash.put_file(ALICE, await come(uploads, clock, "video/mp4", 500))
        clock.advance(DAY - 0.3)
        await come(uploads, clock, "image/png", 31)
        clock.advance(0.3)
        await come(uploads, clock, "image/png", 32)
        found = await reports.breakdown(ALICE)
        assert found.by_kind == [("image", Amount(3, 93)), ("other", Amount(1, 4)), ("text", Amount(2, 3))]
        assert found.by_day == [(today, Amount(5, 68)), (today + 1, Amount(1, 32))]
        assert found.trash == Amount(1, 500)
        amounts = [found.trash, *(amount for _, amount in (*found.by_kind, *found.by_day))]
        assert {type(number) for amount in amounts for number in astuple(amount)} == {int}
        clock.advance((DAYS - 1) * DAY)
        assert [day for day, _ in (await reports.breakdown(ALICE)).by_day] == [today + 1]

    async def test_the_whole_store(
        self, reports: UsageRepository, files: FileRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """Equal bytes are counted once, files as often as there are any."""
        await sealed(uploads, clock, "same", size=10)
        await sealed(uploads, clock, "same", size=10)
        await opened(uploads, clock, parts=1)
        stock = await reports.stock()
        assert (stock.blobs, stock.bytes, stock.files, stock.uploads, stock.unfinished) == (1, 10, 2, 1, 10)
        assert {type(number) for number in astuple(stock)} == {int}  # no decimals, which JSON has as texts
