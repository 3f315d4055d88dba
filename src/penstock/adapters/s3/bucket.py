"""The requests that this adapter makes.

Control calls are made by aiobotocore, which also finds the credentials. Data goes through its HTTP client, aiohttp,
itself: aiobotocore takes three times the processor time for a body, and cannot send one that is still arriving.
"""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote

import aiohttp
from aiobotocore.session import get_session
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from yarl import URL

from penstock.adapters.s3.address import StoreAddress
from penstock.adapters.s3.crc import written
from penstock.adapters.s3.errors import (
    Absent,
    ChecksumWrong,
    MultipartGone,
    Refused,
    StoreRefused,
    answers,
    granted,
    refusal,
)
from penstock.adapters.s3.reading import Reading
from penstock.adapters.s3.signing import Presigner, presigner, signed_headers
from penstock.model.faults import StorageFailed

CONNECT, ANSWER = 5.0, 60.0
"""How long, in seconds, a connection and an answer may take. Copies are cut so that each is done in that time."""

PAUSES = (0.1, 0.4, 1.0)
"""How long, in seconds, is waited before a data request that can be repeated is."""

LISTED = 1000
"""How many objects a page of a listing has, and a removal takes at once."""

ABORTS = 5
"""How often a multipart upload is aborted: parts that are under way meanwhile may come into being afterwards."""

CRC = "CRC64NVME"

_ERROR = re.compile(rb"<Code>(.*?)</Code>(?:.*?<Message>(.*?)</Message>)?", re.DOTALL)


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

    client: Any
    http: aiohttp.ClientSession
    credentials: Any
    region: str
    base: str


class Bucket:
    """A bucket of the store, from the address's prefix on. Belongs to one event loop; opened by the first request.

    Every request goes through `send` or `request`.
    """

    def __init__(self, address: StoreAddress) -> None:
        self.address = address
        self._access: _Access | None = None
        self._opening = asyncio.Lock()
        self._open = AsyncExitStack()
        self._knows_crc = True

    async def close(self) -> None:
        """Close the connections."""
        await self._open.aclose()
        self._access = None

    async def check(self) -> None:
        """Raise `StoreRefused` when the bucket cannot be used, whatever is waited for; `StorageFailed` when the store
        does not answer.
        """
        access, name = await self._opened(), self.address.bucket
        if access.credentials is None:
            raise StoreRefused(
                "store: no credentials were found. Give them as to every S3 tool: AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, a profile, or a web identity."
            )
        try:
            with answers():
                await self.send("head_bucket")
                await self.send("list_objects_v2", MaxKeys=1)
        except Absent:
            raise StoreRefused(f"store: there is no bucket {name!r} at {access.base}. Make it first.") from None
        except Refused as refused:
            raise StoreRefused(
                f"store: the bucket {name!r} may not be used with these credentials: {refused}"
            ) from None

    # --- bytes -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, body: Callable[[], Any], length: int, *, again: bool = True) -> Sent:
        """Store so many bytes. `again`: what `body` gives can be asked for once more."""
        return await self._send(key, body, length, "", again)

    async def put_part(self, multipart: Multipart, number: int, body: Callable[[], Any], length: int) -> Sent:
        """Store so many bytes as a part, which may be sent again. Raises `MultipartGone`."""
        query = f"partNumber={number}&uploadId={quote(multipart.id, safe='')}"
        return await self._send(multipart.key, body, length, query, True)

    async def _send(self, key: str, body: Callable[[], Any], length: int, query: str, again: bool) -> Sent:
        headers = {"Content-Length": str(length)}
        answer = await self._repeated("PUT", key, headers=headers, query=query, body=body, again=again)
        async with answer:
            etag = answer.headers.get("ETag", "").strip('"')
            return Sent(etag, answer.headers.get("x-amz-checksum-crc64nvme"))

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
        return Reading(self._ranged, key, start, stop, answer, answer.headers.get("ETag", "").strip('"'))

    async def _ranged(self, key: str, start: int, stop: int, etag: str | None) -> aiohttp.ClientResponse:
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        if etag is not None:
            headers["If-Match"] = f'"{etag}"'
        answer = await self._repeated("GET", key, headers=headers)
        if answer.content_length != stop - start:
            answer.close()
            raise Absent(key)
        return answer

    async def _repeated(
        self,
        method: str,
        key: str,
        *,
        headers: Mapping[str, str],
        query: str = "",
        body: Callable[[], Any] = lambda: None,
        again: bool = True,
    ) -> aiohttp.ClientResponse:
        """The answer of a data request that went well; a few attempts at one that can be repeated."""
        for pause in PAUSES if again else ():
            try:
                return await self.request(method, key, headers, query, body())
            except StorageFailed:
                await asyncio.sleep(pause)
        return await self.request(method, key, headers, query, body())

    async def request(
        self, method: str, key: str, headers: Mapping[str, str], query: str, body: Any
    ) -> aiohttp.ClientResponse:
        """One data request, whose answer must be read or closed. Raises as `granted`."""
        access = await self._opened()
        url = self._url(access, key) + (f"?{query}" if query else "")
        with granted():
            signed = signed_headers(await self._credentials(access), access.region, method, url, {})
            answer = await access.http.request(
                method, URL(url, encoded=True), headers=signed | dict(headers), data=body
            )
            if answer.status >= 300:
                await _refuse(answer)
        return answer

    # --- objects -----------------------------------------------------------------------------------------------------

    async def head(self, key: str) -> Found | None:
        """The object at this key."""
        try:
            answer = await self.call("head_object", Key=self._key(key))
        except Absent:
            return None
        return Found(key, answer["ContentLength"], answer["ETag"].strip('"'), answer["LastModified"].timestamp())

    async def copy(self, source: str, etag: str | None, target: str) -> str:
        """Copy an object of at most 5 GiB, if it is the one with this ETag; returns the copy's. Raises `Absent`."""
        condition = {"CopySourceIfMatch": f'"{etag}"'} if etag is not None else {}
        answer = await self.call("copy_object", Key=self._key(target), CopySource=self._source(source), **condition)
        return str(answer["CopyObjectResult"]["ETag"]).strip('"')

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove objects. Removing what is not there is not an error."""
        for start in range(0, len(keys), LISTED):
            objects = [{"Key": self._key(key)} for key in keys[start : start + LISTED]]
            answer = await self.call("delete_objects", Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise StorageFailed

    async def pages(self, prefix: str) -> AsyncIterator[list[Found]]:
        """Every object whose key begins so, by key, in pages."""
        following: dict[str, str] = {}
        while True:
            answer = await self.call("list_objects_v2", Prefix=self._key(prefix), MaxKeys=LISTED, **following)
            yield [
                Found(
                    self._own(entry["Key"]), entry["Size"], entry["ETag"].strip('"'), entry["LastModified"].timestamp()
                )
                for entry in answer.get("Contents", ())
            ]
            if not answer.get("IsTruncated"):
                return
            following = {"ContinuationToken": answer["NextContinuationToken"]}

    # --- multipart uploads -------------------------------------------------------------------------------------------

    async def begin(self, key: str) -> Multipart:
        """Begin a multipart upload, with a checksum of the whole object where the store knows that."""
        if self._knows_crc:
            with suppress(Refused), answers():
                return await self._begin(key, ChecksumAlgorithm=CRC, ChecksumType="FULL_OBJECT")
        with granted():
            begun = await self._begin(key)
        self._knows_crc = False
        return begun

    async def _begin(self, key: str, **checksum: str) -> Multipart:
        answer = await self.send("create_multipart_upload", Key=self._key(key), **checksum)
        return Multipart(key, answer["UploadId"], time.time(), answer.get("ChecksumAlgorithm") == CRC)

    async def copy_part(
        self, multipart: Multipart, number: int, source: str, etag: str, extent: tuple[int, int] | None
    ) -> Sent:
        """Make bytes [start, stop) of an object, or all of it, a part, if it is the one with this ETag. Raises
        `Absent`, `MultipartGone`.
        """
        ranged = {"CopySourceRange": f"bytes={extent[0]}-{extent[1] - 1}"} if extent is not None else {}
        answer = await self.call(
            "upload_part_copy",
            Key=self._key(multipart.key),
            UploadId=multipart.id,
            PartNumber=number,
            CopySource=self._source(source),
            CopySourceIfMatch=f'"{etag}"',
            **ranged,
        )
        return _sent(answer["CopyPartResult"])

    async def parts(self, multipart: Multipart) -> dict[int, tuple[int, Sent]]:
        """The size of every part, and what it is, by its number. Raises `MultipartGone`."""
        found: dict[int, tuple[int, Sent]] = {}
        following: dict[str, int] = {}
        while True:
            answer = await self.call(
                "list_parts", Key=self._key(multipart.key), UploadId=multipart.id, MaxParts=LISTED, **following
            )
            parts = answer.get("Parts", ())
            found |= {part["PartNumber"]: (part["Size"], _sent(part)) for part in parts}
            if not answer.get("IsTruncated"):
                return found
            following = {"PartNumberMarker": answer["NextPartNumberMarker"]}

    async def complete(self, multipart: Multipart, sent: Sequence[Sent], crc: int | None) -> bool:
        """Make the parts an object; whether the store has checked its CRC. Raises `MultipartGone`, `ChecksumWrong`."""
        parts = [
            {"PartNumber": number, "ETag": f'"{part.etag}"'} | ({"ChecksumCRC64NVME": part.crc} if part.crc else {})
            for number, part in enumerate(sent, 1)
        ]
        expected = written(crc) if crc is not None else None
        told = {"ChecksumCRC64NVME": expected, "ChecksumType": "FULL_OBJECT"} if expected and multipart.checked else {}
        answer = await self.call(
            "complete_multipart_upload",
            Key=self._key(multipart.key),
            UploadId=multipart.id,
            MultipartUpload={"Parts": parts},
            **told,
        )
        actual = answer.get("ChecksumCRC64NVME")
        if None not in {expected, actual} and actual != expected:
            await self.remove([multipart.key])
            raise ChecksumWrong(actual)
        return actual is not None and actual == expected

    async def abort(self, multipart: Multipart) -> None:
        """Abort a multipart upload, until it has no parts that could cost anything."""
        try:
            for _ in range(ABORTS):
                await self.call("abort_multipart_upload", Key=self._key(multipart.key), UploadId=multipart.id)
                await self.parts(multipart)
        except (MultipartGone, Absent):
            return

    async def multiparts(self, prefix: str) -> AsyncIterator[Multipart]:
        """Every multipart upload at a key that begins so."""
        following: dict[str, str] = {}
        while True:
            answer = await self.call("list_multipart_uploads", Prefix=self._key(prefix), MaxUploads=LISTED, **following)
            for entry in answer.get("Uploads", ()):
                checked = entry.get("ChecksumAlgorithm") == CRC
                yield Multipart(self._own(entry["Key"]), entry["UploadId"], entry["Initiated"].timestamp(), checked)
            if not answer.get("IsTruncated"):
                return
            following = {
                "KeyMarker": answer["NextKeyMarker"],
                "UploadIdMarker": answer.get("NextUploadIdMarker", ""),
            }

    # --- addresses for others ----------------------------------------------------------------------------------------

    async def presigner(self) -> tuple[Presigner, Callable[[str], str]]:
        """What signs addresses, and what makes an address of a key."""
        access = await self._opened()
        credentials = await self._credentials(access)
        return presigner(credentials, access.region, time.time()), lambda key: self._url(access, key)

    # --- the connection ----------------------------------------------------------------------------------------------

    async def call(self, operation: str, **parameters: Any) -> Any:
        """One control call, repeated a few times by its client. Raises as `granted`."""
        with granted():
            return await self.send(operation, **parameters)

    async def send(self, operation: str, **parameters: Any) -> Any:
        """As `call`, with the client's own exceptions."""
        access = await self._opened()
        return await getattr(access.client, operation)(Bucket=self.address.bucket, **parameters)

    async def _opened(self) -> _Access:
        async with self._opening:
            if self._access is None:
                self._access = await self._connect()
            return self._access

    async def _connect(self) -> _Access:
        address, session = self.address, get_session()
        client = await self._open.enter_async_context(
            session.create_client(
                "s3", region_name=address.region, endpoint_url=address.endpoint, config=_config(address)
            )
        )
        bundle = session.get_config_variable("ca_bundle")
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=bundle) if bundle else True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=ANSWER),
            auto_decompress=False,
            skip_auto_headers=("Accept-Encoding", "Content-Type", "User-Agent"),
        )
        await self._open.enter_async_context(http)
        base = _base(address, str(client.meta.endpoint_url))
        return _Access(client, http, await session.get_credentials(), str(client.meta.region_name), base)

    async def _credentials(self, access: _Access) -> ReadOnlyCredentials:
        if access.credentials is None:
            raise StorageFailed
        return await access.credentials.get_frozen_credentials()

    def _url(self, access: _Access, key: str) -> str:
        return f"{access.base}/{quote(self._key(key), safe='/-_.~')}"

    def _key(self, key: str) -> str:
        return f"{self.address.prefix}{key}"

    def _own(self, key: str) -> str:
        return key.removeprefix(self.address.prefix)

    def _source(self, key: str) -> dict[str, str]:
        return {"Bucket": self.address.bucket, "Key": self._key(key)}


def _sent(answer: Mapping[str, Any]) -> Sent:
    return Sent(answer["ETag"].strip('"'), answer.get("ChecksumCRC64NVME"))


async def _refuse(answer: aiohttp.ClientResponse) -> NoReturn:
    body = await answer.read()
    code, message = match.groups(b"") if (match := _ERROR.search(body)) is not None else (b"", b"")
    raise refusal(answer.status, code.decode(errors="replace"), message.decode(errors="replace"))


def _config(address: StoreAddress) -> Config:
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if address.endpoint else "auto"},
        retries={"total_max_attempts": 1 + len(PAUSES), "mode": "standard"},
        connect_timeout=CONNECT,
        read_timeout=ANSWER,
        max_pool_connections=64,
        # Older stores know no other checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _base(address: StoreAddress, endpoint: str) -> str:
    """What an object's address begins with: the bucket is in the path where the store is named, or where its name would
    not fit a certificate.
    """
    scheme, _, host = endpoint.rstrip("/").partition("://")
    if address.endpoint is not None or "." in address.bucket:
        return f"{scheme}://{host}/{address.bucket}"
    return f"{scheme}://{address.bucket}.{host}"
