"""Every example in the contracts is what this server answers: same keys, same types, same words."""

import io
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.contracts.documents import Place, examples
from tests.support.bytes import md5
from tests.support.server import Server

Check = Callable[[Any], bool]
Perform = Callable[[Server, Any], Awaitable[httpx.Response]]

MIB = 1 << 20

ALLOWED: dict[Place, dict[str, set[str]]] = {
    Place("instant", "1. 秒传确认", 1, 0): {
        "data.file": {"file_id", "file_name", "size", "md5", "user_id", "status", "createdAt", "updatedAt", "url"}
    },
    Place("instant", "4. 分片合并", 1, 0): {"data": {"file"}},
}
"""What RULINGS.md adds to an example: for each, the path of an object and the further keys it has."""

SAMPLES = {Place("scratch", "JavaScript客户端示例", 0, 0), Place("scratch", "Python客户端示例", 0, 0)}
"""Programs; `test_samples.py` runs them."""


@dataclass(frozen=True)
class Exchange:
    """How an example comes about. `free` are the paths whose values differ from run to run, each with its form."""

    perform: Perform
    status: int
    free: Mapping[str, Check] = field(default_factory=dict)


EXCHANGES: dict[Place, Exchange] = {}


def shows(
    document: str,
    heading: str,
    block: int = 0,
    value: int = 0,
    *,
    status: int = 200,
    free: Mapping[str, Check] | None = None,
) -> Callable[[Perform], Perform]:
    """Register the exchange that produces an example."""

    def register(perform: Perform) -> Perform:
        EXCHANGES[Place(document, heading, block, value)] = Exchange(perform, status, free or {})
        return perform

    return register


@pytest.mark.parametrize("document", ["scratch", "instant", "files"])
def test_no_example_is_passed_over(document: str) -> None:
    """Each example of a contract is covered by an exchange, and each exchange belongs to an example."""
    covered = {place for place in EXCHANGES.keys() | SAMPLES if place.document == document}
    assert covered == examples(document).keys()


@pytest.mark.parametrize("place", EXCHANGES, ids=str)
async def test_an_example_is_what_the_server_answers(place: Place, server: Server) -> None:
    """The exchange that an example shows gives the example: no key less, none more than RULINGS adds."""
    example, exchange = examples(place.document)[place], EXCHANGES[place]
    answer = await exchange.perform(server, example)
    assert answer.status_code == exchange.status, answer.text
    if place in REQUESTS or isinstance(example, str):
        return
    assert answer.headers["content-type"] == "application/json"
    compare(example, answer.json(), exchange.free, ALLOWED.get(place, {}))


def compare(example: Any, answer: Any, free: Mapping[str, Check], extra: Mapping[str, set[str]], at: str = "") -> None:
    """Hold an answer against its example, all the way down."""
    if at in free:
        assert free[at](answer), f"{at}: {answer!r}"
        return
    assert type(answer) is type(example), f"{at}: {answer!r} is not of the type of {example!r}"
    if isinstance(example, dict):
        assert answer.keys() - extra.get(at, set()) == example.keys(), at
        assert extra.get(at, set()) <= answer.keys(), at
        for key, value in example.items():
            compare(value, answer[key], free, extra, f"{at}.{key}".lstrip("."))
    else:
        assert answer == example, at


def test_comparing_notices_every_difference() -> None:
    """A missing key, a surplus key, another type and another word each fail the comparison."""
    example = {"a": 1, "b": {"c": ["x"]}}
    compare(example, {"a": 1, "b": {"c": ["x"]}}, {}, {})
    for wrong in (
        {"b": {"c": ["x"]}},
        {"a": 1, "b": {"c": ["x"]}, "d": None},
        {"a": "1", "b": {"c": ["x"]}},
        {"a": True, "b": {"c": ["x"]}},
        {"a": 1, "b": {"c": ["y"]}},
        {"a": 1, "b": {}},
    ):
        with pytest.raises(AssertionError):
            compare(example, wrong, {}, {})


def is_uuid(value: Any) -> bool:
    return isinstance(value, str) and str(UUID(value)) == value


def is_time(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None


def is_words(value: Any) -> bool:
    return isinstance(value, str) and value != ""


# --- scratch ---------------------------------------------------------------------------------------------------------


async def scratch_part(server: Server, index: int, total: int, **headers: str) -> httpx.Response:
    said = {
        "x-filename": "a.bin",
        "x-filesize": str(4 * total),
        "x-chunk-index": str(index),
        "x-total-chunks": str(total),
        "x-upload-id": "one",
    }
    return await server.alice.post("/api/scratch/stream-upload", headers=said | headers, content=b"abcd")


@shows("scratch", "1. 流式上传/响应")
async def _(server: Server, example: Any) -> httpx.Response:
    return await scratch_part(server, example["uploadedChunks"] - 1, example["totalChunks"])


@shows("scratch", "2. 获取上传状态/响应")
async def _(server: Server, example: Any) -> httpx.Response:
    for index in example["chunks"]:
        await scratch_part(server, index, 5)
    return await server.alice.get("/api/scratch/upload-status/one")


@shows("scratch", "3. 取消上传/响应")
async def _(server: Server, example: Any) -> httpx.Response:
    await scratch_part(server, 0, 5)
    return await server.alice.delete("/api/scratch/cancel-upload/one")


@shows("scratch", "错误处理", 0, status=413)
async def _(server: Server, example: Any) -> httpx.Response:
    return await scratch_part(server, 0, 5, **{"x-filesize": str(100 * MIB + 1)})


@shows("scratch", "错误处理", 1, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await scratch_part(server, 0, 5, **{"x-filename": ""})


@shows("scratch", "错误处理", 2, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await scratch_part(server, 0, 5, **{"content-type": "text/plain"})


# --- instant ---------------------------------------------------------------------------------------------------------

CONTENT = b"the bytes of a file"
MD5 = md5(CONTENT)


def filled(example: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    """A request with the keys of the example, each of the type that the example names."""
    types = {"string": str, "number": int}
    assert values.keys() == example.keys()
    assert {key: type(value) for key, value in values.items()} == {key: types[name] for key, name in example.items()}
    return values


def asked(file_id: str = "one") -> dict[str, Any]:
    return {"file_id": file_id, "md5": MD5, "name": "a.bin", "size": len(CONTENT)}


async def instant_part(server: Server, index: str = "0", content: bytes = CONTENT) -> httpx.Response:
    form = {"file_id": "one", "index": index, "user_id": "me"}
    return await server.anyone.post("/api/file/upload", data=form, files={"chunk": ("blob", content)})


async def merged(server: Server) -> httpx.Response:
    await instant_part(server)
    return await server.anyone.post("/api/file/merge", json=asked() | {"total": 1, "user_id": "me"})


async def broken(server: Server, method: str, path: str) -> httpx.Response:
    """A call that meets a defect of the server."""
    server.spoil()
    return await server.alice.request(method, path)


@shows("instant", "1. 秒传确认", 0)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post("/api/file/instant", json=filled(example, asked()))


@shows("instant", "1. 秒传确认", 1, 0)
async def _(server: Server, example: Any) -> httpx.Response:
    await merged(server)
    return await server.anyone.post("/api/file/instant", json=asked())


@shows("instant", "1. 秒传确认", 1, 1)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post("/api/file/instant", json=asked())


@shows("instant", "1. 秒传确认", 2, 0, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post("/api/file/instant", json={"file_id": "one"})


@shows("instant", "1. 秒传确认", 2, 1, status=500, free={"message": is_words})
async def _(server: Server, example: Any) -> httpx.Response:
    return await broken(server, "POST", "/api/file/instant")


@shows("instant", "2. 状态查询", 0)
async def _(server: Server, example: Any) -> httpx.Response:
    for index in example["data"]["chunks"]:
        await instant_part(server, str(index))
    return await server.anyone.get("/api/file/status", params={"file_id": "one", "md5": MD5})


@shows("instant", "2. 状态查询", 1, 0, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.get("/api/file/status", params={"file_id": "one"})


@shows("instant", "2. 状态查询", 1, 1, status=500, free={"message": is_words})
async def _(server: Server, example: Any) -> httpx.Response:
    return await broken(server, "GET", "/api/file/status")


@shows("instant", "3. 分片上传", 0)
async def _(server: Server, example: Any) -> httpx.Response:
    return await instant_part(server)


@shows("instant", "3. 分片上传", 1, 0, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post("/api/file/upload", files={"chunk": ("blob", CONTENT)})


@shows("instant", "3. 分片上传", 1, 1, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await instant_part(server, "first")


@shows("instant", "3. 分片上传", 1, 2, status=500, free={"message": is_words})
async def _(server: Server, example: Any) -> httpx.Response:
    return await broken(server, "POST", "/api/file/upload")


@shows("instant", "4. 分片合并", 0)
async def _(server: Server, example: Any) -> httpx.Response:
    await instant_part(server)
    wanted = filled(example, asked() | {"total": 1, "user_id": "me"})
    return await server.anyone.post("/api/file/merge", json=wanted)


@shows("instant", "4. 分片合并", 1)
async def _(server: Server, example: Any) -> httpx.Response:
    return await merged(server)


@shows("instant", "4. 分片合并", 2, 0, status=400)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.anyone.post("/api/file/merge", json=asked())


@shows("instant", "4. 分片合并", 2, 1, status=500, free={"message": is_words})
async def _(server: Server, example: Any) -> httpx.Response:
    return await broken(server, "POST", "/api/file/merge")


# --- files -----------------------------------------------------------------------------------------------------------

STAMP: dict[str, Check] = {"timestamp": is_time}
FILE = STAMP | {"data.id": is_uuid, "data.uploaderId": is_uuid}
UPLOAD = STAMP | {"data.uploadId": is_uuid}
PARTS = "/api/files/chunked-upload"


def document_of(name: str, size: int) -> io.BytesIO:
    """Bytes of that size that look like what the name says."""
    heads = {"pdf": b"%PDF-1.7\n", "zip": b"PK\x03\x04"}
    return io.BytesIO(heads[name.rpartition(".")[2]].ljust(size, b"\0"))


async def sent_whole(server: Server, name: str, size: int) -> httpx.Response:
    return await server.alice.post("/api/files/upload", files={"file": (name, document_of(name, size))})


async def opened(server: Server, said: Mapping[str, Any]) -> str:
    body = {key: said[key] for key in ("fileName", "fileSize", "totalChunks")}
    answer = await server.alice.post(f"{PARTS}/init", json=body)
    return str(answer.json()["data"]["uploadId"])


async def files_part(server: Server, upload: str, number: int, said: Mapping[str, Any], part: bytes) -> httpx.Response:
    form = {
        "uploadId": upload,
        "chunkNumber": str(number),
        "totalChunks": str(said["totalChunks"]),
        "fileName": str(said["fileName"]),
    }
    return await server.alice.post(f"{PARTS}/chunk", data=form, files={"file": ("blob", part)})


@shows("files", "1.1 上传文件", free=FILE)
async def _(server: Server, example: Any) -> httpx.Response:
    return await sent_whole(server, example["data"]["fileName"], example["data"]["fileSize"])


@shows("files", "2.1 下载文件")
async def _(server: Server, example: Any) -> httpx.Response:
    file = (await sent_whole(server, "a.pdf", 5000)).json()["data"]
    answer = await server.alice.get(f"/api/files/{file['id']}/download")
    assert answer.content == document_of("a.pdf", 5000).read()
    return answer


@shows("files", "3.1 获取文件基本信息", free=STAMP | {"data.id": is_uuid})
async def _(server: Server, example: Any) -> httpx.Response:
    data = example["data"]
    file = (await sent_whole(server, data["fileName"], data["fileSize"])).json()["data"]
    return await server.alice.get(f"/api/files/{file['id']}/info")


@shows("files", "4.1 删除临时文件及分片", free=STAMP)
async def _(server: Server, example: Any) -> httpx.Response:
    file = (await sent_whole(server, "a.pdf", 5000)).json()["data"]
    return await server.alice.delete(f"/api/files/{file['id']}")


@shows("files", "2.1 初始化分片上传", 0)
async def _(server: Server, example: Any) -> httpx.Response:
    return await server.alice.post(f"{PARTS}/init", json=example)


@shows("files", "2.1 初始化分片上传", 1, free=UPLOAD)
async def _(server: Server, example: Any) -> httpx.Response:
    payload = {key: value for key, value in example["data"].items() if key != "uploadId"}
    return await server.alice.post(f"{PARTS}/init", json=payload)


@shows("files", "5.2 上传文件分片", free=UPLOAD)
async def _(server: Server, example: Any) -> httpx.Response:
    payload = {"fileName": "a.zip", "fileSize": 12, "totalChunks": 3}
    return await files_part(server, await opened(server, payload), example["data"]["chunkNumber"], payload, b"abcd")


@shows("files", "5.3 查询分片上传状态", free=UPLOAD | {"data.missingChunks": lambda value: value[:4] == [4, 6, 7, 8]})
async def _(server: Server, example: Any) -> httpx.Response:
    # The document shortens its list of missing parts: four of ninety-six.
    data = example["data"]
    upload = await opened(server, data)
    for number in reversed(data["uploadedChunks"]):
        await files_part(server, upload, number, data, b"abcd")
    answer = await server.alice.get(f"{PARTS}/status", params={"uploadId": upload})
    here = answer.json()["data"]
    assert sorted(here["uploadedChunks"] + here["missingChunks"]) == list(range(1, data["totalChunks"] + 1))
    assert here["missingChunks"][: len(data["missingChunks"])] == data["missingChunks"]
    return answer


@shows("files", "5.4 合并分片", free=FILE)
async def _(server: Server, example: Any) -> httpx.Response:
    data = example["data"] | {"totalChunks": 100}
    content = document_of(data["fileName"], data["fileSize"])
    upload = await opened(server, data)
    for number in range(1, 101):
        await files_part(server, upload, number, data, content.read(MIB))
    return await server.alice.post(f"{PARTS}/merge", params={"uploadId": upload})


REQUESTS = {
    Place("instant", "1. 秒传确认", 0, 0),
    Place("instant", "4. 分片合并", 0, 0),
    Place("files", "2.1 初始化分片上传", 0, 0),
}
"""Examples of what is asked rather than answered: the exchange sends them, and is answered well."""
