"""Variants of pictures: their bytes count and are bounded, their recipes stay, and their addresses go on."""

from collections.abc import Sequence

import pytest

from penstock.adapters.sql.variants import Bounds
from penstock.engine.images import Order
from penstock.model.faults import FileUnknown, QuotaExceeded, TooManyVariants
from penstock.model.file import Blob, File, NewFile
from penstock.model.image import EVERY_KIND, Fit, Format, Recipe, Watermark
from penstock.model.principal import Quota
from tests.engine.conftest import Opener
from tests.engine.yard import ALICE, BOB, PLENTY, ROOM, Yard, pieces
from tests.ports.records import Clock
from tests.support.pictures import photo

THUMBNAIL = Recipe(Fit.COVER, 20, 20, Format.JPEG)


def sized(side: int) -> Recipe:
    return Recipe(Fit.INSIDE, side, side, Format.PNG)


async def taken(yard: Yard, key: str = "k", principal: object = ALICE) -> File:
    """A picture with its thumbnail."""
    order = Order(Recipe(), [THUMBNAIL], EVERY_KIND)
    held = await yard.engine.receiver.spool(principal, pieces(photo(60, 40)), PLENTY, None)  # type: ignore[arg-type]
    try:
        return await yard.engine.images.take(principal, ROOM, held, NewFile("p", "", key), order, None)  # type: ignore[arg-type]
    finally:
        await held.discard()


async def made(yard: Yard, file: File, sides: Sequence[int], clock: Clock) -> list[Blob]:
    """A variant of each size, one after the other."""
    found = []
    for side in sides:
        clock.advance(1)
        found.append(await yard.engine.images.variant(file.owner, file, sized(side)))
    return found


def kept(yard: Yard, file: File) -> set[str]:
    """The names of the recipes whose bytes are here, thumbnails aside."""
    with yard.database._writer as connection:
        rows = connection.execute(
            "SELECT recipe FROM variants WHERE source = ? AND owner IS NOT NULL", [file.blob.sha256]
        )
        return {row["recipe"] for row in rows}


def used(yard: Yard) -> int:
    """How many bytes count as Alice's."""
    bytes_: int = yard.row("SELECT bytes FROM usage WHERE owner = 'alice'")["bytes"]
    return bytes_


@pytest.fixture
def yard(another: Opener) -> Yard:
    """A picture keeps the bytes of three variants, and may have five recipes."""
    opened = another("one", quota=Quota(bytes=1 << 20))
    opened.files._bounds = Bounds(3, 5)
    return opened


async def test_the_longest_unused_gives_way(yard: Yard, clock: Clock) -> None:
    """One variant too many makes the longest unused give way, never a thumbnail; its bytes go with the next round."""
    file = await taken(yard)
    await made(yard, file, [10, 11, 12], clock)
    clock.advance(1)
    await yard.engine.images.named_variant(file, sized(10).name())
    [fourth] = await made(yard, file, [13], clock)
    assert kept(yard, file) == {sized(side).name() for side in (10, 12, 13)}
    before = len(yard.blob_files())
    await yard.upkeep.once(orphans=False)
    assert len(yard.blob_files()) == before - 1
    assert await yard.engine.images.named_variant(file, sized(13).name()) == fourth
    assert await yard.files.variant(file.blob.sha256, THUMBNAIL.name()) is not None


async def test_an_address_makes_them_anew(yard: Yard, clock: Clock) -> None:
    """What gave way is made anew, the same bytes, by its name alone, with its watermark; a name of none is unknown."""
    file, mark = await taken(yard), await taken(yard, "mark")
    marked = Recipe(Fit.INSIDE, 9, 9, Format.PNG, watermark=Watermark(mark.blob.sha256))
    first = await yard.engine.images.variant(file.owner, file, marked, mark)
    await made(yard, file, [10, 11, 12], clock)
    assert marked.name() not in kept(yard, file)
    await yard.upkeep.once(orphans=False)
    again = await yard.engine.images.named_variant(file, marked.name())
    assert again.sha256 == first.sha256
    assert marked.name() in kept(yard, file)
    with pytest.raises(FileUnknown):
        await yard.engine.images.named_variant(file, "0" * 32)


async def test_recipes_have_an_end(yard: Yard, clock: Clock) -> None:
    """A picture has so many recipes; one more is refused before it is made, those before go on, and so do others'."""
    file = await taken(yard)
    await made(yard, file, [10, 11, 12, 13, 14], clock)
    with pytest.raises(TooManyVariants) as refusal:
        await made(yard, file, [15], clock)
    assert refusal.value.limit == 5
    await made(yard, file, [10, 14], clock)


async def test_variants_count(yard: Yard, clock: Clock) -> None:
    """The bytes of variants count while they are there; one past the quota is refused and leaves nothing, and the same
    by its address makes the others give way.
    """
    file = await taken(yard)
    before = used(yard)
    one, two = await made(yard, file, [30, 31], clock)
    assert used(yard) == before + one.size + two.size
    await made(yard, file, [30, 31], clock)
    assert used(yard) == before + one.size + two.size
    await made(yard, file, [32, 33], clock)
    assert kept(yard, file) == {sized(side).name() for side in (31, 32, 33)}
    yard.files._quotas._usual = Quota(bytes=used(yard))
    yard.files._bounds = Bounds(9, 9)
    blobs = len(yard.blob_files())
    with pytest.raises(QuotaExceeded):
        await made(yard, file, [34], clock)
    assert len(yard.blob_files()) == blobs
    await yard.engine.images.named_variant(file, sized(30).name())
    assert sized(30).name() in kept(yard, file)
    assert used(yard) <= yard.files._quotas._usual.bytes  # type: ignore[operator]


async def test_whoever_has_no_picture_has_no_variants(yard: Yard, clock: Clock) -> None:
    """When the last file of a picture goes, at once or out of the trash, its owner's variants count no more; somebody
    else's picture of the same bytes goes on.
    """
    for purge in (False, True):
        file, theirs = await taken(yard), await taken(yard, principal=BOB)
        await made(yard, file, [10], clock)
        if purge:
            await yard.repository.trash_older(-1)
            await yard.repository.purge_trash(-1)
        else:
            await yard.engine.catalog.remove(ALICE, file.id)
        assert used(yard) == 0
        assert kept(yard, file) == set()
        if not purge:
            await yard.engine.images.named_variant(theirs, sized(10).name())
