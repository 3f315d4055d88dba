"""Whichever dialect a file comes by, and whatever happens to it, it is told."""

import json
from typing import Any

import pytest

from tests.dialects.drive.client import call, make
from tests.dialects.oss.client import image, process
from tests.dialects.test_hooks import CONTENT, SENT, by_hash, by_instant, by_metaid, by_picture, by_tus
from tests.support.pictures import photo
from tests.support.server import Server, every_name
from tests.support.waiting import eventually

pytestmark = pytest.mark.dialects(*every_name(), publishing=1, block_interval=0.05)


async def told(server: Server, **query: str) -> list[dict[str, Any]]:
    """What one's own events are."""
    answer = await server.alice.get(
        "/drive/v1/events", params={"follow": "false", **query}, headers={"Last-Event-ID": "0"}
    )
    assert answer.status_code == 200, answer.text
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in answer.text.split("\n\n") if block]
    events = [{**json.loads(block["data"]), "number": int(block["id"])} for block in blocks if "data" in block]
    assert [event["type"] for event in events] == [block["event"] for block in blocks if "data" in block]
    return events


async def types(server: Server) -> list[str]:
    """Their kinds, in order."""
    return [event["type"] for event in await told(server)]


@pytest.mark.parametrize("way", SENT, ids=lambda way: way.__name__)
async def test_a_file_of_every_dialect_is_told(server: Server, way: Any) -> None:
    """However it is sent, there is one event of it, which shows it as its owner sees it."""
    answer = await way(server)
    assert answer.is_success, answer.text
    [event] = await told(server, types="file.created")
    [file] = (await call(server.alice, "GET", "files"))["files"]
    assert event["data"] == file | {"md5": event["data"]["md5"]}
    assert event["data"]["md5"] in {None, file["md5"]}, "it may be computed later"
    assert file["size"] == len(CONTENT)


async def test_a_claim_is_told(server: Server) -> None:
    """A file that need not be sent is there as well."""
    await by_instant(server)
    await by_hash(server)
    assert await types(server) == ["file.created", "file.created"]


async def test_a_picture_is_told(server: Server) -> None:
    """So is what is made of it: with it, and on request."""
    answer = await by_picture(server)
    assert answer.is_success, answer.text
    [file] = (await call(server.alice, "GET", "files"))["files"]
    first, *made = await told(server)
    assert (first["type"], first["data"]["id"]) == ("file.created", file["id"])
    assert made
    assert {(event["type"], event["data"]["file"], event["data"]["source"]) for event in made} == {
        ("picture.made", file["id"], file["sha256"])
    }


async def test_a_variant_that_is_asked_for(server: Server) -> None:
    """A size that somebody asks for is told when it is made, and not when it is there."""
    picture = photo(64, 48)
    await image(server.alice, picture)
    before = len(await told(server))
    for _ in range(2):
        answer = await process(server.alice, picture, width=32)
        assert answer.is_success, answer.text
    assert await types(server) == [*(await types(server))[:before], "picture.made"]


async def test_a_publication_is_told(server: Server) -> None:
    """That it is on the chain, with its transaction."""
    await by_metaid(server)
    await eventually(lambda: _has(server, "publication.completed"), within=20)
    [event] = await told(server, types="publication.completed")
    assert (event["data"]["state"], event["data"]["size"]) == ("completed", len(CONTENT))
    assert event["data"]["txid"]


async def _has(server: Server, kind: str) -> bool:
    return kind in await types(server)


async def test_the_life_of_a_file(server: Server) -> None:
    """Each thing that its owner does to it is told in its order, once."""
    await by_tus(server)
    [file] = (await call(server.alice, "GET", "files"))["files"]
    folder = await make(server.alice, "home")
    await call(server.alice, "PATCH", f"files/{file['id']}", json={"name": "b.txt", "folder": folder})
    await call(server.alice, "PATCH", f"files/{file['id']}", json={"labels": ["kept"]})
    await call(server.alice, "DELETE", f"folders/{folder}")
    await call(server.alice, "POST", f"trash/{folder}/restore")
    await call(server.alice, "DELETE", f"files/{file['id']}")
    await call(server.alice, "DELETE", f"trash/{file['id']}", 204)
    assert await types(server) == [
        "file.created",
        "folder.created",
        "file.changed",
        "file.changed",
        "folder.trashed",
        "file.trashed",
        "folder.restored",
        "file.restored",
        "file.trashed",
        "file.removed",
    ]


async def test_an_upload_that_is_cancelled(server: Server) -> None:
    """What is given up is told."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    upload = (await server.alice.post("/files/", headers=headers)).headers["location"].removeprefix("/files/")
    await call(server.alice, "DELETE", f"uploads/{upload}", 204)
    [event] = await told(server)
    assert (event["type"], event["data"]["id"]) == ("upload.cancelled", upload)
