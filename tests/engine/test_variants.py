"""Variants of pictures: their bytes count and are bounded, their recipes stay, and their addresses go on."""

from collections.abc import Sequence

import pytest

from penstock.adapters.sql.variants import Bounds
from penstock.engine.images import ImageSpec
from penstock.model.faults import FileUnknown, QuotaExceeded, TooManyVariants
from penstock.model.file import Blob, File, NewFile
from penstock.model.image import EVERY_KIND, Fit, Format, Recipe, Watermark
from penstock.model.principal import Quota
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.bodies import pieces
from tests.support.engine import ALICE, BOB, DIALECT, PLENTY, EngineServer
from tests.support.pictures import photo

THUMBNAIL = Recipe(Fit.COVER, 20, 20, Format.JPEG)


def sized(side: int) -> Recipe:
    return Recipe(Fit.INSIDE, side, side, Format.PNG)


async def taken(server: EngineServer, key: str = "k", principal: object = ALICE) -> File:
    """A picture with its thumbnail."""
    spec = ImageSpec(Recipe(), [THUMBNAIL], EVERY_KIND)
    held = await server.engine.receiver.spool(principal, pieces(photo(60, 40)), PLENTY, None)  # type: ignore[arg-type]
    try:
        return await server.engine.images.take(principal, DIALECT, held, NewFile("p", "", key), spec, None)  # type: ignore[arg-type]
    finally:
        await held.discard()


async def made(server: EngineServer, file: File, sides: Sequence[int], clock: Clock) -> list[Blob]:
    """A variant of each size, one after the other."""
    found = []
    for side in sides:
        clock.advance(1)
        found.append(await server.engine.images.variant(file.owner, file, sized(side)))
    return found


def kept(server: EngineServer, file: File) -> set[str]:
    """The names of the recipes whose bytes are here, thumbnails aside."""
    with server.database._writer as connection:
        rows = connection.execute(
            "SELECT recipe FROM variants WHERE source = ? AND owner IS NOT NULL", [file.blob.sha256]
        )
        return {row["recipe"] for row in rows}


def used(server: EngineServer) -> int:
    """How many bytes count as Alice's."""
    bytes_: int = server.row("SELECT bytes FROM usage WHERE owner = 'alice'")["bytes"]
    return bytes_


@pytest.fixture
def server(another: Opener) -> EngineServer:
    """A picture keeps the bytes of three variants, and may have five recipes."""
    opened = another("one", quota=Quota(bytes=1 << 20))
    opened.files._bounds = Bounds(3, 5)
    return opened


async def test_the_longest_unused_gives_way(server: EngineServer, clock: Clock) -> None:
    """One variant too many makes the longest unused give way, never a thumbnail; its bytes go with the next round."""
    file = await taken(server)
    await made(server, file, [10, 11, 12], clock)
    clock.advance(1)
    await server.engine.images.named_variant(file, sized(10).name())
    [fourth] = await made(server, file, [13], clock)
    assert kept(server, file) == {sized(side).name() for side in (10, 12, 13)}
    before = len(server.blob_files())
    await server.upkeep.once(orphans=False)
    assert len(server.blob_files()) == before - 1
    assert await server.engine.images.named_variant(file, sized(13).name()) == fourth
    assert await server.files.variant(file.blob.sha256, THUMBNAIL.name()) is not None


async def test_an_address_makes_them_anew(server: EngineServer, clock: Clock) -> None:
    """What gave way is made anew, the same bytes, by its name alone, with its watermark; a name of none is unknown."""
    file, mark = await taken(server), await taken(server, "mark")
    marked = Recipe(Fit.INSIDE, 9, 9, Format.PNG, watermark=Watermark(mark.blob.sha256))
    first = await server.engine.images.variant(file.owner, file, marked, mark)
    await made(server, file, [10, 11, 12], clock)
    assert marked.name() not in kept(server, file)
    await server.upkeep.once(orphans=False)
    again = await server.engine.images.named_variant(file, marked.name())
    assert again.sha256 == first.sha256
    assert marked.name() in kept(server, file)
    with pytest.raises(FileUnknown):
        await server.engine.images.named_variant(file, "0" * 32)


async def test_recipes_have_an_end(server: EngineServer, clock: Clock) -> None:
    """A picture has so many recipes; one more is refused before it is made, those before go on, and so do others'."""
    file = await taken(server)
    await made(server, file, [10, 11, 12, 13, 14], clock)
    with pytest.raises(TooManyVariants) as refusal:
        await made(server, file, [15], clock)
    assert refusal.value.limit == 5
    await made(server, file, [10, 14], clock)


async def test_variants_count(server: EngineServer, clock: Clock) -> None:
    """The bytes of variants count while they are there; one past the quota is refused and leaves nothing, and the same
    by its address makes the others give way.
    """
    file = await taken(server)
    before = used(server)
    one, two = await made(server, file, [30, 31], clock)
    assert used(server) == before + one.size + two.size
    await made(server, file, [30, 31], clock)
    assert used(server) == before + one.size + two.size
    await made(server, file, [32, 33], clock)
    assert kept(server, file) == {sized(side).name() for side in (31, 32, 33)}
    server.files._quotas._usual = Quota(bytes=used(server))
    server.files._bounds = Bounds(9, 9)
    blobs = len(server.blob_files())
    with pytest.raises(QuotaExceeded):
        await made(server, file, [34], clock)
    assert len(server.blob_files()) == blobs
    await server.engine.images.named_variant(file, sized(30).name())
    assert sized(30).name() in kept(server, file)
    assert used(server) <= server.files._quotas._usual.bytes  # type: ignore[operator]


async def test_whoever_has_no_picture_has_no_variants(server: EngineServer, clock: Clock) -> None:
    """When the last file of a picture goes, at once or out of the trash, its owner's variants count no more; somebody
    else's picture of the same bytes goes on.
    """
    for purge in (False, True):
        file, theirs = await taken(server), await taken(server, principal=BOB)
        await made(server, file, [10], clock)
        if purge:
            await server.repository.trash_older(-1)
            await server.repository.purge_trash(-1)
        else:
            await server.engine.catalog.remove(ALICE, file.id)
        assert used(server) == 0
        assert kept(server, file) == set()
        if not purge:
            await server.engine.images.named_variant(theirs, sized(10).name())
