"""Downloads that are redirected to an S3 store, and those that are not; and a store that is away."""

from typing import Any

import httpx
import pytest

from cluster.programs import free_port
from tests.dialects.drive.client import send as send_to_drive
from tests.dialects.files.client import Files, send_file
from tests.dialects.oss.client import Oss, upload
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import md5
from tests.support.server import OpenServer
from tests.support.stores import fresh_store, seaweed

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def redirecting() -> dict[str, Any]:
    """The settings of a server whose downloads go past it."""
    return {"store": fresh_store(seaweed()), "store_redirect": True, "dialects": ("files", "oss", "scratch")}


async def fetched(answer: httpx.Response, **headers: str) -> httpx.Response:
    """What a client gets that follows, with the header of its own request and no credential."""
    assert answer.status_code == 307, answer.text
    assert answer.headers["cache-control"] == "no-store"
    async with httpx.AsyncClient(timeout=60) as stranger:
        return await stranger.get(answer.headers["location"], headers=headers)


async def test_a_download_is_redirected(open_server: OpenServer, redirecting: dict[str, Any]) -> None:
    """The store sends the bytes, with the name and the type of the file; a range is the client's to ask for."""
    async with open_server(**redirecting) as server:
        file = await send_file(server.alice, CONTENT, "größe.txt")
        where = f"/api/files/{file['id']}/download"
        whole = await fetched(await server.alice.get(where))
        assert (whole.status_code, whole.content) == (200, CONTENT)
        assert "gr%C3%B6%C3%9Fe.txt" in whole.headers["content-disposition"]
        assert whole.headers["content-type"].startswith(file.get("fileType", "text/plain"))
        ranged = {"Range": "bytes=5-9"}
        part = await fetched(await server.alice.get(where, headers=ranged), **ranged)
        assert (part.status_code, part.content) == (206, CONTENT[5:10])


async def test_what_the_store_could_not_answer_is_answered_here(
    open_server: OpenServer, redirecting: dict[str, Any]
) -> None:
    """Heads, conditions, several ranges, ranges in the query, and refusals."""
    async with open_server(**redirecting) as server:
        file = await send_file(server.alice, CONTENT)
        where = f"/api/files/{file['id']}/download"
        head = await server.alice.head(where)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(CONTENT)))
        ask = server.alice.get
        assert (await ask(where, headers={"If-None-Match": head.headers["etag"]})).status_code == 304
        assert (await ask(where, headers={"If-Match": '"other"'})).status_code == 412
        assert (await ask(where, headers={"Range": "bytes=99999-"})).status_code == 416
        several = await ask(where, headers={"Range": "bytes=0-1,5-6"})
        assert (several.status_code, CONTENT[5:7] in several.content) == (206, True)
        assert (await server.bob.get(where)).status_code == 404
        await upload(server.alice, CONTENT)
        query = {"identifier": md5(CONTENT), "start": "3", "end": "4"}
        assert (await ask("/api/file/download", params=query)).content == CONTENT[3:5]
        contracted = await ask("/api/file/download", params={"identifier": md5(CONTENT)})
        assert contracted.headers["content-range"] == f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"


async def test_without_the_setting_nothing_is_redirected(open_server: OpenServer, redirecting: dict[str, Any]) -> None:
    """Bytes come through this server unless the operator says otherwise."""
    async with open_server(**redirecting | {"store_redirect": False}) as server:
        file = await send_file(server.alice, CONTENT)
        assert (await server.alice.get(f"/api/files/{file['id']}/download")).content == CONTENT


async def test_a_share_is_not_redirected(open_server: OpenServer, redirecting: dict[str, Any]) -> None:
    """An address of the store would be good after the link was revoked."""
    async with open_server(**redirecting | {"dialects": ("drive", "tus")}) as server:
        file = await send_to_drive(server.alice, "a.txt", CONTENT)
        shared = (await server.alice.post("/drive/v1/shares", json={"item": file})).json()
        begun = await server.anyone.post(f"{shared['url']}/tickets")
        whole = await server.anyone.get(f"{shared['url']}/{begun.headers['location']}")
        assert (whole.status_code, whole.content) == (200, CONTENT)


async def test_a_store_that_is_away(open_server: OpenServer) -> None:
    """Whatever needs the store is 503 in the dialect's own envelope, and says when to ask again; the rest goes on."""
    seaweed()
    away = f"s3://b?endpoint=http://127.0.0.1:{free_port()}&region=r"
    async with open_server(store=away, dialects=("files", "oss", "scratch")) as server:
        scratch, files, oss = Scratch(server.alice, [b"a"]), Files(server.alice, [b"a"]), Oss(server.alice, [b"a"])
        assert (await files.init()).status_code == 200
        for answer in (await scratch.send(0), await files.send(1), await upload(server.alice, b"a")):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
        assert (await scratch.send(0)).json()["status"] == "error"
        assert (await oss.init()).json()["code"] == 503  # it may ask what has arrived
        assert (await server.anyone.get("/readyz")).status_code == 503
