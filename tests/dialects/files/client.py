"""A client of `files`, as small as its contract allows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

PARTS = "/api/files/chunked-upload"


@dataclass
class Files:
    """An upload of `files`, in parts numbered from 1."""

    caller: httpx.AsyncClient
    parts: Sequence[bytes]
    name: str = "a.bin"
    upload: str = ""

    async def init(self, **changed: Any) -> httpx.Response:
        payload = {"fileName": self.name, "fileSize": sum(map(len, self.parts)), "totalChunks": len(self.parts)}
        answer = await self.caller.post(f"{PARTS}/init", json=payload | changed)
        if answer.status_code == 200:
            self.upload = answer.json()["data"]["uploadId"]
        return answer

    async def send(self, number: int, content: bytes | None = None, /, **changed: str) -> httpx.Response:
        """Send one part: its own bytes, or others."""
        form = {
            "uploadId": self.upload,
            "chunkNumber": str(number),
            "totalChunks": str(len(self.parts)),
            "fileName": self.name,
        }
        body = self.parts[number - 1] if content is None else content
        return await self.caller.post(f"{PARTS}/chunk", data=form | changed, files={"file": ("blob", body)})

    async def status(self) -> httpx.Response:
        return await self.caller.get(f"{PARTS}/status", params={"uploadId": self.upload})

    async def merge(self) -> httpx.Response:
        return await self.caller.post(f"{PARTS}/merge", params={"uploadId": self.upload})

    async def whole(self) -> dict[str, Any]:
        """Open, send every part and merge; return the file."""
        await self.init()
        for number in range(1, len(self.parts) + 1):
            await self.send(number)
        file: dict[str, Any] = (await self.merge()).json()["data"]
        return file


async def send_file(caller: httpx.AsyncClient, content: bytes, name: str = "a.bin") -> dict[str, Any]:
    """Send a whole file through `files`; return it."""
    answer = await caller.post("/api/files/upload", files={"file": (name, content)})
    assert answer.status_code == 200, answer.text
    file: dict[str, Any] = answer.json()["data"]
    return file


def outcome(answer: httpx.Response) -> tuple[int, str, Any]:
    """The status, the words and the data of an answer that is in the envelope."""
    body = answer.json()
    assert set(body) == {"success", "message", "data", "timestamp"}
    assert body["success"] is answer.is_success
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["timestamp"])
    return answer.status_code, body["message"], body["data"]
