"""How each call of `files` is asked well, who may, and which odd values are nothing wrong for it."""

from dataclasses import replace

import httpx

from tests.dialects.every_call import (
    ANY_TEXT,
    DELETE,
    READ,
    TEXTS,
    WRITE,
    Good,
    Row,
    plain,
    some_file,
)
from tests.dialects.files.client import PARTS, Files
from tests.support.server import Server


async def file_to_delete(server: Server) -> Good:
    return replace(await some_file(server), header={"X-Sudo-Token": "asked for by those with a second factor"})


async def files_part(server: Server) -> Good:
    upload = Files(server.alice, [b"aaaa"])
    await upload.init()
    fields = {"uploadId": upload.upload, "chunkNumber": "1", "totalChunks": "1", "fileName": "a.bin"}
    return Good(form=fields, file=("file", b"aaaa"))


async def files_status(server: Server) -> Good:
    return Good(query={"uploadId": (await files_part(server)).form["uploadId"]})


async def files_merge(server: Server) -> Good:
    upload = Files(server.alice, [b"aaaa"])
    await upload.init()
    await upload.send(1)
    return Good(query={"uploadId": upload.upload})


ROWS: dict[tuple[str, str], Row] = {
    ("POST", "/api/files/upload"): Row(WRITE, 200, plain(Good(file=("file", b"a"))), {"file": {"empty"}}),
    ("POST", f"{PARTS}/init"): Row(
        WRITE, 200, plain(Good(json={"fileName": "a.bin", "fileSize": 4, "totalChunks": 1})), {"fileName": {"parent"}}
    ),
    ("POST", f"{PARTS}/chunk"): Row(WRITE, 404, files_part, {"fileName": ANY_TEXT, "file": {"empty"}}),
    ("GET", f"{PARTS}/status"): Row(READ, 404, files_status),
    ("POST", f"{PARTS}/merge"): Row(WRITE, 404, files_merge),
    ("GET", "/api/files/{file_id}/download"): Row(READ, 404, some_file),
    ("GET", "/api/files/{file_id}/info"): Row(READ, 404, some_file),
    ("DELETE", "/api/files/{file_id}"): Row(DELETE, 404, file_to_delete, {"X-Sudo-Token": {"missing", *TEXTS}}),
    ("DELETE", "/api/files/tmp/{file_id}"): Row(DELETE, 404, file_to_delete, {"X-Sudo-Token": {"missing", *TEXTS}}),
}


STORING = {
    "POST /api/files/chunked-upload/chunk",
    "POST /api/files/chunked-upload/init",
    "POST /api/files/chunked-upload/merge",
    "POST /api/files/upload",
}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {"GET /api/files/{file_id}/download"}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body that it is one."""
    return bool(answer.json()["success"] is False)
