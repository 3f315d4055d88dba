"""How each call of `instant` is asked well, who may, and which odd values are nothing wrong for it."""

import httpx

from tests.dialects.every_call import (
    ANY_TEXT,
    OPTIONAL,
    READ,
    REPLACED,
    WRITE,
    Good,
    Row,
    plain,
    some_file,
)
from tests.dialects.instant.client import INSTANT, Instant
from tests.support.bytes import md5
from tests.support.server import Server

CLAIM = {"file_id": "one", "md5": md5(b"aaaa"), "name": "a.bin", "size": 4}

JSON_KEY = {"file_id": {"parent"}, "name": {"parent"}, "user_id": OPTIONAL | {"parent"}}


async def instant_merge(server: Server) -> Good:
    upload = Instant(server.alice, [b"aaaa"])
    await upload.send(0)
    return Good(json=upload.asked | {"total": 1, "user_id": "me"})


ROWS: dict[tuple[str, str], Row] = {
    ("POST", "/api/file/instant"): Row(
        WRITE,
        200,
        plain(Good(json=CLAIM | {"user_id": "me", "chunk_md5s": [md5(b"aaaa")]})),
        JSON_KEY | {"chunk_md5s": {"missing"}},
    ),
    ("GET", "/api/file/status"): Row(
        READ, 200, plain(Good(query={"file_id": "one", "md5": md5(b"aaaa")})), {"file_id": REPLACED | {"parent"}}
    ),
    ("POST", INSTANT): Row(
        WRITE,
        200,
        plain(
            Good(form={"file_id": "one", "index": "0", "chunk_md5": md5(b"a"), "user_id": "me"}, file=("chunk", b"a"))
        ),
        {"file_id": ANY_TEXT, "chunk_md5": OPTIONAL, "user_id": OPTIONAL | ANY_TEXT, "chunk": {"empty"}},
    ),
    ("POST", "/api/file/merge"): Row(WRITE, 400, instant_merge, JSON_KEY),
    ("GET", "/api/file/list"): Row(
        READ, 200, plain(Good(query={"search": "a"})), {"search": OPTIONAL | REPLACED | {"parent"}}
    ),
    ("GET", "/api/file/download/{file_id:path}"): Row(READ, 404, some_file),
}


STORING = {"POST /api/file/instant", "POST /api/file/merge", "POST /api/file/upload"}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {"GET /api/file/download/{file_id}"}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says its status in its body, too."""
    return bool(answer.json()["code"] == answer.status_code)
