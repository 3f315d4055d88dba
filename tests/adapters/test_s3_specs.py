"""An S3 store keeps the promises of `Staging` and `Blobs`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cluster.s3 import S3Program
from penstock.adapters.s3 import Bucket, S3Blobs, S3Staging, StoreAddress
from penstock.model.ids import Location, StagedLocation, UploadId, new_id
from penstock.pools import Pool
from penstock.ports import Hint
from tests.ports.blobs import BlobsSpec, Place
from tests.ports.staging import StagingSpec, put
from tests.support.stores import address_of, seaweed, versitygw


@pytest.fixture(
    scope="session", params=[seaweed, pytest.param(versitygw, marks=pytest.mark.cluster)], ids=["seaweed", "versitygw"]
)
def store(request: pytest.FixtureRequest) -> S3Program:
    program: S3Program = request.param()
    return program


@pytest.fixture(scope="module")
def threads() -> Iterator[Pool]:
    with closing(Pool(2, "test")) as pool:
        yield pool


@pytest.fixture
def address(store: S3Program) -> StoreAddress:
    return address_of(store)


@pytest.fixture
async def bucket(address: StoreAddress) -> AsyncIterator[Bucket]:
    bucket = Bucket(address)
    yield bucket
    await bucket.close()


@pytest.fixture
async def second(address: StoreAddress) -> AsyncIterator[Bucket]:
    """The same place, as another process sees it."""
    bucket = Bucket(address)
    yield bucket
    await bucket.close()


class TestS3Staging(StagingSpec):
    @pytest.fixture
    def staging(self, bucket: Bucket, tmp_path: Path, threads: Pool) -> S3Staging:
        return S3Staging(bucket, tmp_path, threads)

    @pytest.fixture
    def other(self, second: Bucket, tmp_path: Path, threads: Pool) -> S3Staging:
        return S3Staging(second, tmp_path, threads)

    @pytest.fixture
    def blobs(self, bucket: Bucket, threads: Pool) -> S3Blobs:
        return S3Blobs(bucket, threads)

    @pytest.fixture
    def absent(self) -> StagedLocation:
        return StagedLocation("7-nobody#0123456789abcdef0123456789abcdef#")


class TestS3Blobs(BlobsSpec):
    @pytest.fixture(params=[False, True], ids=["through us", "redirected"])
    def blobs(self, bucket: Bucket, threads: Pool, request: pytest.FixtureRequest) -> S3Blobs:
        return S3Blobs(bucket, threads, offers=request.param)

    @pytest.fixture
    def other(self, second: Bucket, threads: Pool) -> S3Blobs:
        return S3Blobs(second, threads)

    @pytest.fixture
    def absent(self) -> Location:
        return Location(new_id())

    @pytest.fixture
    def place(self, bucket: Bucket, tmp_path: Path, threads: Pool) -> Place:
        staging = S3Staging(bucket, tmp_path, threads)

        async def place(content: bytes) -> Location:
            upload = UploadId(new_id())
            part = await put(staging, upload, 0, content, Hint(max(len(content), 1), len(content)))
            at = await staging.compose(upload, [part])
            await staging.discard(upload)
            return at

        return place
