"""A client of `oss`, as small as its contract allows."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support.bytes import md5
from tests.support.server import Server

DIALECTS = ("scratch", "instant", "files", "oss")
FILE = "/api/file"
MEDIA = "/api/media"

PAST_US = pytest.mark.on_folder("the store itself takes the parts, and answers for them")


@dataclass
class Oss:
    """An upload of `oss`, in parts numbered from 1."""

    caller: httpx.AsyncClient
    parts: Sequence[bytes]
    name: str = "a.bin"
    prefix: str = FILE
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)

    @property
    def identifier(self) -> str:
        return md5(self.content)

    async def init(self, **changed: Any) -> httpx.Response:
        payload = {
            "identifier": self.identifier,
            "fileName": self.name,
            "fileSize": len(self.content),
            "partNum": len(self.parts),
        }
        answer = await self.caller.post(f"{self.prefix}/multipart/init", json=payload | changed)
        if answer.status_code == 200:
            self.urls = answer.json()["data"]["uploadUrl"]
        return answer

    async def put(self, number: int, content: bytes | None = None) -> httpx.Response:
        """Send one part to its address, as anybody could who has it: here, or to the store itself."""
        body, url = self.parts[number - 1] if content is None else content, self.urls[str(number)]
        transport = None if "X-Amz-Signature" in url else self.caller._transport
        async with httpx.AsyncClient(transport=transport, base_url="http://penstock", timeout=60) as stranger:
            return await stranger.put(url, content=body)

    async def ask(self, what: str) -> httpx.Response:
        return await self.caller.get(f"{self.prefix}/multipart/{what}", params={"identifier": self.identifier})

    async def progress(self) -> dict[str, Any]:
        data: dict[str, Any] = (await self.ask("check")).json()["data"]
        return data

    async def whole(self) -> dict[str, Any]:
        """Open, send every part and merge; return the file."""
        await self.init()
        for number in range(1, len(self.parts) + 1):
            await self.put(number)
        file: dict[str, Any] = (await self.ask("merge")).json()["data"]
        return file


async def upload(caller: httpx.AsyncClient, content: bytes, name: str = "a.bin", **query: str) -> httpx.Response:
    """Send a whole file."""
    params = {"identifier": md5(content)} | query
    return await caller.post(f"{FILE}/upload", params=params, files={"file": (name, content)})


def outcome(answer: httpx.Response) -> tuple[int, str | None, Any]:
    """The status, the symbolic error and the data of an answer that is in the envelope."""
    body = answer.json()
    assert body["code"] == answer.status_code
    assert isinstance(body["timestamp"], int)
    assert set(body) == {"code", "message", "data", "timestamp"} | (set() if answer.is_success else {"error"})
    return answer.status_code, body.get("error"), body["data"]


async def send_image(
    caller: httpx.AsyncClient, path: str, content: bytes, name: str = "a.jpg", **query: str
) -> httpx.Response:
    params = {"identifier": md5(content)} | query
    return await caller.post(f"{MEDIA}/{path}", params=params, files={"file": (name, content)})


async def image(caller: httpx.AsyncClient, content: bytes, name: str = "a.jpg", **query: str) -> dict[str, Any]:
    answer = await send_image(caller, "image/upload", content, name, **query)
    assert answer.status_code == 200, answer.text
    file: dict[str, Any] = answer.json()["data"]
    return file


async def process(caller: httpx.AsyncClient, content: bytes, **asked: Any) -> httpx.Response:
    return await caller.post(f"{MEDIA}/image/process", json={"identifier": md5(content)} | asked)


async def opened(server: Server, url: str) -> Image.Image:
    got = await server.caller().get(url)
    assert got.status_code == 200, got.text
    shown = Image.open(io.BytesIO(got.content))
    assert got.headers["content-type"] == f"image/{str(shown.format).lower()}"
    return shown
