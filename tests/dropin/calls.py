"""How each call of `pocket` is asked well, who may, and which odd values are nothing wrong for it."""

import httpx

from tests.dialects.every_call import READ, REPLACED, WRITE, Good, Row, plain, some_file
from tests.support.server import Server


async def kept_file(server: Server) -> Good:
    return Good(path={"id": (await some_file(server)).path["file_id"]})


ROWS: dict[tuple[str, str], Row] = {
    ("PUT", "/pocket/files"): Row(
        WRITE, 200, plain(Good(query={"name": "a.bin"}, content=b"a")), {"name": REPLACED | {"parent"}}
    ),
    ("GET", "/pocket/files/{id}"): Row(READ, 404, kept_file),
}

STORING = {"PUT /pocket/files"}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {"GET /pocket/files/{id}"}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body what it is."""
    return bool(answer.json()["error"])
