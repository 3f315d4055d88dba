"""Every JSON example of the `oss` contract, and its curl commands, against the server."""

import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contracts.documents import Place, examples, text_of
from tests.dialects.oss.client import DIALECTS, Oss, upload
from tests.support.bytes import md5
from tests.support.pictures import photo
from tests.support.process import ServerProcess
from tests.support.server import Server

pytestmark = pytest.mark.dialects(*DIALECTS)

Perform = Callable[[Server, Any], Awaitable[httpx.Response]]

FILE_ADDS = {"key", "suffix"}
PICTURE_ADDS = FILE_ADDS | {"thumbPath"}
ENVELOPE_ADDS = {"": {"timestamp"}}
REFUSAL_ADDS = {"": {"timestamp", "error"}}
"""What RULINGS.md adds, by the path of the object that has it."""


def likeness(example: Any, answer: Any, adds: dict[str, set[str]], at: str = "") -> None:
    """The answer has the example's keys, and values of its types; codes and messages are the example's own."""
    assert type(answer) is type(example), f"{at}: {answer!r} is not of the type of {example!r}"
    if at in {"code", "message", "data.isNew", "data.isFinish"}:
        assert answer == example, at
    if isinstance(example, dict):
        named = {key for key in example if not key.isdigit()}
        assert {key for key in answer if not key.isdigit()} == named | adds.get(at, set()), at
        for key in named:
            likeness(example[key], answer[key], adds, f"{at}.{key}".lstrip("."))
        for key in answer.keys() - named - adds.get(at, set()):
            assert type(answer[key]) is str, f"{at}.{key}"


async def checked(server: Server, example: Any) -> httpx.Response:
    declared = example["data"]["undoneChunkMap"]
    sent = Oss(server.alice, [bytes([number]) for number in range(5)])
    await sent.init()
    for number in range(1, 6):
        if str(number) not in declared:
            await sent.put(number)
    answer = await sent.ask("check")
    assert answer.json()["data"]["undoneChunkMap"].keys() == declared.keys()
    return answer


async def begun(server: Server, example: Any) -> httpx.Response:
    return await Oss(server.alice, [b"1", b"2", b"3"], "large-video.mp4").init()


async def merged(server: Server, example: Any) -> httpx.Response:
    sent = Oss(server.alice, [b"1", b"2"], "large-video.mp4")
    await sent.whole()
    return await sent.ask("merge")


async def found(server: Server, example: Any) -> httpx.Response:
    await upload(server.alice, b"x")
    return await Oss(server.alice, [b"x"]).ask("isExits")


async def not_found(server: Server, example: Any) -> httpx.Response:
    return await Oss(server.alice, [b"x"]).ask("isExits")


async def uploaded(server: Server, example: Any) -> httpx.Response:
    return await upload(server.alice, b"%PDF-1.7", example["data"]["name"])


async def hashed(server: Server, example: Any) -> httpx.Response:
    return await server.alice.request("GET", "/api/file/md5", files={"file": (example["data"]["name"], b"x")})


async def pictured(server: Server, path: str, example: Any) -> httpx.Response:
    content = photo(300, 200)
    answer = await server.alice.post(
        f"/api/media/{path}",
        params={"identifier": md5(content)},
        files={"file": (example["data"]["name"], content)},
    )
    for key in ("path", "thumbnailPath"):
        assert (await server.caller().get(answer.json()["data"][key])).headers["content-type"] == "image/jpeg"
    return answer


async def image(server: Server, example: Any) -> httpx.Response:
    return await pictured(server, "image/upload", example)


async def avatar(server: Server, example: Any) -> httpx.Response:
    return await pictured(server, "avatar/upload", example)


ANSWERS: dict[str, list[tuple[Perform, dict[str, set[str]]]]] = {
    "1. 校验文件是否存在（获取上传进度）/响应数据": [(checked, ENVELOPE_ADDS)],
    "2. 初始化分片上传/响应数据": [(begun, ENVELOPE_ADDS)],
    "3. 合并分片/响应数据": [(merged, ENVELOPE_ADDS | {"data": FILE_ADDS})],
    "4. 判断文件是否存在/响应数据": [(found, ENVELOPE_ADDS | {"data": FILE_ADDS}), (not_found, REFUSAL_ADDS)],
    "5. 上传文件/响应数据": [(uploaded, ENVELOPE_ADDS | {"data": FILE_ADDS})],
    "7. 获取文件 MD5/响应数据": [(hashed, ENVELOPE_ADDS)],
    "8. 上传图片/响应数据": [(image, ENVELOPE_ADDS | {"data": PICTURE_ADDS})],
    "9. 上传头像/响应数据": [(avatar, ENVELOPE_ADDS | {"data": PICTURE_ADDS | {"sizes"}})],
}
"""The exchange behind each answer, by its heading and the number of its block."""

MODELS = {
    "FileVo - 文件信息": (image, PICTURE_ADDS),
    "FileChunkVo - 分片信息": (begun, set()),
    "FileUploadProgressVo - 上传进度": (checked, set()),
}
"""The exchange whose `data` each model is."""

REQUESTS = {"2. 初始化分片上传/请求参数", "OssFileDto - 文件上传信息"}
ELSEWHERE = {
    "通用响应格式/成功响应",  # a sketch with an ellipsis
    "通用响应格式/错误响应",  # test_an_error_has_the_envelope_of_the_document
    "6. 文件下载/Range 头格式",  # test_oss.py, ranges
    "OssFileMediaInfoDto - 媒体处理参数",  # test_pictures.py
    "FileDownloadRangeDto - 下载范围",  # test_the_download_range_is_taken_from_the_query
}


def test_no_example_is_passed_over() -> None:
    """Each example of the document belongs to a table here, or to the scenarios or curl commands."""
    headings = {place.heading for place in examples("oss")}
    programs = {heading for heading in headings if heading.startswith("场景") or heading.endswith("/请求示例")}
    assert headings == ANSWERS.keys() | MODELS.keys() | REQUESTS | ELSEWHERE | programs


@pytest.mark.parametrize("place", [(heading, n) for heading in ANSWERS for n in range(len(ANSWERS[heading]))], ids=str)
async def test_an_answer_is_what_the_document_shows(server: Server, place: tuple[str, int]) -> None:
    """No key less, none more than RULINGS adds, every value of the type that the example has."""
    heading, number = place
    perform, adds = ANSWERS[heading][number]
    example = examples("oss")[Place("oss", heading, number, 0)]
    answer = await perform(server, example)
    assert answer.status_code == example["code"]
    likeness(example, answer.json(), adds)


@pytest.mark.parametrize("heading", MODELS)
async def test_a_model_is_what_the_calls_answer(server: Server, heading: str) -> None:
    """The data models of the document are the `data` of the answers."""
    perform, adds = MODELS[heading]
    model = examples("oss")[Place("oss", heading, 0, 0)]
    answer = await perform(server, {"data": model})
    likeness({"data": model}, {"data": answer.json()["data"]}, {"data": adds})


@pytest.mark.parametrize("heading", sorted(REQUESTS))
async def test_a_request_of_the_document_is_taken(server: Server, heading: str) -> None:
    """`init` takes the document's own bodies, and answers an address for each of their parts."""
    body = examples("oss")[Place("oss", heading, 0, 0)]
    answer = await server.alice.post("/api/file/multipart/init", json=body)
    assert list(answer.json()["data"]["uploadUrl"]) == [str(number) for number in range(1, body["partNum"] + 1)]


async def test_an_error_has_the_envelope_of_the_document(server: Server) -> None:
    """The keys of the general error, with the time and the symbolic name that RULINGS adds."""
    example = examples("oss")[Place("oss", "通用响应格式/错误响应", 0, 0)]
    answer = await server.alice.get("/api/file/multipart/check")
    assert (answer.status_code, answer.json()["code"]) == (example["code"], example["code"])
    assert answer.json().keys() == example.keys() | REFUSAL_ADDS[""]


async def test_the_download_range_is_taken_from_the_query(server: Server) -> None:
    """`start` and `end` of the document's range, as query parameters."""
    declared = examples("oss")[Place("oss", "FileDownloadRangeDto - 下载范围", 0, 0)]
    content = bytes(declared["fileSize"])
    await upload(server.alice, content)
    params = {"identifier": md5(content)} | {key: str(value) for key, value in declared.items()}
    answer = await server.alice.get("/api/file/download", params=params)
    assert answer.headers["content-range"] == f"bytes {declared['start']}-{declared['end']}/{declared['fileSize']}"


def curl_commands() -> list[str]:
    """Every curl command of the document, one string each."""
    blocks = [block.partition("```")[0] for block in text_of("oss").split("```bash\n")[1:]]
    paragraphs = [paragraph for block in blocks for paragraph in block.split("\n\n")]
    return [paragraph[paragraph.index("curl ") :] for paragraph in paragraphs if "\ncurl " in paragraph]


CURL = [
    ("multipart/check", "200"),
    ("multipart/init", "200"),
    ("multipart/merge", "409"),
    ("file/upload", "200"),
    ("multipart/isExits", "200"),
    ("file/download", "200"),
    ("file/download", "416"),
    ("file/md5", "200"),
    ("image/upload", "200"),
    ("avatar/upload", "200"),
]
"""The commands in an order in which each finds what it needs, and what it answers; the file is under a MiB."""


def test_the_curl_commands_run(live: ServerProcess, live_token: str, tmp_path: Path) -> None:
    """Each command runs as printed, with the host, the token, the file and its MD5 filled in."""
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(photo(300, 200))
    identifier = md5(picture.read_bytes())
    commands = curl_commands()
    for path, status in CURL:
        command = next(command for command in commands if f"{path}?" in command or f'{path}"' in command)
        commands.remove(command)
        filled = command.replace("https://api.example.com", live.url).replace("YOUR_TOKEN", live_token)
        filled = re.sub(r"@/path/to/[\w.]+", f"@{picture}", filled)
        filled = re.sub(r"[0-9a-f]{32}", identifier, filled)
        run = ["bash", "-c", f"{filled.strip()} -s -D head"]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (tmp_path / "head").read_text().split()[1] == status, f"{filled}\n{done.stdout}\n{done.stderr}"
    assert commands == []
