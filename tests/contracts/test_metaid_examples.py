"""Every JSON example of the `metaid` contract, against the server."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from penstock.model.publication import Stage
from tests.contracts.documents import examples
from tests.dialects.metaid.client import ADDRESS, BASE, CHUNKED, DIRECT, TASKS, asked, finished, fund, submit
from tests.support.server import Server

pytestmark = pytest.mark.dialects("metaid")

Perform = Callable[[Server, Any], Awaitable[httpx.Response]]

WORDS = {"code", "message", "data.status", "data.stage", "data.progress", "data.uploadMethods", "data.retryAfter"}
"""Whose values the contract fixes, where the exchange brings the very case about."""

IDS = re.compile(r"(task_[0-9a-f]{32}|[0-9a-f]{64}(i0)?)")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def likeness(example: Any, answer: Any, loose: set[str], at: str = "") -> None:
    """The answer has the example's keys, values of its types and forms, and its very words."""
    assert type(answer) is type(example), f"{at}: {answer!r} is not of the type of {example!r}"
    if isinstance(example, dict):
        assert answer.keys() == example.keys(), at
        for key in example:
            likeness(example[key], answer[key], loose, f"{at}.{key}".lstrip("."))
    elif isinstance(example, list):
        for entry, answered in zip(example, answer, strict=False):
            likeness(entry, answered, loose, at)
    elif at in WORDS - loose:
        assert answer == example, at
    elif at.endswith("At"):
        assert TIME.fullmatch(answer), at
    elif at.endswith(("Id", "TxIds")):
        assert IDS.fullmatch(answer), f"{at}: {answer}"


async def stopped_at(server: Server, stage: Stage, **columns: Any) -> str:
    """A task that stands where an example shows one: its record is put there by hand."""
    task = await submit(server.anyone, b"video", fileName="video.mp4")
    await finished(server.anyone, task)
    values = {"stage": stage, "completed_at": None, "failed_at": None, "message": "", "worker_until": 1e12} | columns
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    with server.database() as connection:
        connection.execute(f"UPDATE publications SET {assignments} WHERE id = :id", values | {"id": task})
    return task


async def config(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.get(f"{BASE}/config")


async def published(server: Server, example: Any) -> httpx.Response:
    await fund(server)
    return await server.anyone.post(DIRECT, json=asked(b"photo"))


async def created(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post(CHUNKED, json=asked(b"video", chain="mvc"))


async def under_way(server: Server, example: Any) -> httpx.Response:
    await fund(server)
    data = example["data"]
    task = await stopped_at(server, Stage.FUNDING_BROADCAST, progress=data["progress"], message=data["message"])
    return await server.anyone.get(f"{BASE}/files/task/{task}")


async def completed(server: Server, example: Any) -> httpx.Response:
    await fund(server)
    task = await submit(server.anyone, b"video")
    await finished(server.anyone, task)
    return await server.anyone.get(f"{BASE}/files/task/{task}")


async def failed(server: Server, example: Any) -> httpx.Response:
    await fund(server)
    data = example["data"]
    columns = {"progress": data["progress"], "message": data["message"], "failed_at": 1.0}
    task = await stopped_at(server, Stage.CHUNK_BROADCAST, **columns)
    return await server.anyone.get(f"{BASE}/files/task/{task}")


async def listed(server: Server, example: Any) -> httpx.Response:
    """The newest is done, the one before under way, and there are more."""
    await fund(server)
    for number in range(8):
        await finished(server.anyone, await submit(server.anyone, b"older", fileName=f"{number}"))
    await stopped_at(server, Stage.FUNDING_BROADCAST, progress=45)
    await finished(server.anyone, await submit(server.anyone, b"newest", fileName="video1.mp4"))
    await finished(server.anyone, await submit(server.anyone, b"oldest", fileName="one more"))
    with server.database() as connection:
        connection.execute("UPDATE publications SET created_at = created_at - 100 WHERE name = 'one more'")
    return await server.anyone.get(TASKS, params={"address": ADDRESS, "limit": 10, "cursor": 0})


async def too_large(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post(DIRECT, json=asked(bytes(5_242_881)))


async def no_address(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post(DIRECT, json=asked(b"x", address=example["data"]["value"]))


async def too_often(server: Server, example: Any) -> httpx.Response:
    for _ in range(100):
        await server.container.limits.limiter.hit("direct", "127.0.0.1", 100, 60)
    return await server.anyone.post(DIRECT, json=asked(b"x"))


EXCHANGES: dict[tuple[str, int], tuple[Perform, int, set[str]]] = {
    ("GET /api/v1/config", 0): (config, 200, set()),
    ("POST /api/v1/files/direct-upload", 0): (published, 200, set()),
    ("POST /api/v1/files/chunked-upload-task", 0): (created, 200, set()),
    ("GET /api/v1/files/task/:taskId", 0): (under_way, 200, set()),
    ("GET /api/v1/files/task/:taskId", 1): (completed, 200, set()),
    ("GET /api/v1/files/task/:taskId", 2): (failed, 200, set()),
    ("GET /api/v1/files/tasks", 0): (listed, 200, set()),
    ("错误响应格式", 0): (too_large, 413, {"data"}),
    ("错误响应格式", 1): (no_address, 400, set()),
    ("速率限制", 0): (too_often, 429, {"data.retryAfter"}),
}
"""By heading and number among its JSON examples: how the example comes about, the status, and what may differ."""


def shown() -> dict[tuple[str, int], Any]:
    """The contract's JSON examples, numbered under their headings."""
    found: dict[tuple[str, int], Any] = {}
    counts: dict[str, int] = {}
    for place, example in examples("metaid").items():
        if isinstance(example, dict):
            number = counts[place.heading] = counts.get(place.heading, -1) + 1
            found[place.heading, number] = example
    return found


def test_no_example_is_passed_over() -> None:
    """Each JSON example of the contract is covered by an exchange, and each exchange belongs to an example."""
    assert shown().keys() == EXCHANGES.keys()


@pytest.mark.parametrize("place", EXCHANGES, ids=str)
async def test_an_example_is_what_the_server_answers(place: tuple[str, int], server: Server) -> None:
    """The exchange that an example shows gives the example's keys, types, codes and words."""
    example, (perform, status, loose) = shown()[place], EXCHANGES[place]
    answer = await perform(server, example)
    assert answer.status_code == status, answer.text
    body = answer.json()
    if "data" in loose:
        assert isinstance(body.pop("data"), dict)  # *或带有附加详细信息*
        example.pop("data")
    likeness(example, body, loose)
