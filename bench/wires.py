"""How a file is sent to each server: the requests that carry its bytes, and those that finish it.

What only opens an upload is done here at once, before any clock runs.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from bench.plans import Body, Request

MIB = 1 << 20
BOUNDARY = "2f6b0c9e4d7a8153"
"""Long enough that random bytes do not contain it; `\\r\\n--b` stands once in a thousand files of 1 GiB."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of random bytes that the bodies are cut from."""

    path: Path
    size: int

    @staticmethod
    def made(path: Path, size: int) -> "Source":
        """Write it."""
        with path.open("wb") as file:
            for _ in range(-(-size // MIB)):
                file.write(os.urandom(MIB))
        return Source(path, size)


@dataclass(frozen=True, slots=True)
class Target:
    """A server that files are sent to. `token` is for Penstock alone."""

    port: int
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What signs a caller in."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def post(
        self, path: str, told: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Ask something small; `told` is the JSON body, when there is any."""
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.post(url, json=told, headers=self.headers | dict(headers or {}), timeout=60).raise_for_status()


@dataclass(frozen=True, slots=True)
class Job:
    """One file to send: `size` bytes of the source from `start` on, in parts of `part` bytes."""

    key: str
    source: Source
    start: int
    size: int
    part: int = 8 * MIB

    @property
    def total(self) -> int:
        """How many parts it has."""
        return max(1, -(-self.size // self.part))

    def slices(self) -> Iterator[tuple[int, int]]:
        """Start and length of each part. A file larger than the source has some of its bytes twice."""
        for index in range(self.total):
            length = min(self.part, self.size - index * self.part)
            yield (self.start + index * self.part) % (self.source.size - length + 1), length

    def md5(self) -> str:
        """The MD5 of the whole."""
        digest = hashlib.md5(usedforsecurity=False)
        with self.source.path.open("rb") as file:
            for start, length in self.slices():
                file.seek(start)
                for at in range(0, length, MIB):
                    digest.update(file.read(min(MIB, length - at)))
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Sending:
    """What sends a file: `parts` may go in any order and at once; `end` follows when all are there."""

    parts: list[Request]
    end: list[Request] = field(default_factory=list)
    file: str = ""


Wire = Callable[[Target, Job], Sending]


def scratch(target: Target, job: Job) -> Sending:
    """Raw parts; completes by itself. Penstock computes MD5 and SHA-256."""
    told = {"x-filename": job.key, "x-filesize": str(job.size), "x-upload-id": job.key}
    told |= target.headers | {"x-total-chunks": str(job.total)}
    return Sending(
        [
            Request(
                "part", "POST", "/api/scratch/stream-upload", told | {"x-chunk-index": str(index)}, Body(start, length)
            )
            for index, (start, length) in enumerate(job.slices())
        ]
    )


def instant(target: Target, job: Job) -> Sending:
    """Parts in forms, then a merge that tells the MD5. Penstock computes MD5 and SHA-256."""
    parts = [
        _form(target, "/api/file/upload", {"file_id": job.key, "index": index}, "chunk", start, length)
        for index, (start, length) in enumerate(job.slices())
    ]
    said = {"file_id": job.key, "md5": job.md5(), "name": job.key, "size": job.size, "total": job.total}
    return Sending(parts, [json_request("seal", target, "/api/file/merge", said)])


def files(target: Target, job: Job) -> Sending:
    """Parts in forms, then a merge. Penstock computes SHA-256 alone."""
    chunked = "/api/files/chunked-upload"
    opened = target.post(f"{chunked}/init", {"fileName": job.key, "fileSize": job.size, "totalChunks": job.total})
    upload = opened.json()["data"]["uploadId"]
    said = {"uploadId": upload, "totalChunks": job.total, "fileName": job.key}
    parts = [
        _form(target, f"{chunked}/chunk", said | {"chunkNumber": index}, "file", start, length)
        for index, (start, length) in enumerate(job.slices(), 1)
    ]
    merge = Request("seal", "POST", f"{chunked}/merge?uploadId={upload}", target.headers)
    return Sending(parts, [merge], upload)


def oss(target: Target, job: Job) -> Sending:
    """Raw parts at presigned addresses, then a merge. Penstock computes MD5 and SHA-256."""
    multipart, md5 = "/api/file/multipart", job.md5()
    told = {"identifier": md5, "fileName": job.key, "fileSize": job.size, "partNum": job.total}
    addresses = target.post(f"{multipart}/init", told).json()["data"]["uploadUrl"]
    parts = []
    for index, (start, length) in enumerate(job.slices(), 1):
        url = httpx.URL(addresses[str(index)])
        host = {"Host": url.netloc.decode()}  # it is signed, too, where the address is the store's
        parts.append(Request("part", "PUT", url.raw_path.decode(), host, Body(start, length)))
    return Sending(parts, [Request("seal", "GET", f"{multipart}/merge?identifier={md5}", target.headers)])


def put(target: Target, job: Job) -> Sending:
    """One PUT of the whole, as nginx takes it."""
    return Sending([Request("part", "PUT", f"/{job.key}", {}, Body(job.start, job.size))])


def tus(target: Target, job: Job) -> Sending:
    """One PATCH of the whole, as tus clients send it when they can."""
    return tus_in_parts(target, replace(job, part=job.size))


def tus_in_parts(target: Target, job: Job) -> Sending:
    """A PATCH for each part, one after the other."""
    version = target.headers | {"Tus-Resumable": "1.0.0"}
    opened = target.post("/files", headers=version | {"Upload-Length": str(job.size)})
    told = version | {"Content-Type": "application/offset+octet-stream"}
    path = httpx.URL(opened.headers["location"]).raw_path.decode()
    return Sending(
        [
            Request("part", "PATCH", path, told | {"Upload-Offset": str(index * job.part)}, Body(start, length))
            for index, (start, length) in enumerate(job.slices())
        ]
    )


def json_request(label: str, target: Target, path: str, said: dict[str, object]) -> Request:
    """A POST of JSON."""
    headers = target.headers | {"Content-Type": "application/json"}
    return Request(label, "POST", path, headers, Body(prefix=json.dumps(said).encode()))


def _form(target: Target, path: str, fields: dict[str, object], name: str, start: int, length: int) -> Request:
    begin, end = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=", f"\r\n--{BOUNDARY}--\r\n"
    lines = "".join(f'{begin}"{key}"\r\n\r\n{fields[key]}\r\n' for key in fields)
    lines += f'{begin}"{name}"; filename="blob"\r\n\r\n'
    headers = target.headers | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return Request("part", "POST", path, headers, Body(start, length, lines.encode(), end.encode()))
