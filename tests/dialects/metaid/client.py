"""A client of `metaid`, and an address to publish for."""

import asyncio
import base64
from typing import Any

import httpx

from tests.support.bytes import sha256
from tests.support.server import Server

ADDRESS = "1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9"
META_ID = sha256(ADDRESS.encode())
BASE = "/metafile-uploader/api/v1"
DIRECT, CHUNKED, TASKS = f"{BASE}/files/direct-upload", f"{BASE}/files/chunked-upload-task", f"{BASE}/files/tasks"


def asked(payload: bytes, **changes: Any) -> dict[str, Any]:
    """The body of an upload."""
    body = {
        "metaId": META_ID,
        "address": ADDRESS,
        "fileName": "photo.jpg",
        "content": base64.b64encode(payload).decode(),
        "path": "/file",
        "operation": "create",
        "contentType": "image/jpeg;binary",
        "feeRate": 1,
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


async def fund(server: Server) -> None:
    """Give the wallet 100 coins."""
    publishing = server.container.publishing
    assert publishing.devchain is not None
    await publishing.devchain.fund(await publishing.publisher.wallet.address())


async def direct(caller: httpx.AsyncClient, payload: bytes, **changes: Any) -> dict[str, Any]:
    """What a good direct upload answers."""
    answer = await caller.post(DIRECT, json=asked(payload, **changes))
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def submit(caller: httpx.AsyncClient, payload: bytes, **changes: Any) -> str:
    """The id of a new task."""
    answer = await caller.post(CHUNKED, json=asked(payload, **changes))
    assert answer.status_code == 200, answer.text
    task: str = answer.json()["data"]["taskId"]
    return task


async def finished(caller: httpx.AsyncClient, task: str) -> dict[str, Any]:
    """How a task ended."""
    async with asyncio.timeout(30):
        while True:
            data: dict[str, Any] = (await caller.get(f"{BASE}/files/task/{task}")).json()["data"]
            if data["status"] in {"success", "failed"}:
                return data
            await asyncio.sleep(0.05)


async def content(caller: httpx.AsyncClient, pin: str) -> httpx.Response:
    """A file out of the chain."""
    return await caller.get(f"{BASE}/files/content/{pin}")


async def bury(server: Server) -> None:
    """Let the chain grow until everything is deep in it, and let the watch see it."""
    assert server.container.publishing.devchain is not None
    for _ in range(server.container.settings.confirmations + 1):
        await server.container.publishing.devchain.mine()
    await server.container.publishing.watch.round()
