"""PostgreSQL, the store or Redis goes under uploads that are on their way, and comes back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import httpx
import pytest

from cluster.cluster import Cluster
from tests.dialects.files import client as files
from tests.dialects.instant import client as instant
from tests.dialects.oss import client as oss
from tests.dialects.scratch import client as scratch
from tests.support.bytes import noise
from tests.support.nodes import running_cluster

pytestmark = [pytest.mark.cluster, pytest.mark.on_folder("it has a cluster of its own")]

LENGTH = 70_000
PATIENCE = 60.0
"""How long, in seconds, a client asks again."""

Call = Callable[[], Awaitable[httpx.Response]]


class Upload(NamedTuple):
    """An upload of two parts: how each is sent, what makes them a file (`path` finds it in the answer), what tells
    which parts are here, and how the dialect words an answer.
    """

    parts: tuple[Call, Call]
    merge: Call
    here: Call
    path: Callable[[dict[str, Any]], str]
    outcome: Callable[[httpx.Response], tuple[Any, ...]]
    content: bytes


def _scratch(caller: httpx.AsyncClient, name: str, parts: list[bytes]) -> Upload:
    sent = scratch.Scratch(caller, parts, key=name)
    return Upload(
        (lambda: sent.send(0), lambda: sent.send(1)),
        lambda: sent.send(1),
        sent.status,
        lambda body: f"/api/scratch/download/{body['file']['id']}",
        scratch.outcome,
        b"".join(parts),
    )


def _instant(caller: httpx.AsyncClient, name: str, parts: list[bytes]) -> Upload:
    sent = instant.Instant(caller, parts, key=name)
    params = {"file_id": name, "md5": sent.asked["md5"]}
    return Upload(
        (lambda: sent.send(0), lambda: sent.send(1)),
        sent.merge,
        lambda: caller.get("/api/file/status", params=params),
        lambda body: f"/api/file/download/{name}",
        instant.outcome,
        b"".join(parts),
    )


async def _files(caller: httpx.AsyncClient, name: str, parts: list[bytes]) -> Upload:
    sent = files.Files(caller, parts, name=name)
    await sent.init()
    return Upload(
        (lambda: sent.send(1), lambda: sent.send(2)),
        sent.merge,
        sent.status,
        lambda body: f"/api/files/{body['data']['id']}/download",
        files.outcome,
        b"".join(parts),
    )


async def _oss(caller: httpx.AsyncClient, name: str, parts: list[bytes]) -> Upload:
    sent = oss.Oss(caller, parts, name=name)
    await sent.init(partSize=LENGTH)
    return Upload(
        (lambda: sent.put(1), lambda: sent.put(2)),
        lambda: sent.ask("merge"),
        lambda: sent.ask("check"),
        lambda body: httpx.URL(body["data"]["path"]).raw_path.decode(),
        oss.outcome,
        sent.content,
    )


async def uploads(caller: httpx.AsyncClient, service: str) -> dict[str, Upload]:
    """One of each dialect."""

    def parts(dialect: str) -> list[bytes]:
        return [noise(LENGTH, (service, dialect, number)) for number in range(2)]

    return {
        "scratch": _scratch(caller, f"{service}-scratch", parts("scratch")),
        "instant": _instant(caller, f"{service}-instant", parts("instant")),
        "files": await _files(caller, f"{service}-files", parts("files")),
        "oss": await _oss(caller, f"{service}-oss", parts("oss")),
    }


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster(nodes=2, settings={"BODY_IDLE": "5"}) as made:
        yield made


@pytest.fixture(scope="module")
def token(cluster: Cluster) -> str:
    return cluster.token("alice")


@pytest.fixture
async def alice(cluster: Cluster, token: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=cluster.nodes[0].url, headers=headers, timeout=90) as caller:
        yield caller


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_the_database_goes_and_comes_back(cluster: Cluster, alice: httpx.AsyncClient, how: str) -> None:
    """Meanwhile every call is 503 with `Retry-After` in its dialect's envelope; afterwards uploads go on with what was
    acknowledged.
    """
    under_way = await uploads(alice, f"database-{how}")
    for dialect, upload in under_way.items():
        assert (await upload.parts[0]()).status_code == 200, dialect
    await asyncio.to_thread(cluster.postgres.kill if how == "kill" else cluster.postgres.stop)
    try:
        for dialect, upload in under_way.items():
            asked = [upload.merge, upload.here] if dialect == "oss" else [upload.parts[1], upload.merge, upload.here]
            for call in asked:
                refused(upload, await call())
        assert (await alice.get("/readyz")).status_code == 503
    finally:
        await asyncio.to_thread(cluster.postgres.start)
    await all_go_on(cluster, alice, under_way)


async def test_the_store_goes_and_comes_back(cluster: Cluster, alice: httpx.AsyncClient) -> None:
    """Meanwhile whatever needs bytes is 503 with `Retry-After`, and what is asked of records alone is answered."""
    under_way = await uploads(alice, "store")
    for upload in under_way.values():
        assert (await upload.parts[0]()).status_code == 200
    presigned = under_way.pop("oss")
    refused_by_nobody = presigned.parts[1]
    cluster.store.kill()
    try:
        for upload in under_way.values():
            refused(upload, await upload.parts[1]())
            assert (await upload.here()).status_code == 200
        with pytest.raises(httpx.TransportError):
            await refused_by_nobody()
        refused(presigned, await presigned.merge())
    finally:
        await asyncio.to_thread(cluster.store.start)
    await all_go_on(cluster, alice, {**under_way, "oss": presigned})


async def test_redis_goes_and_comes_back(cluster: Cluster, alice: httpx.AsyncClient) -> None:
    """Uploads go on as if nothing had been, and sign-in is told to come again."""
    under_way = await uploads(alice, "redis")
    for upload in under_way.values():
        assert (await upload.parts[0]()).status_code == 200
    cluster.redis.kill()
    try:
        people = {"username": "alice", "password": "a password"}
        assert (await alice.post("/api/auth/login", json=people)).status_code == 503
        await all_go_on(cluster, alice, under_way)
    finally:
        cluster.redis.start()


def refused(upload: Upload, answer: httpx.Response) -> None:
    """What a client is told while something is away."""
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5"), answer.text
    upload.outcome(answer)


async def all_go_on(cluster: Cluster, caller: httpx.AsyncClient, under_way: dict[str, Upload]) -> None:
    """The second part alone makes each upload a file, which another node serves."""
    for dialect, upload in under_way.items():
        if dialect != "scratch":  # its last part merges
            await until_taken(upload.parts[1])
        address = cluster.nodes[1].url + upload.path((await until_taken(upload.merge)).json())
        got = await until_taken(partial(caller.get, address))
        assert got.content == upload.content, dialect


async def until_taken(call: Call) -> httpx.Response:
    """The answer to a call that is repeated while a service comes back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await call()
            except httpx.TransportError:
                pass
            else:
                if answer.status_code != 503:
                    assert answer.is_success, answer.text
                    return answer
            await asyncio.sleep(0.5)
