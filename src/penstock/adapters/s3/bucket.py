"""The requests that this adapter makes.

aiobotocore finds the credentials, as every S3 tool does, and signs; the requests go through its HTTP client, aiohttp,
itself. With aiobotocore's own client a body takes three times the processor time and cannot be sent while it arrives, a
call takes a millisecond instead of 0.4, and its tables of all of S3 take 27 MiB in each process.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
from aiobotocore.session import get_session
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError
from yarl import URL

from penstock.adapters.s3.address import StoreAddress, base_url, public_url
from penstock.adapters.s3.errors import (
    Absent,
    ChecksumWrong,
    MultipartGone,
    Refused,
    StoreRefused,
    answers,
    granted,
)
from penstock.adapters.s3.reading import Reading
from penstock.adapters.s3.signing import Presigner, presigner, quoted, signed_headers
from penstock.adapters.s3.xml import Document, completion, content_md5, read_answer, removal
from penstock.crc64 import written
from penstock.model.faults import StorageFailed

T = TypeVar("T")

CONNECT, ANSWER = 5.0, 60.0
"""How long, in seconds, a connection and an answer may take. Copies are cut so that each is done in that time."""

PAUSES = (0.1, 0.4, 1.0)
"""How long, in seconds, is waited before a request that can be repeated is."""

LISTED = 1000
"""How many objects a page of a listing has, and a removal takes at once."""

ABORTS = 5
"""How often a multipart upload is aborted: parts that are under way meanwhile may come into being afterwards."""

CRC = "CRC64NVME"


@dataclass(frozen=True, slots=True)
class Found:
    """An object: `size` in bytes, `changed` in Unix seconds."""

    key: str
    size: int
    etag: str
    changed: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What the store says that it holds: an ETag, and the CRC-64/NVME as it writes it, if it knows that."""

    etag: str
    crc: str | None = None


@dataclass(frozen=True, slots=True)
class Multipart:
    """A multipart upload at this key. `checked`: the store compares a CRC of the whole object."""

    key: str
    id: str
    begun: float
    checked: bool


@dataclass(frozen=True, slots=True)
class _Access:
    """What is open as long as the bucket is."""

    http: aiohttp.ClientSession
    credentials: Any
    region: str
    base: str


class Bucket:
    """A bucket of the store, from the address's prefix on. Belongs to one event loop; opened by the first request.

    Every request is made by `request`.
    """

    def __init__(self, address: StoreAddress) -> None:
        self.address = address
        self._access: _Access | None = None
        self._opening = asyncio.Lock()
        self._knows_crc = True

    async def close(self) -> None:
        """Close the connections."""
        if self._access is not None:
            await self._access.http.close()
            self._access = None

    async def check(self) -> None:
        """Raise `StoreRefused` when the bucket cannot be used, whatever is waited for; `StorageFailed` when the store
        does not answer.
        """
        name = self.address.bucket
        try:
            access = await self._opened()
        except BotoCoreError as error:
            raise StoreRefused(f"store: {error}") from error
        if access.credentials is None:
            raise StoreRefused(
                "store: no credentials were found. Give them as to every S3 tool: AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, a profile, or a web identity."
            )
        try:
            with answers():
                await self._asked("HEAD", None)
                await self._asked("GET", None, {"list-type": "2", "max-keys": "1"})
        except Absent:
            raise StoreRefused(f"store: there is no bucket {name!r} at {access.base}. Make it first.") from None
        except Refused as refused:
            raise StoreRefused(
                f"store: the bucket {name!r} may not be used with these credentials: {refused}"
            ) from None

    # --- bytes -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, body: Callable[[], Any], length: int, *, again: bool = True) -> Sent:
        """Store so many bytes. `again`: what `body` gives can be asked for once more."""
        return await self._send(key, body, length, {}, again)

    async def put_part(self, multipart: Multipart, number: int, body: Callable[[], Any], length: int) -> Sent:
        """Store so many bytes as a part, which may be sent again. Raises `MultipartGone`."""
        return await self._send(multipart.key, body, length, _part(multipart, number), True)

    async def _send(
        self, key: str, body: Callable[[], Any], length: int, query: Mapping[str, str], again: bool
    ) -> Sent:
        async def send() -> Sent:
            answer = await self.request("PUT", key, query, {"Content-Length": str(length)}, body())
            async with answer:
                return Sent(_bare(answer.headers.get("ETag", "")), answer.headers.get("x-amz-checksum-crc64nvme"))

        with granted():
            return await _repeated(send, PAUSES if again else ())

    async def get(self, key: str, start: int, stop: int, etag: str | None = None) -> Reading:
        """Open bytes [start, stop) of an object, if it is the one with this ETag. Raises `Absent`, also when it is
        shorter.
        """
        if start >= stop:
            found = await self.head(key)
            if found is None or (etag is not None and found.etag != etag):
                raise Absent(key)
            return Reading(self._ranged, key, start, start, None, found.etag)
        answer = await self._ranged(key, start, stop, etag)
        return Reading(self._ranged, key, start, stop, answer, _bare(answer.headers.get("ETag", "")))

    async def _ranged(self, key: str, start: int, stop: int, etag: str | None) -> aiohttp.ClientResponse:
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        if etag is not None:
            headers["If-Match"] = f'"{etag}"'
        with granted():
            answer = await _repeated(lambda: self.request("GET", key, {}, headers, None), PAUSES)
        if answer.content_length != stop - start:
            answer.close()
            raise Absent(key)
        return answer

    # --- objects -----------------------------------------------------------------------------------------------------

    async def head(self, key: str) -> Found | None:
        """The object at this key."""
        try:
            with granted():
                headers, _ = await self._asked("HEAD", key)
        except Absent:
            return None
        changed = parsedate_to_datetime(headers["Last-Modified"]).timestamp()
        return Found(key, int(headers["Content-Length"]), _bare(headers["ETag"]), changed)

    async def copy(self, source: str, etag: str, target: str) -> str:
        """Copy an object of at most 5 GiB, if it is the one with this ETag; returns the copy's. Raises `Absent`."""
        answer = await self._ask("PUT", target, headers=self._source(source, etag))
        return _bare(answer.text("ETag"))

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove objects. Removing what is not there is not an error."""
        if len(keys) == 1:
            with suppress(Absent):
                await self._ask("DELETE", keys[0])
            return
        for start in range(0, len(keys), LISTED):
            body = removal([self._key(key) for key in keys[start : start + LISTED]])
            answer = await self._ask("POST", None, {"delete": ""}, {"Content-MD5": content_md5(body)}, body)
            if list(answer.all("Error")):
                raise StorageFailed

    async def pages(self, prefix: str) -> AsyncIterator[list[Found]]:
        """Every object whose key begins so, by key, in pages."""
        query = {"list-type": "2", "prefix": self._key(prefix), "max-keys": str(LISTED)}
        while True:
            answer = await self._ask("GET", None, query)
            yield [
                Found(self._own(entry.text("Key")), int(entry.text("Size")), _bare(entry.text("ETag")), entry.changed)
                for entry in answer.all("Contents")
            ]
            if answer.text("IsTruncated") != "true":
                return
            query["continuation-token"] = answer.text("NextContinuationToken")

    # --- multipart uploads -------------------------------------------------------------------------------------------

    async def begin(self, key: str) -> Multipart:
        """Begin a multipart upload, with a checksum of the whole object where the store knows that."""
        if self._knows_crc:
            with suppress(Refused), answers():
                return await self._begin(key, {"x-amz-checksum-algorithm": CRC, "x-amz-checksum-type": "FULL_OBJECT"})
        with granted():
            begun = await self._begin(key, {})
        self._knows_crc = False
        return begun

    async def _begin(self, key: str, checksum: Mapping[str, str]) -> Multipart:
        headers, answer = await self._asked("POST", key, {"uploads": ""}, checksum)
        checked = headers.get("x-amz-checksum-algorithm") == CRC
        return Multipart(key, answer.text("UploadId"), time.time(), checked)

    async def copy_part(
        self, multipart: Multipart, number: int, source: str, etag: str, extent: tuple[int, int] | None
    ) -> Sent:
        """Make bytes [start, stop) of an object, or all of it, a part, if it is the one with this ETag. Raises
        `Absent`, `MultipartGone`.
        """
        headers = self._source(source, etag)
        if extent is not None:
            headers["x-amz-copy-source-range"] = f"bytes={extent[0]}-{extent[1] - 1}"
        return _sent(await self._ask("PUT", multipart.key, _part(multipart, number), headers))

    async def parts(self, multipart: Multipart) -> dict[int, tuple[int, Sent]]:
        """The size of every part, and what it is, by its number. Raises `MultipartGone`."""
        found: dict[int, tuple[int, Sent]] = {}
        query = {"uploadId": multipart.id, "max-parts": str(LISTED)}
        while True:
            answer = await self._ask("GET", multipart.key, query)
            found |= {
                int(part.text("PartNumber")): (int(part.text("Size")), _sent(part)) for part in answer.all("Part")
            }
            if answer.text("IsTruncated") != "true":
                return found
            query["part-number-marker"] = answer.text("NextPartNumberMarker")

    async def complete(self, multipart: Multipart, sent: Sequence[Sent], crc: int | None) -> bool:
        """Make the parts an object; whether the store has checked its CRC. Raises `MultipartGone`, `ChecksumWrong`."""
        expected = written(crc) if crc is not None else None
        told = {"x-amz-checksum-type": "FULL_OBJECT", "x-amz-checksum-crc64nvme": expected} if expected else {}
        body = completion([(part.etag, part.crc) for part in sent])
        answer = await self._ask(
            "POST", multipart.key, {"uploadId": multipart.id}, told if multipart.checked else {}, body
        )
        actual = answer.text("ChecksumCRC64NVME")
        if expected and actual and actual != expected:
            await self.remove([multipart.key])
            raise ChecksumWrong(actual)
        return bool(actual) and actual == expected

    async def abort(self, multipart: Multipart) -> None:
        """Abort a multipart upload, until it has no parts that could cost anything."""
        try:
            for _ in range(ABORTS):
                await self._ask("DELETE", multipart.key, {"uploadId": multipart.id})
                await self.parts(multipart)
        except (MultipartGone, Absent):
            return

    async def multiparts(self, prefix: str) -> AsyncIterator[Multipart]:
        """Every multipart upload at a key that begins so."""
        query = {"uploads": "", "prefix": self._key(prefix), "max-uploads": str(LISTED)}
        while True:
            answer = await self._ask("GET", None, query)
            for entry in answer.all("Upload"):
                checked = entry.text("ChecksumAlgorithm") == CRC
                yield Multipart(self._own(entry.text("Key")), entry.text("UploadId"), entry.changed, checked)
            if answer.text("IsTruncated") != "true":
                return
            query |= {"key-marker": answer.text("NextKeyMarker"), "upload-id-marker": answer.text("NextUploadIdMarker")}

    # --- addresses for others ----------------------------------------------------------------------------------------

    async def presigner(self) -> tuple[Presigner, Callable[[str], str]] | None:
        """What signs addresses for clients, and what makes an address of a key; None when they cannot reach the
        store.
        """
        with granted():
            access = await self._opened()
            credentials = await self._credentials(access)
        base = public_url(self.address, access.region)
        if base is None:
            return None
        return presigner(credentials, access.region, time.time()), lambda key: self._under(base, key)

    # --- the connection ----------------------------------------------------------------------------------------------

    async def _ask(
        self,
        method: str,
        key: str | None,
        query: Mapping[str, str] = {},
        headers: Mapping[str, str] = {},
        body: bytes = b"",
    ) -> Document:
        """The document that the store answers; a few attempts. Raises as `granted`."""
        with granted():
            _, document = await self._asked(method, key, query, headers, body)
        return document

    async def _asked(
        self,
        method: str,
        key: str | None,
        query: Mapping[str, str] = {},
        headers: Mapping[str, str] = {},
        body: bytes = b"",
    ) -> tuple[Mapping[str, str], Document]:
        """As `_ask`, with the headers. Raises as `answers`."""

        async def ask() -> tuple[Mapping[str, str], Document]:
            async with await self.request(method, key, query, headers, body) as answer:
                return answer.headers, read_answer(answer.status, await answer.read())

        return await _repeated(ask, PAUSES)

    async def request(
        self, method: str, key: str | None, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> aiohttp.ClientResponse:
        """One request, whose answer must be read or closed. Raises as `answers`."""
        with answers():
            access = await self._opened()
            credentials = await self._credentials(access)
        url = self._url(access, key) + (
            "?" + "&".join(f"{name}={quoted(query[name])}" for name in query) if query else ""
        )
        ours = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
        with answers():
            signed = signed_headers(credentials, access.region, method, url, ours)
            answer = await access.http.request(
                method, URL(url, encoded=True), headers=signed | dict(headers), data=body, allow_redirects=False
            )
            if answer.status >= 300:
                read_answer(answer.status, await answer.read())
        return answer

    async def _opened(self) -> _Access:
        if self._access is not None:
            return self._access
        async with self._opening:
            if self._access is None:
                self._access = await self._connect()
            return self._access

    async def _connect(self) -> _Access:
        session = get_session()
        region = self.address.region or session.get_config_variable("region") or "us-east-1"
        bundle = session.get_config_variable("ca_bundle")
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=bundle) if bundle else True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=ANSWER),
            auto_decompress=False,
            skip_auto_headers=("Accept-Encoding", "Content-Type", "User-Agent"),
        )
        return _Access(http, await session.get_credentials(), region, base_url(self.address, region))

    async def _credentials(self, access: _Access) -> ReadOnlyCredentials:
        if access.credentials is None:
            raise StorageFailed
        return await access.credentials.get_frozen_credentials()  # renewed where they end

    def _url(self, access: _Access, key: str | None) -> str:
        return access.base if key is None else self._under(access.base, key)

    def _under(self, base: str, key: str) -> str:
        return f"{base.rstrip('/')}/{quoted(self._key(key), '/')}"

    def _key(self, key: str) -> str:
        return f"{self.address.prefix}{key}"

    def _own(self, key: str) -> str:
        return key.removeprefix(self.address.prefix)

    def _source(self, key: str, etag: str) -> dict[str, str]:
        source = quoted(f"/{self.address.bucket}/{self._key(key)}", "/")
        return {"x-amz-copy-source": source, "x-amz-copy-source-if-match": f'"{etag}"'}


async def _repeated(act: Callable[[], Awaitable[T]], pauses: Sequence[float]) -> T:
    """Act, and again after each pause as long as the store is not able to."""
    for pause in pauses:
        try:
            return await act()
        except StorageFailed:
            await asyncio.sleep(pause)
    return await act()


def _part(multipart: Multipart, number: int) -> dict[str, str]:
    return {"partNumber": str(number), "uploadId": multipart.id}


def _sent(document: Document) -> Sent:
    return Sent(_bare(document.text("ETag")), document.text("ChecksumCRC64NVME") or None)


def _bare(etag: str) -> str:
    return etag.strip('"')
