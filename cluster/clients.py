"""Clients that go on: a call without an answer, or answered with a 5xx, is sent again, perhaps to another node. What
was acknowledged counts, and is not sent again.
"""

import asyncio
import base64
import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import httpx

PAUSE = 0.2
"""How long, in seconds, a client waits that was not told how long."""

ADDRESS = "1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9"
"""An address to publish for."""

TUS = {"Tus-Resumable": "1.0.0"}
PARTIAL = {"Content-Type": "application/partial-upload"}

METAID = "/metafile-uploader/api/v1/files"


class Lost(Exception):
    """Something that was acknowledged is not there any more."""


class Refused(Exception):
    """An answer that no well-behaved client deserves."""


class Nodes:
    """Some addresses of one service: each call goes to the next of them, until one answers."""

    def __init__(self, urls: Sequence[str], token: str, *, patience: float = 180, retries: Counter[str]) -> None:
        """`patience` is how long, in seconds, one call is repeated; `retries` counts the repetitions by their reasons:
        the name of an exception, or a status.
        """
        self._urls = itertools.cycle(urls)
        self._patience = patience
        self.retries = retries
        self._client = httpx.AsyncClient(timeout=90, limits=httpx.Limits(max_keepalive_connections=4))
        self._headers = {"Authorization": f"Bearer {token}"}

    def address(self) -> str:
        """Where the next call goes."""
        return next(self._urls)

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def ask(self, method: str, path: str, *, also: Sequence[int] = (), **arguments: Any) -> httpx.Response:
        """The answer of a node, which is a success or one of `also`. Raises `Refused`."""
        headers = self._headers | arguments.pop("headers", {})
        return await self._repeated(method, lambda: self.address() + path, also, {**arguments, "headers": headers})

    async def put(self, url: str, content: bytes) -> None:
        """PUT at a signed address, of a node or of the store. Raises `Refused`."""
        await self._repeated("PUT", lambda: url, (), {"content": content})

    async def _repeated(
        self, method: str, url: Callable[[], str], also: Sequence[int], arguments: dict[str, Any]
    ) -> httpx.Response:
        deadline = time.monotonic() + self._patience
        while True:
            pause = PAUSE
            try:
                answer = await self._client.request(method, url(), **arguments)
            except httpx.TransportError as error:
                reason = type(error).__name__
            else:
                if answer.is_success or answer.status_code in also:
                    return answer
                reason = str(answer.status_code)
                if answer.status_code < 500 and answer.status_code != 429:
                    raise Refused(_told(method, answer))
                pause = float(answer.headers.get("retry-after", PAUSE))
            self.retries[reason] += 1
            if time.monotonic() > deadline:
                raise Refused(f"{method} {arguments}: {reason} for {self._patience} s"[:400])
            await asyncio.sleep(pause)


class Sending(NamedTuple):
    """A file to send. The name is no other's."""

    nodes: Nodes
    name: str
    parts: Sequence[bytes]

    @property
    def content(self) -> bytes:
        """The whole file."""
        return b"".join(self.parts)

    @property
    def md5(self) -> str:
        """Its MD5."""
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return sum(map(len, self.parts))


async def scratch(sending: Sending) -> str:
    """Send a file by `scratch`; returns the path of its download. The last part goes last and completes it, so that it
    may be repeated when its answer is lost. Raises `Lost`, `Refused`.
    """
    count, here = len(sending.parts), set[int]()

    async def send(index: int) -> dict[str, Any]:
        headers = {"x-filename": sending.name, "x-filesize": str(sending.size), "x-upload-id": sending.name}
        numbers = {"x-chunk-index": str(index), "x-total-chunks": str(count)}
        path = "/api/scratch/stream-upload"
        answer = await sending.nodes.ask("POST", path, headers=headers | numbers, content=sending.parts[index])
        here.add(index)
        body: dict[str, Any] = answer.json()
        return body

    while True:
        await asyncio.gather(*(send(index) for index in range(count - 1) if index not in here))
        last = await send(count - 1)
        if "file" in last:
            return f"/api/scratch/download/{last['file']['id']}"
        status = await sending.nodes.ask("GET", f"/api/scratch/upload-status/{sending.name}")
        if missing := here - set(status.json()["chunks"]):
            raise Lost(f"parts {missing} of {sending.name}")


async def instant(sending: Sending) -> str:
    """The same by `instant`."""
    asked = {"file_id": sending.name, "md5": sending.md5, "name": sending.name, "size": sending.size}

    async def send(index: int) -> None:
        form = {"file_id": sending.name, "index": str(index)}
        await sending.nodes.ask("POST", "/api/file/upload", data=form, files={"chunk": ("blob", sending.parts[index])})

    await asyncio.gather(*map(send, range(len(sending.parts))))
    await sending.nodes.ask("POST", "/api/file/merge", json={**asked, "total": len(sending.parts)})
    return f"/api/file/download/{sending.name}"


async def files(sending: Sending) -> str:
    """The same by `files`."""
    base, count = "/api/files/chunked-upload", len(sending.parts)
    asked = {"fileName": sending.name, "fileSize": sending.size, "totalChunks": count}
    upload = (await sending.nodes.ask("POST", f"{base}/init", json=asked)).json()["data"]["uploadId"]

    async def send(index: int) -> None:
        form = {"uploadId": upload, "chunkNumber": str(index + 1), "totalChunks": str(count), "fileName": sending.name}
        await sending.nodes.ask("POST", f"{base}/chunk", data=form, files={"file": ("blob", sending.parts[index])})

    await asyncio.gather(*map(send, range(count)))
    merged = await sending.nodes.ask("POST", f"{base}/merge", params={"uploadId": upload})
    return f"/api/files/{merged.json()['data']['id']}/download"


async def oss(sending: Sending) -> str:
    """The same by `oss`, whose parts go to the store itself. All of its parts but the last are as long as the first."""
    identifier, base = {"identifier": sending.md5}, "/api/file/multipart"
    asked = {"fileName": sending.name, "fileSize": sending.size, "partNum": len(sending.parts)}
    opened = await sending.nodes.ask(
        "POST", f"{base}/init", json={**identifier, **asked, "partSize": len(sending.parts[0])}
    )
    urls = opened.json()["data"]["uploadUrl"]
    await asyncio.gather(*(sending.nodes.put(url, sending.parts[int(number) - 1]) for number, url in urls.items()))
    merged = await sending.nodes.ask("GET", f"{base}/merge", params=identifier)
    path: str = merged.json()["data"]["path"]
    return httpx.URL(path).raw_path.decode()


async def tus(sending: Sending) -> str:
    """The same by `tus`, one append after the other, each perhaps at another node. Raises `Lost`, `Refused`."""
    return await _tus(sending.nodes, sending.parts, {"Upload-Length": str(sending.size)})


async def joined(sending: Sending) -> str:
    """The same, every part as an upload of its own; the server puts them together. Raises `Lost`, `Refused`."""
    sent = [
        _tus(sending.nodes, [part], {"Upload-Length": str(len(part)), "Upload-Concat": "partial"})
        for part in sending.parts
    ]
    told = {"Upload-Concat": f"final;{' '.join(await asyncio.gather(*sent))}"}
    path: str = (await sending.nodes.ask("POST", "/files/", headers=TUS | told)).headers["location"]
    return path


async def _tus(nodes: Nodes, parts: Sequence[bytes], told: dict[str, str]) -> str:
    path: str = (await nodes.ask("POST", "/files/", headers=TUS | told)).headers["location"]

    async def append(offset: int, part: bytes, last: bool) -> httpx.Response:
        headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return await nodes.ask("PATCH", path, headers=headers, content=part, also=(409,))

    await _appended(nodes, path, parts, append, TUS)
    return path


async def resumable(sending: Sending) -> str:
    """The same by `resumable`, which is complete when its client says so: once more, if the answer to that was lost.
    Raises `Lost`, `Refused`.
    """
    nodes, told = sending.nodes, {"Upload-Complete": "?0"}
    path: str = (await nodes.ask("POST", "/resumable/", headers=told)).headers["location"]

    async def append(offset: int, part: bytes, last: bool) -> httpx.Response:
        headers = {"Upload-Offset": str(offset), "Upload-Complete": f"?{int(last)}"}
        return await nodes.ask("PATCH", path, headers=PARTIAL | headers, content=part, also=(409,))

    await _appended(nodes, path, sending.parts, append, {})
    while (await nodes.ask("HEAD", path)).headers["upload-complete"] != "?1":
        await append(sending.size, b"", True)
    return path


async def _appended(
    nodes: Nodes,
    path: str,
    parts: Sequence[bytes],
    append: Callable[[int, bytes, bool], Awaitable[httpx.Response]],
    asking: dict[str, str],
) -> None:
    """Append every part in its turn. A 409 says that the answer of an earlier try was lost; where the upload is then,
    HEAD tells. Raises `Lost`.
    """
    ends = list(itertools.accumulate(map(len, parts)))
    for part, end in zip(parts, ends, strict=True):
        offset = end - len(part)
        while offset < end:
            told = await append(offset, part[offset - end :], end == ends[-1])
            if told.status_code == 409:
                told = await nodes.ask("HEAD", path, headers=asking)
            if int(told.headers["upload-offset"]) < offset:
                raise Lost(f"bytes {told.headers['upload-offset']} to {offset} of {path}")
            offset = int(told.headers["upload-offset"])


async def direct(sending: Sending) -> str:
    """Publish a file by `metaid` while the client waits; returns the path at which it is rebuilt from the chain."""
    answer = await sending.nodes.ask("POST", f"{METAID}/direct-upload", json=ordered(sending))
    return f"{METAID}/content/{answer.json()['data']['pinId']}"


async def chunked(sending: Sending) -> str:
    """The same as a task, which the client asks about until it is done. Raises `Refused`."""
    task = (await sending.nodes.ask("POST", f"{METAID}/chunked-upload-task", json=ordered(sending))).json()["data"]
    while True:
        told = (await sending.nodes.ask("GET", f"{METAID}/task/{task['taskId']}")).json()["data"]
        if told["status"] == "success":
            return f"{METAID}/content/{told['indexTxId']}i0"
        if told["status"] == "failed":
            raise Refused(str(told))
        await asyncio.sleep(1)


def ordered(sending: Sending) -> dict[str, Any]:
    """What `metaid` is sent."""
    return {
        "metaId": hashlib.sha256(ADDRESS.encode()).hexdigest(),
        "address": ADDRESS,
        "fileName": sending.name,
        "content": base64.b64encode(sending.content).decode(),
        "path": "/file",
        "operation": "create",
        "contentType": "image/jpeg;binary",
        "feeRate": 1,
    }


Send = Callable[[Sending], Awaitable[str]]

UPLOADS: dict[str, Send] = {
    "scratch": scratch,
    "instant": instant,
    "files": files,
    "oss": oss,
    "tus": tus,
    "joined": joined,
    "resumable": resumable,
}
PUBLICATIONS: dict[str, Send] = {"direct": direct, "chunked": chunked}


async def download(nodes: Nodes, path: str) -> bytes | None:
    """The bytes at a path; None when there are none."""
    answer = await nodes.ask("GET", path, also=(404,))
    return answer.content if answer.is_success else None


def _told(method: str, answer: httpx.Response) -> str:
    return f"{method} {answer.url}: {answer.status_code} {answer.text[:300]}"
