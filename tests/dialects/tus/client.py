"""A client of `tus`, as small as the protocol allows."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

FILES = "/files/"
VERSION = {"Tus-Resumable": "1.0.0"}
CHUNK = VERSION | {"Content-Type": "application/offset+octet-stream"}


@dataclass
class Tus:
    """One upload. `url` is where it is, once it is created."""

    caller: httpx.AsyncClient
    url: str = ""

    async def create(
        self, length: int | None = None, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> httpx.Response:
        """Create it, with its first bytes if there are any; its length is deferred when there is none."""
        told = dict(VERSION if body is None else CHUNK)
        told |= {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
        answer = await self.caller.post(FILES, headers=told | dict(headers), content=body)
        self.url = answer.headers.get("location", "")
        return answer

    async def patch(self, offset: int, body: bytes, headers: Mapping[str, str] = {}) -> httpx.Response:
        """Append bytes."""
        told = CHUNK | {"Upload-Offset": str(offset)} | dict(headers)
        return await self.caller.patch(self.url, headers=told, content=body)

    async def head(self) -> httpx.Response:
        """How far it is."""
        return await self.caller.head(self.url, headers=VERSION)

    async def offset(self) -> int:
        """The offset that HEAD tells."""
        return int((await self.head()).headers["upload-offset"])

    async def delete(self) -> httpx.Response:
        """End it."""
        return await self.caller.delete(self.url, headers=VERSION)

    async def content(self) -> bytes:
        """The file that it became."""
        answer = await self.caller.get(self.url)
        assert answer.status_code == 200, answer.text
        return answer.content


async def uploaded(caller: httpx.AsyncClient, content: bytes) -> Tus:
    """A finished upload."""
    upload = Tus(caller)
    answer = await upload.create(len(content), content)
    assert answer.status_code == 201, answer.text
    return upload
