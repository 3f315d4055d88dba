"""A client of `instant`, as small as its contract allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.bytes import md5

INSTANT = "/api/file/upload"


@dataclass(frozen=True)
class Instant:
    """An upload of `instant`."""

    caller: httpx.AsyncClient
    parts: Sequence[bytes]
    name: str = "a.bin"
    key: str = "one"

    @property
    def asked(self) -> dict[str, Any]:
        content = b"".join(self.parts)
        return {"file_id": self.key, "md5": md5(content), "name": self.name, "size": len(content)}

    async def claim(self, **more: Any) -> httpx.Response:
        return await self.caller.post("/api/file/instant", json=self.asked | more)

    async def send(self, index: int, content: bytes | None = None, /, **fields: str) -> httpx.Response:
        """Send one part: its own bytes, or others."""
        body = self.parts[index] if content is None else content
        form = {"file_id": self.key, "index": str(index)} | fields
        return await self.caller.post(INSTANT, data=form, files={"chunk": ("blob", body)})

    async def merge(self, **changed: Any) -> httpx.Response:
        return await self.caller.post("/api/file/merge", json=self.asked | {"total": len(self.parts)} | changed)

    async def status(self) -> list[int]:
        params = {"file_id": self.key, "md5": self.asked["md5"]}
        chunks: list[int] = (await self.caller.get("/api/file/status", params=params)).json()["data"]["chunks"]
        return chunks

    async def download(self, **headers: str) -> httpx.Response:
        return await self.caller.get(f"/api/file/download/{self.key}", headers=headers)

    async def whole(self) -> dict[str, Any]:
        """Send every part and merge; return the file."""
        for index in range(len(self.parts)):
            await self.send(index)
        file: dict[str, Any] = (await self.merge()).json()["data"]["file"]
        return file


def outcome(answer: httpx.Response) -> tuple[int, str, Any]:
    """The code, the words and the data of an answer; its status says the same as its code."""
    body = answer.json()
    assert set(body) == {"code", "message", "data"}
    assert body["code"] == answer.status_code
    return body["code"], body["message"], body["data"]
