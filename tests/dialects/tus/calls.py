"""How each call of `tus` is asked well, who may, and which odd values are nothing wrong for it."""

import base64
import hashlib

import httpx

from tests.dialects.every_call import DELETE, READ, TEXTS, WRITE, Good, Row, plain
from tests.dialects.tus.client import CHUNK, FILES, VERSION, Tus, uploaded
from tests.support.server import Server

UPLOAD = "/files/{upload_id}"
NOWHERE = {"upload_id": {"missing", "empty"}}
"""Without its last part an address is that of the creation, which has other methods."""


def checksum(content: bytes) -> str:
    """What `Upload-Checksum` says of these bytes."""
    return f"sha1 {base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()}"


def path_of(upload: Tus) -> dict[str, str]:
    return {"upload_id": upload.url.removeprefix(FILES)}


async def begun(server: Server) -> Tus:
    upload = Tus(server.alice)
    await upload.create(10, b"01234")
    return upload


async def unfinished(server: Server) -> Good:
    return Good(path=path_of(await begun(server)), header=VERSION)


async def to_delete(server: Server) -> Good:
    header = VERSION | {"X-Sudo-Token": "asked for by those with a second factor"}
    return Good(path=path_of(await begun(server)), header=header)


async def chunk(server: Server) -> Good:
    header = CHUNK | {"Upload-Offset": "5", "Upload-Checksum": checksum(b"56789")}
    return Good(path=path_of(await begun(server)), header=header, content=b"56789")


async def finished(server: Server) -> Good:
    return Good(path=path_of(await uploaded(server.alice, b"0123456789")))


ROWS: dict[tuple[str, str], Row] = {
    ("POST", FILES): Row(
        WRITE,
        201,
        plain(
            Good(
                header=VERSION
                | {"Upload-Length": "1", "Upload-Metadata": "filename YS5iaW4=", "Upload-Concat": "partial"}
            )
        ),
        {"Upload-Metadata": {"missing", "parent"}, "Upload-Concat": {"missing"}},
    ),
    ("HEAD", UPLOAD): Row(WRITE, 404, unfinished, NOWHERE),
    ("PATCH", UPLOAD): Row(WRITE, 404, chunk, NOWHERE | {"Upload-Checksum": {"missing"}}),
    ("DELETE", UPLOAD): Row(DELETE, 404, to_delete, NOWHERE | {"X-Sudo-Token": {"missing", *TEXTS}}),
    ("GET", UPLOAD): Row(READ, 404, finished, NOWHERE),
}


STORING = {f"POST {FILES}", f"PATCH {UPLOAD}"}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

VERSIONED = STORING | {f"HEAD {UPLOAD}", f"DELETE {UPLOAD}"}
"""What says the version of its protocol."""

DELIVERING = {f"GET {UPLOAD}"}
"""What answers a file's bytes."""


def tested_at(path: str) -> str:
    """The address of a call that stands for all."""
    return FILES if path == "/files" else path


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body that it is one."""
    return bool(answer.json()["message"])
