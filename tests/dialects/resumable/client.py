"""A client of `resumable`, as small as the draft allows."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx

HERE = "/resumable/"
APPEND = {"Content-Type": "application/partial-upload"}


@dataclass
class Resumable:
    """One upload. `url` is where it is, once it is created; `version` is what the client names, if anything."""

    caller: httpx.AsyncClient
    url: str = ""
    version: int | None = None

    async def create(
        self,
        body: bytes | AsyncIterator[bytes] = b"",
        *,
        complete: bool | None = False,
        length: int | None = None,
        headers: Mapping[str, str] = {},
    ) -> httpx.Response:
        """Create it, with its first bytes if there are any."""
        told = self._told(complete, length) | dict(headers)
        answer = await self.caller.post(HERE, headers=told, content=body)
        self.url = answer.headers.get("location", "")
        return answer

    async def append(
        self,
        offset: int,
        body: bytes | AsyncIterator[bytes] = b"",
        *,
        complete: bool | None = False,
        length: int | None = None,
        headers: Mapping[str, str] = {},
    ) -> httpx.Response:
        """Append bytes."""
        typed = APPEND if self.version is None or self.version >= 6 else {}
        told = typed | {"Upload-Offset": str(offset)} | self._told(complete, length) | dict(headers)
        return await self.caller.patch(self.url, headers=told, content=body)

    async def head(self) -> httpx.Response:
        """How far it is."""
        return await self.caller.head(self.url, headers=self._told(None, None))

    async def offset(self) -> int:
        """The offset that HEAD tells."""
        return int((await self.head()).headers["upload-offset"])

    async def content(self) -> bytes:
        """The file that it became."""
        answer = await self.caller.get(self.url)
        assert answer.status_code == 200, answer.text
        return answer.content

    def _told(self, complete: bool | None, length: int | None) -> dict[str, str]:
        told = {} if self.version is None else {"Upload-Draft-Interop-Version": str(self.version)}
        if complete is not None and self.version == 3:
            told["Upload-Incomplete"] = f"?{int(not complete)}"
        elif complete is not None:
            told["Upload-Complete"] = f"?{int(complete)}"
        return told | ({} if length is None else {"Upload-Length": str(length)})


def completeness(answer: httpx.Response) -> bool | None:
    """Whether an answer says that the upload is complete."""
    if (told := answer.headers.get("upload-incomplete")) is not None:
        return {"?0": True, "?1": False}[told]
    told = answer.headers.get("upload-complete")
    return None if told is None else {"?1": True, "?0": False}[told]
