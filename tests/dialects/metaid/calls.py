"""How each call of `metaid` is asked well, who may, and which odd values are nothing wrong for it."""

from dataclasses import replace

import httpx

from tests.dialects.every_call import (
    OPTIONAL,
    READ,
    UNREADABLE,
    VALUES,
    WRITE,
    Good,
    Row,
    plain,
)
from tests.dialects.metaid.client import ADDRESS, BASE, CHUNKED, DIRECT, TASKS, asked, direct, fund, submit
from tests.support.server import Server

PUBLISHED = {
    "content": {"empty", "huge"},
    "fileName": {"parent"},
    "feeRate": {"missing"},
    **dict.fromkeys(("path", "operation", "contentType"), OPTIONAL),
}


async def metaid_direct(server: Server) -> Good:
    await fund(server)
    return Good(json=asked(b"aaaa"))


async def metaid_chunked(server: Server) -> Good:
    return Good(json=asked(b"aaaa", chain="mvc"))


async def metaid_task(server: Server) -> Good:
    return Good(path={"task_id": await submit(server.alice, b"aaaa")})


async def metaid_retry(server: Server) -> Good:
    return replace(await metaid_task(server), json={"feeRate": 1})


async def metaid_pin(server: Server) -> Good:
    await fund(server)
    return Good(path={"pin_id": (await direct(server.alice, b"aaaa"))["pinId"]})


ROWS: dict[tuple[str, str], Row] = {
    ("GET", f"{BASE}/config"): Row(READ, 200, plain(Good())),
    ("POST", DIRECT): Row(WRITE, 200, metaid_direct, PUBLISHED),
    ("POST", CHUNKED): Row(
        WRITE, 200, metaid_chunked, PUBLISHED | {"chain": OPTIONAL, "path": {"missing", *VALUES} - UNREADABLE}
    ),
    ("GET", f"{BASE}/files/task/{{task_id}}"): Row(READ, 404, metaid_task),
    ("POST", f"{BASE}/files/task/{{task_id}}/retry"): Row(WRITE, 404, metaid_retry, {"feeRate": {"missing"}}),
    ("GET", TASKS): Row(
        READ,
        200,
        plain(Good(query={"address": ADDRESS, "limit": "10", "cursor": "0"})),
        {"limit": {"missing"}, "cursor": {"missing"}},
    ),
    ("GET", f"{BASE}/files/content/{{pin_id}}"): Row(READ, 200, metaid_pin),
}


CODES = frozenset(range(1001, 1012))
"""The codes that are no status."""


STORING = {
    "GET /metafile-uploader/api/v1/files/content/{pin_id}",
    "POST /metafile-uploader/api/v1/files/chunked-upload-task",
    "POST /metafile-uploader/api/v1/files/direct-upload",
}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {"GET /metafile-uploader/api/v1/files/content/{pin_id}"}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal has a code of its own, or says its status in its body, too."""
    return bool(answer.json()["code"] in CODES | {answer.status_code})


def tested_at(path: str) -> str:
    """The longer one of both prefixes."""
    return path if path.startswith(BASE) else path.replace("/api/v1", BASE, 1)
