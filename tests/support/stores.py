"""S3 stores for the tests: one of each for a test process, and a prefix of its own for each test."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from cluster.programs import Missing
from cluster.s3 import S3Program
from cluster.seaweed import Seaweed
from cluster.versitygw import Versitygw
from penstock.adapters.s3 import Bucket, StoreAddress, store_address
from tests.support.ci import required_in_ci

BUCKET = "penstock"


@cache
def _running(program: Callable[[Path], S3Program]) -> S3Program | None:
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    try:
        store = program(folder)
    except Missing:
        shutil.rmtree(folder)
        return None
    os.environ |= store.credentials
    os.environ["BOTO_DISABLE_CRT"] = "true"
    store.start()
    store.make(BUCKET)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(store.kill)
    return store


def seaweed() -> S3Program:
    """SeaweedFS, started when the first test asks for it; skips the test where it is missing."""
    store = _running(Seaweed)
    required_in_ci(store is not None, "weed")
    assert store is not None
    return store


def versitygw() -> S3Program:
    """versitygw, likewise; its binary is not built everywhere."""
    store = _running(Versitygw)
    if store is None:
        pytest.skip("versitygw is missing")
    return store


def fresh_store(store: S3Program) -> str:
    """What `--store` is told for a place in the store where nothing lies yet."""
    return store.store(f"{BUCKET}/{uuid4().hex[:12]}")


def address_of(store: S3Program) -> StoreAddress:
    """Such a place."""
    return store_address(fresh_store(store))


async def objects(store: str) -> list[str]:
    """The keys of all objects at such a place, and of what is being put together there."""
    bucket = Bucket(store_address(store))
    try:
        keys = [found.key async for page in bucket.pages("") for found in page]
        return keys + [f"{multipart.key}…" async for multipart in bucket.multiparts("")]
    finally:
        await bucket.close()
