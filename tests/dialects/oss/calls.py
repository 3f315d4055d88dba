"""How each call of `oss` is asked well, who may, and which odd values are nothing wrong for it."""

import re
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.dialects.every_call import (
    OPTIONAL,
    READ,
    TEXTS,
    WRITE,
    Good,
    Row,
    plain,
)
from tests.dialects.oss.client import PAST_US, Oss, send_image, upload
from tests.support.bytes import md5
from tests.support.pictures import photo
from tests.support.server import Server

PHOTO, LOGO = photo(30, 20), photo(9, 9, "PNG")

OPTIONS = {
    "width": "20",
    "height": "20",
    "format": "png",
    "watermarkPath": md5(LOGO),
    "watermarkPosition": "CENTER",
    "opacity": "0.5",
    "scale": "1",
    "ratio": "0.5",
}

WHOLE = Good(query={"identifier": md5(b"a")}, file=("file", b"a"))

IGNORED = {"missing", "empty", "huge", "parent", "NUL", "control"}

ABSENT = dict.fromkeys(OPTIONS, OPTIONAL) | {"scale": OPTIONAL | {"fraction"}}
"""Options of pictures: none must be there, and only one may be 1.5."""


async def oss_init(server: Server) -> Good:
    declared = {"fileName": "a.bin", "fileSize": 4, "partNum": 1, "partSize": 4, "contentType": "a/b"}
    ignored = {"fileType": "bin", "objectKey": "a", "uploadId": "b"}
    return Good(json={"identifier": uuid4().hex, "bucketName": "c"} | declared | ignored)


async def oss_part(server: Server) -> Good:
    upload = Oss(server.alice, [uuid4().bytes])
    await upload.init()
    return Good(query=dict(httpx.URL(upload.urls["1"]).params), content=upload.content)


async def oss_merge(server: Server) -> Good:
    upload = Oss(server.alice, [uuid4().bytes])
    await upload.init()
    await upload.put(1)
    return Good(query={"identifier": upload.identifier})


async def oss_file(server: Server) -> Good:
    await upload(server.alice, b"aaaa")
    return Good(query={"identifier": md5(b"aaaa")})


async def oss_range(server: Server) -> Good:
    return Good(query={**(await oss_file(server)).query, "start": "0", "end": "1"})


async def oss_path(server: Server) -> Good:
    file = (await upload(server.alice, b"aaaa")).json()["data"]
    *_, target, signature, name = urlsplit(file["path"]).path.split("/")
    return Good(path={"target": target, "signature": signature, "name": name})


async def oss_image(server: Server) -> Good:
    await send_image(server.alice, "image/upload", LOGO)
    return Good(query=OPTIONS | {"identifier": md5(PHOTO)}, file=("file", PHOTO))


async def oss_variant(server: Server) -> Good:
    await send_image(server.alice, "image/upload", LOGO)
    return Good(json=OPTIONS | {"identifier": md5(LOGO)})


ROWS: dict[tuple[str, str], Row] = {
    ("GET", "/oss/api/file/multipart/check"): Row(READ, 200, plain(Good(query={"identifier": md5(b"aaaa")}))),
    ("POST", "/oss/api/file/multipart/init"): Row(
        WRITE,
        200,
        oss_init,
        {"fileName": {"parent"}, "fileSize": {"missing"}, "partSize": {"missing"}}
        | {"contentType": OPTIONAL | {"parent"}, "bucketName": OPTIONAL}
        | dict.fromkeys(("fileType", "objectKey", "uploadId"), IGNORED),
    ),
    ("GET", "/oss/api/file/multipart/merge"): Row(WRITE, 404, oss_merge),
    ("GET", "/oss/api/file/multipart/isExits"): Row(READ, 404, oss_file),
    ("POST", "/oss/api/file/upload"): Row(WRITE, 200, plain(WHOLE)),
    ("GET", "/oss/api/file/download"): Row(READ, 404, oss_range, {"start": OPTIONAL, "end": OPTIONAL}),
    ("GET", "/oss/api/file/md5"): Row(READ, 200, plain(Good(file=("file", b"a"))), {"file": {"empty"}}),
    ("POST", "/oss/api/file/md5"): Row(READ, 200, plain(Good(file=("file", b"a"))), {"file": {"empty"}}),
    ("POST", "/oss/api/media/image/upload"): Row(WRITE, 400, oss_image, ABSENT),
    ("POST", "/oss/api/media/image/process"): Row(
        WRITE,
        404,
        oss_variant,
        ABSENT
        | {"width": {"missing"}, "height": {"missing"}, "opacity": {"missing"}, "ratio": {"missing"}}
        | {"scale": {"missing", "fraction"}},
    ),
    ("POST", "/oss/api/media/avatar/upload"): Row(
        WRITE, 200, plain(Good(query={"identifier": md5(PHOTO)}, file=("file", PHOTO)))
    ),
    ("PUT", "/oss/upload"): Row(None, 200, oss_part, marks=(PAST_US,)),
    ("GET", "/oss/f/{target}/{signature}/{name}"): Row(None, 200, oss_path, {"name": set(TEXTS)}),
}


STORING = {
    "GET /api/file/multipart/merge",
    "POST /api/file/multipart/init",
    "POST /api/file/upload",
    "POST /api/media/avatar/upload",
    "POST /api/media/image/process",
    "POST /api/media/image/upload",
    "PUT /oss/upload",
}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

DELIVERING = {"GET /api/file/download", "GET /oss/f/{target}/{signature}/{name}"}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says its status in its body, too."""
    return bool(answer.json()["code"] == answer.status_code)


PREFIXES = re.compile(r"^(/oss)?/api(/\{version:version\})?")


def tested_at(path: str) -> str:
    """A prefix that no other dialect shares."""
    return PREFIXES.sub("/oss/api", path)
