"""A client of `scratch`, as small as its contract allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.process import ServerProcess

SCRATCH = "/api/scratch/stream-upload"


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
        declared = {name.encode(): value.encode() for name, value in self.headers(index).items()}
        declared |= {k.encode(): v if isinstance(v, bytes) else v.encode() for k, v in (headers or {}).items()}
        return await self.caller.post(SCRATCH, headers=list(declared.items()), content=body)

    async def whole(self) -> dict[str, Any]:
        """Send every part; return the file."""
        answers = [await self.send(index) for index in range(len(self.parts))]
        file: dict[str, Any] = answers[-1].json()["file"]
        return file

    async def status(self) -> httpx.Response:
        return await self.caller.get(f"/api/scratch/upload-status/{self.key}")

    async def cancel(self) -> httpx.Response:
        return await self.caller.delete(f"/api/scratch/cancel-upload/{self.key}")


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """The status and the words of an answer."""
    body = answer.json()
    assert body["status"] == ("success" if answer.is_success else "error")
    return answer.status_code, body["message"]


def chunks(server: ServerProcess, token: str, key: str) -> list[int]:
    """The parts that a server in a process of its own has of an upload."""
    answer = httpx.get(f"{server.url}/api/scratch/upload-status/{key}", headers={"Authorization": f"Bearer {token}"})
    numbers: list[int] = answer.json().get("chunks", [])
    return numbers
