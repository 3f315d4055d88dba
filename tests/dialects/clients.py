"""Clients of the three dialects, as small as their contracts allow."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

SCRATCH = "/api/scratch/stream-upload"
INSTANT = "/api/file/upload"
PARTS = "/api/files/chunked-upload"


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def cut(content: bytes, size: int) -> list[bytes]:
    """The parts of a content, each of `size` bytes but the last."""
    return [content[start : start + size] for start in range(0, len(content), size)] or [b""]


def noise(size: int, seed: str = "") -> bytes:
    """That many bytes that repeat nowhere."""
    return hashlib.shake_128(f"{seed}{size}".encode()).digest(size)


@dataclass(frozen=True)
class Scratch:
    """An upload of `scratch`."""

    caller: httpx.AsyncClient
    parts: Sequence[bytes]
    name: str = "a.bin"
    key: str = "one"

    def headers(self, index: int) -> dict[str, str]:
        return {
            "x-filename": self.name,
            "x-filesize": str(sum(map(len, self.parts))),
            "x-chunk-index": str(index),
            "x-total-chunks": str(len(self.parts)),
            "x-upload-id": self.key,
        }

    async def send(
        self, index: int, content: bytes | None = None, headers: Mapping[str, str | bytes] | None = None
    ) -> httpx.Response:
        """Send one part: its own bytes, or others."""
        body = self.parts[index] if content is None else content
        said = {name.encode(): value.encode() for name, value in self.headers(index).items()}
        said |= {k.encode(): v if isinstance(v, bytes) else v.encode() for k, v in (headers or {}).items()}
        return await self.caller.post(SCRATCH, headers=list(said.items()), content=body)

    async def whole(self) -> dict[str, Any]:
        """Send every part; return the file."""
        answers = [await self.send(index) for index in range(len(self.parts))]
        file: dict[str, Any] = answers[-1].json()["file"]
        return file

    async def status(self) -> httpx.Response:
        return await self.caller.get(f"/api/scratch/upload-status/{self.key}")

    async def cancel(self) -> httpx.Response:
        return await self.caller.delete(f"/api/scratch/cancel-upload/{self.key}")


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
        said = {"file_id": self.key, "md5": self.asked["md5"]}
        chunks: list[int] = (await self.caller.get("/api/file/status", params=said)).json()["data"]["chunks"]
        return chunks

    async def download(self, **headers: str) -> httpx.Response:
        return await self.caller.get(f"/api/file/download/{self.key}", headers=headers)

    async def whole(self) -> dict[str, Any]:
        """Send every part and merge; return the file."""
        for index in range(len(self.parts)):
            await self.send(index)
        file: dict[str, Any] = (await self.merge()).json()["data"]["file"]
        return file


@dataclass
class Files:
    """An upload of `files`, in parts numbered from 1."""

    caller: httpx.AsyncClient
    parts: Sequence[bytes]
    name: str = "a.bin"
    upload: str = ""

    async def init(self, **changed: Any) -> httpx.Response:
        said = {"fileName": self.name, "fileSize": sum(map(len, self.parts)), "totalChunks": len(self.parts)}
        answer = await self.caller.post(f"{PARTS}/init", json=said | changed)
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


def form(*parts: tuple[str, str | None, bytes], boundary: str = "limit") -> tuple[bytes, dict[str, str]]:
    """A multipart body with its parts (name, file name, content) in just this order, and its header."""
    body = b""
    for name, filename, content in parts:
        said = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
        body += f"--{boundary}\r\nContent-Disposition: {said}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}
