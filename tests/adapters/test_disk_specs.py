"""The disk keeps the promises of `Staging` and `Blobs`, with and without syncs."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from penstock.adapters.disk import DiskBlobs, DiskStaging, Pools, Space
from penstock.adapters.disk.feeding import Feeder
from penstock.model.ids import Location, StagedLocation, UploadId, new_id
from penstock.ports import Blobs, Hint
from tests.ports.blobs import CONTENT, BlobsSpec, Place
from tests.ports.staging import StagingSpec, put


@pytest.fixture(scope="module")
def feeder() -> Iterator[Feeder]:
    with closing(Feeder(2)) as feeder:
        yield feeder


@pytest.fixture(params=[True, False], ids=["full", "process"])
def durable(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def staging_at(path: Path, feeder: Feeder, durable: bool) -> DiskStaging:
    return DiskStaging(
        path,
        DiskBlobs(path, feeder, Space(path), Pools(), durable=durable),
        feeder,
        Space(path),
        Pools(),
        durable=durable,
    )


class TestDiskStaging(StagingSpec):
    @pytest.fixture
    def staging(self, tmp_path: Path, feeder: Feeder, durable: bool) -> DiskStaging:
        return staging_at(tmp_path, feeder, durable)

    @pytest.fixture
    def other(self, tmp_path: Path, feeder: Feeder, durable: bool) -> DiskStaging:
        return staging_at(tmp_path, feeder, durable)

    @pytest.fixture
    def blobs(self, tmp_path: Path, feeder: Feeder) -> DiskBlobs:
        return DiskBlobs(tmp_path, feeder, Space(tmp_path), Pools(), durable=False)

    @pytest.fixture
    def absent(self) -> StagedLocation:
        return StagedLocation("plane-1000@7000")


class TestDiskBlobs(BlobsSpec):
    @pytest.fixture
    def blobs(self, tmp_path: Path, feeder: Feeder) -> DiskBlobs:
        return DiskBlobs(tmp_path, feeder, Space(tmp_path), Pools(), durable=False)

    @pytest.fixture
    def other(self, tmp_path: Path, feeder: Feeder) -> DiskBlobs:
        return DiskBlobs(tmp_path, feeder, Space(tmp_path), Pools(), durable=False)

    @pytest.fixture
    def absent(self) -> Location:
        return Location("ab/cd/abcd-nobody")

    @pytest.fixture
    def place(self, tmp_path: Path, feeder: Feeder) -> Place:
        staging = staging_at(tmp_path, feeder, durable=False)

        async def place(content: bytes) -> Location:
            upload = UploadId(new_id())
            part = await put(staging, upload, 0, content, Hint(max(len(content), 1), len(content)))
            at = await staging.compose(upload, [part])
            await staging.discard(upload)
            return at

        return place

    async def test_a_removed_blob_is_read_to_its_end(self, blobs: Blobs, other: Blobs, place: Place) -> None:
        """A read that was begun before the removal finishes: the file is open."""
        at = await place(CONTENT)
        reading = await blobs.read(at, 0, len(CONTENT))
        await other.forget(at)
        assert b"".join([piece async for piece in reading]) == CONTENT
