"""A node of a cluster dies at a named step, and its client goes on with another one."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cluster import clients
from cluster.clients import Nodes, Sending, download
from cluster.cluster import Cluster
from cluster.nodes import Node
from tests.dialects.oss.client import Oss
from tests.support.bytes import cut, noise
from tests.support.nodes import beside, check_books, odd_node, place_of, running_cluster
from tests.support.stores import objects

pytestmark = [pytest.mark.cluster, pytest.mark.on_folder("it has a cluster of its own")]

MIB = 1 << 20

SINK, STAGING = "penstock.adapters.s3.sink:S3Sink", "penstock.adapters.s3.staging:S3Staging"
SQL = "penstock.adapters.sql"
PARTS = f"{SQL}.postgresql.parts:PostgresParts"
SEALING, UPLOADS = f"{SQL}.sealing:SqlSealing", f"{SQL}.uploads:SqlUploads"
PUBLICATIONS, CHAIN = f"{SQL}.publications:SqlPublications", f"{SQL}.devchain:DevChain"

AROUND = ("before", "after")
SEALED = [f"{SEALING}.{name}" for name in ("freeze", "decide", "publish")]
ENDED = [f"{STAGING}.compose", f"{STAGING}.discard", f"{UPLOADS}.discarded"]
STREAMED = [f"{UPLOADS}.open", f"{SINK}.commit", f"{PARTS}.commit_part", f"{STAGING}.follow", *SEALED, *ENDED]
PRESIGNED = [f"{UPLOADS}.open", f"{STAGING}.arrived", f"{STAGING}.gather", *SEALED, *ENDED]
PUBLISHED = [f"{PUBLICATIONS}.{name}" for name in ("add", "prepare", "offering", "accepted")] + [f"{CHAIN}.offer"]


def around(steps: list[str]) -> list[str]:
    """Both sides of each step."""
    return [f"{step}:{when}" for step in steps for when in AROUND]


CASES = [
    *(("scratch", step) for step in around(STREAMED)),
    *(("scratch", f"{step}:2") for step in around([f"{SINK}.commit", f"{PARTS}.commit_part"])),
    *(("files", step) for step in around([f"{SINK}.commit", f"{PARTS}.commit_part", f"{SEALING}.freeze"])),
    *(("oss", step) for step in around(PRESIGNED)),
    *(("direct", step) for step in around(PUBLISHED)),
    *(("chunked", step) for step in around([*PUBLISHED, f"{PUBLICATIONS}.advance"])),
    *(("chunked", f"{step}:2") for step in around([f"{CHAIN}.offer", f"{PUBLICATIONS}.accepted"])),
    ("chunked", f"{PUBLICATIONS}.claim:found"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One node, which survives, on everything that nodes share."""
    with running_cluster(nodes=1) as made:
        made.command("wallet", "fund")
        yield made


@pytest.fixture(autouse=True)
def _credentials(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process needs to look into the store."""
    for name, value in cluster.store.credentials.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def token(cluster: Cluster) -> str:
    return cluster.token("alice")


class Faithful(Nodes):
    """A client that calls one node as long as it lives, and then the other."""

    def __init__(self, mortal: Node, survivor: Node, token: str) -> None:
        super().__init__([], token, patience=60, retries=Counter())
        self._mortal = mortal
        self._survivor = survivor

    def address(self) -> str:
        """Where the next call goes. The survivor sleeps until then, so that it does not do the other's work."""
        if self._mortal.running:
            return self._mortal.url
        if not self._survivor.running:
            self._survivor.start()
        return self._survivor.url


@pytest.mark.parametrize(("dialect", "step"), CASES, ids=lambda value: value.rpartition(".S")[2].rpartition(".D")[2])
async def test_a_node_dies(cluster: Cluster, token: str, dialect: str, step: str, tmp_path: Path) -> None:
    """Wherever a node dies, the client that goes on with another has its file, whatever was acknowledged is there,
    nothing is left over once orphans are old enough, and nothing was paid twice.
    """
    [survivor] = cluster.nodes
    await asyncio.to_thread(survivor.stop)
    mortal = odd_node(cluster, tmp_path.name, "dying", PENSTOCK_TEST_DIE=step)
    await asyncio.to_thread(mortal.start)
    nodes = Faithful(mortal, survivor, token)
    content = noise(11 * MIB, (dialect, step)) if dialect in {"scratch", "oss"} else noise(250_000, (dialect, step))
    part = 5 * MIB if dialect in {"scratch", "oss"} else 100_000
    send = {**clients.UPLOADS, **clients.PUBLICATIONS}[dialect]
    try:
        path = await send(Sending(nodes, tmp_path.name, cut(content, part)))
        await died(mortal)
        assert await download(nodes, path) == content
    finally:
        mortal.kill()
        await nodes.close()
    await nothing_is_left_over(cluster, tmp_path)
    check_books(cluster)


async def test_a_part_that_comes_too_late(cluster: Cluster, token: str, tmp_path: Path) -> None:
    """What is PUT to the store once its upload is a file goes when the upload's record is forgotten; the file stays."""
    [node] = cluster.nodes
    if not node.running:
        await asyncio.to_thread(node.start)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=node.url, headers=headers, timeout=60) as caller:
        sent = Oss(caller, [noise(1000, "late")])
        await sent.init(partSize=1000)
        await sent.put(1)
        merged = (await sent.ask("merge")).json()["data"]
        await nothing_is_left_over(cluster, tmp_path / "before")
        assert (await sent.put(1)).status_code == 200
        with place_of(cluster).records() as records:
            records.execute("UPDATE uploads SET expires_at = 0")
        await nothing_is_left_over(cluster, tmp_path / "after")
        assert (await caller.get(merged["path"])).content == sent.content


async def died(node: Node) -> None:
    """Wait for the end of a node that may have answered before it came."""
    async with asyncio.timeout(10):
        while node.running:  # noqa: ASYNC110  # a process rings no bell
            await asyncio.sleep(0.05)


async def nothing_is_left_over(cluster: Cluster, folder: Path) -> None:
    """In the store are the blobs that have a record and nothing else, once upkeep took all orphans for old ones."""
    upkeep = beside(cluster, folder / "upkeep", orphan_grace=-3600.0, blob_grace=0.0)
    try:
        for _ in range(2):
            await upkeep.upkeep.once(orphans=True)
    finally:
        await upkeep.close()
    with place_of(cluster).records() as records:
        known = [f"blobs/{row['location']}" for row in records.execute("SELECT location FROM blobs")]
    assert sorted(await objects(cluster.environment["PENSTOCK_STORE"])) == sorted(known)
