"""Parts that went past this server, into the store itself."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from penstock.model.faults import PartsMissing, QuotaExceeded, TooLarge
from penstock.model.ids import StagedLocation, UploadId
from penstock.model.principal import Quota
from penstock.model.upload import UNSEEN, Declared, Part, Upload, declared_length
from penstock.ports import Admitted, Arrived, Hint
from tests.support.bytes import md5, noise
from tests.support.engine import ALICE, DIALECT, PLENTY, EngineServer, open_engine_server

PARTS = [noise(1000, 0), noise(1000, 1), noise(10, 2)]
WHOLE = b"".join(PARTS)


class Offering:
    """The staging of a folder, into which strangers can put parts; a part may be replaced until it is gathered."""

    def __init__(self, staging: Any) -> None:
        self._staging = staging
        self._arrived: dict[UploadId, dict[int, Arrived]] = {}
        self.listed = 0
        self.replaced: list[StagedLocation] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._staging, name)

    async def put(self, upload: Upload, number: int, content: bytes) -> None:
        """What a stranger does."""

        async def taken() -> Admitted:
            return Admitted(taken=True)

        sink = await self._staging.begin(upload.id, number, Hint(1), taken)
        await sink.write(content)
        location = await sink.commit()
        await sink.release(keep=True)
        self._arrived.setdefault(upload.id, {})[number] = Arrived(number, location, len(content), md5(content))

    async def arrived(self, upload: UploadId) -> Sequence[Arrived]:
        self.listed += 1
        return list(self._arrived.get(upload, {}).values())

    async def gather(self, upload: UploadId, parts: Sequence[Part]) -> Sequence[Part]:
        return [part for part in parts if part.location in self.replaced]


@pytest.fixture
def store() -> list[Offering]:
    """The staging of the server, once it is open."""
    return []


@pytest.fixture
async def server(tmp_path: Path, store: list[Offering]) -> AsyncIterator[EngineServer]:
    def wrap(name: str, port: Any) -> Any:
        if name != "staging":
            return port
        store.append(Offering(port))
        return store[0]

    async with open_engine_server(tmp_path / "data", wrap=wrap, quota=Quota(5000, None, None, None)) as server:
        yield server


async def begun(server: EngineServer, *, part_size: int | None = 1000, limit: int = PLENTY) -> Upload:
    declared = Declared("a.bin", None, len(WHOLE), 3, part_size, None)
    return await server.engine.uploads.open(ALICE, DIALECT, declared, limit=limit, needs_md5=True)


async def test_what_arrived_becomes_the_file(server: EngineServer, store: list[Offering]) -> None:
    """Parts are recorded once, digested although nobody saw their bytes, and sealed."""
    upload = await begun(server)
    for number in (2, 0, 1):
        await store[0].put(upload, number, PARTS[number])
    for _ in range(2):
        await server.engine.receiver.collect(upload)
    rows = await server.parts(upload)
    assert [(row.number, row.length, row.generation) for row in rows] == [(0, 1000, 0), (1, 1000, 0), (2, 10, 0)]
    assert all(row.digest.startswith(UNSEEN) for row in rows)
    file = await server.seal(upload, 3)
    assert (await server.content(file), file.blob.md5) == (WHOLE, md5(WHOLE))


async def test_what_is_put_again_replaces(server: EngineServer, store: list[Offering]) -> None:
    """The bytes that were PUT last before the merge count, and digests of others are void."""
    upload = await begun(server)
    for number in range(3):
        await store[0].put(upload, number, PARTS[number])
    await server.engine.receiver.collect(upload)
    other = noise(1000, 9)
    await store[0].put(upload, 0, other)
    await server.engine.receiver.collect(upload)
    file = await server.seal(upload, 3)
    assert await server.content(file) == other + PARTS[1] + PARTS[2]


async def test_what_is_cut_short_is_not_there(server: EngineServer, store: list[Offering]) -> None:
    """A part of another length than was declared is missing: some stores keep what a broken connection left."""
    upload = await begun(server)
    for number, content in ((0, PARTS[0][:999]), (1, PARTS[1]), (2, PARTS[2] + b"!")):
        await store[0].put(upload, number, content)
    await server.engine.receiver.collect(upload)
    assert await server.engine.uploads.numbers(upload) == [1]


async def test_without_declared_lengths_any_will_do(server: EngineServer, store: list[Offering]) -> None:
    """Where nothing says how long a part is, all that is checked is the whole."""
    upload = await begun(server, part_size=None)
    for number, content in enumerate((b"a", WHOLE[:2000], b"b")):
        await store[0].put(upload, number, content)
    await server.engine.receiver.collect(upload)
    assert await server.engine.uploads.numbers(upload) == [0, 1, 2]


async def test_what_arrived_counts(server: EngineServer, store: list[Offering]) -> None:
    """Limits hold for parts that went past this server, too."""
    small = await begun(server, limit=len(WHOLE))
    await store[0].put(small, 0, PARTS[0])
    await server.engine.receiver.collect(small)
    poor = await begun(server, part_size=None, limit=10_000)
    await store[0].put(poor, 0, bytes(4500))
    with pytest.raises(QuotaExceeded):
        await server.engine.receiver.collect(poor)
    tight = await begun(server, part_size=None, limit=len(WHOLE))
    await store[0].put(tight, 0, bytes(len(WHOLE) + 1))
    with pytest.raises(TooLarge):
        await server.engine.receiver.collect(tight)


async def test_a_part_that_was_replaced_while_it_was_digested(server: EngineServer, store: list[Offering]) -> None:
    """It is missing then, and the upload is open for it."""
    upload = await begun(server)
    for number in range(3):
        await store[0].put(upload, number, PARTS[number])
    await server.engine.receiver.collect(upload)
    store[0].replaced.append((await server.parts(upload))[1].location)
    with pytest.raises(PartsMissing) as missing:
        await server.seal(upload, 3)
    assert (missing.value.missing, server.state(upload)) == ([1], "open")
    await store[0].put(upload, 1, PARTS[1])
    await server.engine.receiver.collect(upload)
    assert await server.content(await server.seal(upload, 3)) == WHOLE


async def test_what_comes_after_the_end_is_not_asked_for(server: EngineServer, store: list[Offering]) -> None:
    """An upload that is no longer open costs no question to the store."""
    upload = await begun(server)
    for number in range(3):
        await store[0].put(upload, number, PARTS[number])
    await server.engine.receiver.collect(upload)
    await server.seal(upload, 3)
    ended = await server.engine.uploads.find(ALICE, DIALECT, upload.id)
    before = store[0].listed
    await server.engine.receiver.collect(ended)
    assert store[0].listed == before


async def test_fsck_reads_what_nobody_saw(server: EngineServer, store: list[Offering]) -> None:
    """A part that went past this server is sound if the store still has it."""
    upload = await begun(server)
    await store[0].put(upload, 0, PARTS[0])
    await server.engine.receiver.collect(upload)
    assert [str(checked.condition) for checked in await server.checked()] == ["sound"]


@pytest.mark.parametrize(
    ("size", "total", "part_size", "lengths"),
    [
        (2010, 3, 1000, [1000, 1000, 10, None]),
        (2000, 2, 1000, [1000, 1000]),
        (0, 1, 1000, [0]),
        (2010, 2, 1000, [None, None]),
        (None, 3, 1000, [None]),
        (2010, None, 1000, [None]),
        (2010, 3, None, [None]),
    ],
)
def test_declared_lengths(
    size: int | None, total: int | None, part_size: int | None, lengths: list[int | None]
) -> None:
    """Size, number and size of parts together say how long each part is, unless they contradict each other."""
    declared = Declared("a", None, size, total, part_size)
    assert [declared_length(declared, number) for number in range(len(lengths))] == lengths
