"""How each call of `scratch` is asked well, who may, and which odd values are nothing wrong for it."""

import httpx

from tests.dialects.every_call import (
    ANY_TEXT,
    OPTIONAL,
    READ,
    WRITE,
    Good,
    Row,
    plain,
    some_file,
)
from tests.dialects.scratch.client import SCRATCH, Scratch
from tests.support.server import Server

PART = {"x-filename": "a.bin", "x-filesize": "1", "x-chunk-index": "0", "x-total-chunks": "1", "x-upload-id": "two"}


async def scratch_upload(server: Server) -> Good:
    await Scratch(server.alice, [b"a", b"b"]).send(0)
    return Good(path={"upload_id": "one"})


ROWS: dict[tuple[str, str], Row] = {
    ("POST", SCRATCH): Row(
        WRITE,
        200,
        plain(Good(header=PART | {"x-filetype": "text/plain"}, content=b"a")),
        {"x-filename": ANY_TEXT, "x-filetype": OPTIONAL | ANY_TEXT},
    ),
    ("GET", "/api/scratch/upload-status/{upload_id}"): Row(READ, 404, scratch_upload),
    ("DELETE", "/api/scratch/cancel-upload/{upload_id}"): Row(WRITE, 404, scratch_upload),
    ("GET", "/api/scratch/download/{file_id}"): Row(READ, 404, some_file),
}


STORING = {"POST /api/scratch/stream-upload"}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {"GET /api/scratch/download/{file_id}"}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body that it is one."""
    return bool(answer.json()["status"] == "error")
