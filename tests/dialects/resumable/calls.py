"""How each call of `resumable` is asked well, who may, and which odd values are nothing wrong for it."""

import base64
import hashlib

import httpx

from tests.dialects.every_call import DELETE, READ, TEXTS, WRITE, Good, Row, plain
from tests.dialects.resumable.client import APPEND, HERE, Resumable
from tests.support.server import Server

UPLOAD = "/resumable/{upload_id}"
NOWHERE = {"upload_id": {"missing", "empty"}}
"""Without its last part an address is that of the creation, which has other methods."""

ANY = {"missing", *TEXTS}
NO_INTEGER = {"missing", "empty", "not UTF-8", "parent", "NUL", "control", "surrogate", "wrong type"}
"""What is no integer counts as no length (draft §4.1.3)."""


def repr_digest(content: bytes) -> str:
    """What `Repr-Digest` says of these bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def path_of(upload: Resumable) -> dict[str, str]:
    return {"upload_id": upload.url.removeprefix(HERE)}


async def begun(server: Server) -> Resumable:
    upload = Resumable(server.alice)
    await upload.create(b"01234", length=10)
    return upload


async def unfinished(server: Server) -> Good:
    return Good(path=path_of(await begun(server)))


async def to_cancel(server: Server) -> Good:
    header = {"X-Sudo-Token": "asked for by those with a second factor"}
    return Good(path=path_of(await begun(server)), header=header)


async def last(server: Server) -> Good:
    header = APPEND | {
        "Upload-Offset": "5",
        "Upload-Complete": "?1",
        "Upload-Length": "10",
        "Repr-Digest": repr_digest(b"0123456789"),
    }
    return Good(path=path_of(await begun(server)), header=header, content=b"56789")


async def finished(server: Server) -> Good:
    upload = Resumable(server.alice)
    await upload.create(b"0123456789", complete=True)
    return Good(path=path_of(upload))


CREATION = {
    "Upload-Complete": "?1",
    "Upload-Length": "11",
    "Content-Disposition": 'inline; filename="hello.txt"',
    "Repr-Digest": repr_digest(b"hello world"),
}

ROWS: dict[tuple[str, str], Row] = {
    ("POST", HERE): Row(
        WRITE,
        201,
        plain(Good(header=CREATION, content=b"hello world")),
        {
            "Upload-Complete": ANY,
            "Upload-Length": NO_INTEGER | {"negative", "fraction"},
            "Content-Disposition": ANY,
            "Repr-Digest": {"missing", "empty"},
        },
    ),
    ("HEAD", UPLOAD): Row(WRITE, 404, unfinished, NOWHERE),
    ("PATCH", UPLOAD): Row(
        WRITE,
        404,
        last,
        NOWHERE | {"Upload-Length": NO_INTEGER | {"negative", "fraction"}, "Repr-Digest": {"missing", "empty"}},
    ),
    ("DELETE", UPLOAD): Row(DELETE, 404, to_cancel, NOWHERE | {"X-Sudo-Token": ANY}),
    ("GET", UPLOAD): Row(READ, 404, finished, NOWHERE),
}


STORING = {f"POST {HERE}", f"PATCH {UPLOAD}"}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {f"GET {UPLOAD}"}
"""What answers a file's bytes."""


def tested_at(path: str) -> str:
    """The address of a call that stands for all."""
    return HERE if path == "/resumable" else path


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body that it is one."""
    problem = answer.json()
    return bool(problem["title"]) and problem["status"] == answer.status_code
