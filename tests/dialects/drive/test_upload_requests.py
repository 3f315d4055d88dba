"""Upload requests: what those may who have a link, and what no link opens."""

import asyncio
import base64
import re
from typing import Any

import httpx
import pytest

from penstock.model.ids import FolderId
from penstock.model.principal import Scope
from tests.dialects.drive.client import call, make, names, send
from tests.dialects.every_call import calls_of
from tests.dialects.tus.client import CHUNK, FILES, VERSION, Tus
from tests.support.server import FAR, OpenServer, Server, every_name

pytestmark = pytest.mark.dialects("drive", "tus", "accounts")


def named(name: str, **others: str) -> dict[str, str]:
    """The metadata of a file of this name."""
    pairs = {"filename": name, **others}
    told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    return {"Upload-Metadata": told}


async def request(server: Server, folder: str, **terms: Any) -> tuple[str, httpx.AsyncClient]:
    """Ask for files in a folder of Alice's: the id of the upload request, and somebody who has its link."""
    made = await call(server.alice, "POST", "upload-requests", 201, json={"folder": folder, **terms})
    token = made["url"].rpartition("/")[2]
    return made["id"], server.caller(token)


async def refusals(guest: httpx.AsyncClient, *sizes: int) -> list[int]:
    """How creations of files of these sizes, all at once, are answered."""
    answers = await asyncio.gather(
        *(guest.post(FILES, headers=VERSION | {"Upload-Length": str(size)}) for size in sizes)
    )
    return sorted(answer.status_code for answer in answers)


async def test_others_send_into_a_folder(server: Server) -> None:
    """What comes is the owner's, in that folder under a free name, whatever folder its sender names."""
    home, beside = await make(server.alice, "home"), await make(server.alice, "beside")
    request_id, guest = await request(server, home)
    for _ in range(2):
        upload = Tus(guest)
        assert (await upload.create(5, headers=named("a.txt", folder=beside))).status_code == 201
        assert (await upload.patch(0, b"he")).status_code == 204
        assert await upload.offset() == 2
        assert (await upload.patch(2, b"llo")).status_code == 204
        assert await upload.offset() == 5
    assert await names(server.alice, "files", folder=home) == ["a (2).txt", "a.txt"]
    assert await names(server.alice, "files", folder=beside) == []
    told = await call(server.alice, "GET", f"upload-requests/{request_id}")
    assert (told["files"], told["bytes"]) == (2, 10)
    given_up = Tus(guest)
    await given_up.create(5)
    assert (await given_up.delete()).status_code == 204


@pytest.mark.dialects(*every_name(), open=())
async def test_the_link_opens_nothing_else(server: Server) -> None:
    """No call of any dialect takes it but those that send, and these know no other upload and no file."""
    home = await make(server.alice, "home")
    _, guest = await request(server, home)
    for (dialect, method, path), (_, known) in calls_of(server).items():
        if known.scope is not None and (dialect != "tus" or known.scope is Scope.READ):
            answer = await guest.request(method, re.sub(r"\{.*?\}", "x", path))
            assert answer.status_code == 401, f"{method} {path}: {answer.text}"
    _, other = await request(server, home)
    own, foreign, finished = Tus(server.alice), Tus(other), Tus(guest)
    for upload, body in ((own, None), (foreign, None), (finished, b"hello")):
        await upload.create(5, body)
    sent = await send(server.alice, "mine.txt")
    for url in (own.url, foreign.url, f"{FILES}{sent}"):
        theirs = Tus(guest, url)
        assert (await theirs.head()).status_code == 404
        assert (await theirs.patch(0, b"hello")).status_code == 404
        assert (await theirs.delete()).status_code == 404
        assert (await guest.get(url)).status_code == 401
    assert (await finished.delete()).status_code == 404
    assert (await guest.get(finished.url)).status_code == 401
    assert len(await names(server.alice, "files")) == 2
    partial = VERSION | {"Upload-Length": "5", "Upload-Concat": "partial"}
    assert (await guest.post(FILES, headers=partial)).status_code == 400


async def test_limits_hold_however_many_come_at_once(server: Server) -> None:
    """Files, bytes, and the largest file: what is on its way counts, what is given up does not."""
    home = await make(server.alice, "home")
    _, guest = await request(server, home, most_files=2)
    assert await refusals(guest, *[5] * 8) == [201] * 2 + [507] * 6
    _, guest = await request(server, home, most_bytes=100)
    assert await refusals(guest, *[30] * 8) == [201] * 3 + [507] * 5
    assert await refusals(guest, 10, 11) == [201, 507]
    request_id, guest = await request(server, home, largest=10)
    assert await refusals(guest, 10, 11) == [201, 413]
    await call(server.alice, "PATCH", f"upload-requests/{request_id}", json={"largest": 11})
    assert await refusals(guest, 11, 12) == [201, 413]
    request_id, guest = await request(server, home, most_files=1)
    upload = Tus(guest)
    await upload.create(5)
    assert await refusals(guest, 5) == [507]
    await upload.delete()
    assert await refusals(guest, 5) == [201]


async def test_what_came_counts_for_ever(server: Server) -> None:
    """Also once its owner has removed it; a new limit makes room."""
    home = await make(server.alice, "home")
    request_id, guest = await request(server, home, most_files=1, most_bytes=9)
    assert (await Tus(guest).create(5, b"hello")).status_code == 201
    [file] = (await call(server.alice, "GET", "files"))["files"]
    await call(server.alice, "DELETE", f"files/{file['id']}")
    await call(server.alice, "DELETE", f"trash/{file['id']}", 204)
    assert await refusals(guest, 1) == [507]
    await call(server.alice, "PATCH", f"upload-requests/{request_id}", json={"most_files": 9})
    assert await refusals(guest, 4, 1) == [201, 507]


async def test_a_length_that_comes_later_is_bounded(server: Server) -> None:
    """It takes what is left until it is told, and no more than that afterwards."""
    home = await make(server.alice, "home")
    _, guest = await request(server, home, most_bytes=20)
    upload = Tus(guest)
    assert (await upload.create()).status_code == 201
    assert await refusals(guest, 1) == [507]
    assert (await upload.patch(0, b"x" * 21)).status_code == 413
    assert (await upload.patch(0, b"x" * 4, {"Upload-Length": "21"})).status_code == 413
    assert (await upload.patch(0, b"x" * 4, {"Upload-Length": "4"})).status_code == 204
    assert await refusals(guest, 16, 1) == [201, 507]


async def test_an_upload_request_ends(server: Server) -> None:
    """Revoked, past its time, its folder or one above it in the trash, or its owner disabled: at once, for uploads that
    have begun, too.
    """
    for end in ("revoke", "expire", "trash", "above", "disable"):
        top = await make(server.alice, end)
        home = await make(server.alice, "home", top)
        request_id, guest = await request(server, home)
        upload = Tus(guest)
        await upload.create(5)
        page = f"/s/{guest.headers['authorization'].removeprefix('Bearer ')}"
        assert (await server.anyone.get(page)).status_code == 200
        if end == "revoke":
            assert (await call(server.alice, "DELETE", f"upload-requests/{request_id}"))["url"] is None
            await call(server.alice, "PATCH", f"upload-requests/{request_id}", 404, json={"title": "again"})
        elif end == "expire":
            await call(server.alice, "PATCH", f"upload-requests/{request_id}", json={"expires_at": 0})
        elif end == "disable":
            await server.container.engine.access.change_user("alice", disabled=True)
        elif end == "trash":
            await call(server.alice, "DELETE", f"folders/{home}")
        else:  # and what is in it has not followed yet
            alice = (await server.container.engine.access.user("alice")).id
            await server.container.storage.trash.put_folder(alice, FolderId(top))
        answers = [await guest.post(FILES, headers=VERSION | {"Upload-Length": "5"})]
        answers += [await upload.head(), await upload.patch(0, b"hello"), await upload.delete()]
        assert [answer.status_code for answer in answers] == [401] * 4, end
        assert (await server.anyone.get(page)).status_code == 404


async def test_who_may_not_write_is_told_no_link(server: Server) -> None:
    """By the link it would."""
    home = await make(server.alice, "home")
    request_id, _ = await request(server, home)
    reader = server.caller(await server.container.engine.access.create_token("alice", frozenset({Scope.READ}), None))
    assert (await call(reader, "GET", f"upload-requests/{request_id}"))["url"] is None
    assert (await call(reader, "GET", "upload-requests"))["upload_requests"][0]["url"] is None
    assert (await call(server.alice, "GET", f"upload-requests/{request_id}"))["url"] is not None


async def test_the_quota_is_the_owners(open_server: OpenServer) -> None:
    """What others send counts on it."""
    async with open_server(dialects=("drive", "tus", "accounts"), quota_bytes=100) as server:
        _, guest = await request(server, await make(server.alice, "home"))
        assert await refusals(guest, 60) == [201]
        upload = Tus(guest)
        await upload.create(60, b"x" * 60)
        answer = await guest.post(FILES, headers=CHUNK | {"Upload-Length": "60"}, content=b"x" * 60)
        assert (answer.status_code, "100" in answer.text) == (507, False)


async def test_the_page_says_what_may_come(server: Server) -> None:
    """Its title and its limits, and nothing of the folder; its script comes from here, and no other runs."""
    home = await make(server.alice, "confidential")
    _, guest = await request(server, home, title="<Photos>", most_files=3, largest=5_000_000)
    page = await server.anyone.get(f"/s/{guest.headers['authorization'].removeprefix('Bearer ')}")
    assert "&lt;Photos&gt;" in page.text
    assert "5.0 MB" in page.text
    assert "confidential" not in page.text
    assert re.findall(r"<script[^>]*>", page.text) == ['<script src="assets/upload.js">']
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert (await server.anyone.get("/s/assets/upload.js")).headers["content-type"].startswith("text/javascript")
    assert (await server.anyone.get("/s/psu_guessed")).status_code == 404


async def test_upload_requests_go_with_their_account(server: Server) -> None:
    """With what is on its way, too."""
    _, guest = await request(server, await make(server.alice, "home"))
    await Tus(guest).create(5)
    await server.container.engine.access.remove_user("alice", None)
    assert server.rows("upload_requests") == []
    assert await refusals(guest, 5) == [401]


async def test_no_token_of_a_request_is_on_record(server: Server) -> None:
    """Its digest alone is; a repeated request is answered with it, and the log does not have it."""
    body, key = {"folder": await make(server.alice, "home")}, {"Idempotency-Key": "one"}
    made = [await call(server.alice, "POST", "upload-requests", 201, json=body, headers=key) for _ in range(2)]
    assert made[0] == made[1]
    token = made[0]["url"].rpartition("/")[2]
    recorded = str([server.rows(table) for table in ("upload_requests", "replies", "audit")])
    assert token not in recorded
    assert recorded.count(made[0]["id"]) >= 3


async def test_guests_of_one_address_are_bounded(open_server: OpenServer) -> None:
    """Who has the link fills no more of the owner's uploads in flight than an address may."""
    async with open_server(dialects=("drive", "tus", "accounts"), quota_guest_uploads=2) as server:
        made = await call(
            server.alice, "POST", "upload-requests", 201, json={"folder": await make(server.alice, "home")}
        )
        near = server.caller(made["url"].rpartition("/")[2])
        far = server.caller(made["url"].rpartition("/")[2], address=FAR)
        assert await refusals(near, 1, 1, 1) == [201, 201, 507]
        assert await refusals(far, 1) == [201]
        assert (await server.alice.post(FILES, headers=VERSION | {"Upload-Length": "1"})).status_code == 201
        assert len(await names(server.alice, "uploads")) == 4
