"""`drive`: one's own files, as a program sees them."""

import asyncio
import base64
from typing import Any

import pytest

from penstock.engine import drive
from tests.dialects.accounts.client import activate, sudo_of
from tests.dialects.drive.client import DRIVE, call, make, names, send
from tests.dialects.files.client import send_file
from tests.dialects.tus.client import FILES, VERSION, Tus
from tests.support.bytes import md5
from tests.support.server import Server

pytestmark = pytest.mark.dialects("drive", "tus", "files", "resumable", "accounts")


async def test_what_any_dialect_brought_is_listed(server: Server) -> None:
    """Files of every dialect are in the list of all, in the root, where names may repeat."""
    await send_file(server.alice, b"one")
    await send_file(server.alice, b"two")
    await send(server.alice, "sent.txt")
    assert len(await names(server.alice, "files")) == 3
    assert len(await names(server.alice, "files", folder="root")) == 3
    assert await names(server.alice, "files", dialect="tus") == ["sent.txt"]
    assert await names(server.bob, "files") == []


@pytest.mark.parametrize(
    ("sort", "expected"), [("name", "a.txt B.bin c.png"), ("size", "c.png B.bin a.txt"), ("time", "B.bin a.txt c.png")]
)
async def test_a_list_is_sorted_and_goes_on(server: Server, sort: str, expected: str) -> None:
    """Each way round, page by page, and no cursor serves another list."""
    for name, size in (("B.bin", 2), ("a.txt", 3), ("c.png", 1)):
        await send(server.alice, name, b"x" * size)
    for order, wanted in (("asc", expected.split()), ("desc", expected.split()[::-1])):
        found: list[str] = []
        query: dict[str, Any] = {"sort": sort, "order": order, "limit": 1}
        while query.get("cursor", "") is not None:
            page = await call(server.alice, "GET", "files", params=query)
            found += [file["name"] for file in page["files"]]
            query["cursor"] = page["next"]
        assert found == wanted
    page = await call(server.alice, "GET", "files", params={"sort": sort, "limit": 1})
    problem = await call(server.alice, "GET", "files", 400, params={"sort": "type", "cursor": page["next"]})
    assert problem["field"] == "cursor"


async def test_a_file_is_labelled_renamed_and_moved(server: Server) -> None:
    """What is named changes, and nothing else; a label finds the file."""
    file, folder = await send(server.alice, "a.txt"), await make(server.alice, "home")
    await call(server.alice, "PATCH", f"files/{file}", json={"labels": ["红", "two", "红"]})
    changed = await call(server.alice, "PATCH", f"files/{file}", json={"name": "b.txt", "folder": folder})
    assert (changed["name"], changed["folder"], changed["labels"]) == ("b.txt", folder, ["红", "two"])
    assert await names(server.alice, "files", label="红") == ["b.txt"]
    assert await names(server.alice, "files", folder="root") == []
    back = await call(server.alice, "PATCH", f"files/{file}", json={"folder": None})
    assert back["folder"] is None


async def test_a_name_that_is_taken(server: Server) -> None:
    """It is refused with a free one, which `rename` takes at once."""
    await make(server.alice, "home")
    taken = await call(server.alice, "POST", "folders", 409, json={"name": "HOME"})
    assert (taken["field"], taken["free_name"]) == ("name", "HOME (2)")
    made = await call(server.alice, "POST", "folders", 201, json={"name": "HOME", "on_conflict": "rename"})
    assert made["name"] == "HOME (2)"


async def test_only_whoever_has_seen_the_latest_changes_it(server: Server) -> None:
    """With `If-Match` a change of an outdated file or folder is 412, and of the current one succeeds."""
    file, folder = await send(server.alice, "a.txt"), await make(server.alice, "home")
    for path in (f"files/{file}", f"folders/{folder}"):
        seen = (await server.alice.get(f"{DRIVE}/{path}")).headers["etag"]
        name = path.partition("/")[0]
        await call(server.alice, "PATCH", path, json={"name": name}, headers={"If-Match": f'"x", {seen}'})
        for method in ("PATCH", "DELETE"):
            await call(server.alice, method, path, 412, json={"name": "c"}, headers={"If-Match": seen})
        await call(server.alice, "PATCH", path, json={"name": f"{name} c"}, headers={"If-Match": "*"})


async def test_a_claim_makes_a_file_of_what_is_here(server: Server) -> None:
    """Bytes that the caller has need not be sent; those in the trash are offered, and others' are not found."""
    file, folder = await send(server.alice, "a.txt", b"bytes"), await make(server.alice, "home")
    wish = {"name": "b.txt", "size": 5, "md5": md5(b"bytes")}
    claimed = await call(server.alice, "POST", "claims", json=wish | {"folder": folder})
    assert (claimed["file"]["folder"], claimed["trashed"]) == (folder, None)
    again = await call(server.alice, "POST", "claims", json=wish | {"folder": folder})
    assert again["file"]["name"] == "b (2).txt"
    assert await call(server.bob, "POST", "claims", json=wish) == {"file": None, "trashed": None}
    for each in (file, claimed["file"]["id"], again["file"]["id"]):
        await call(server.alice, "DELETE", f"files/{each}")
    missed = await call(server.alice, "POST", "claims", json=wish)
    assert missed["file"] is None
    restored = await call(server.alice, "POST", f"trash/{missed['trashed']['id']}/restore")
    assert restored["trashed_at"] is None


async def test_what_is_put_together_names_its_folder(server: Server) -> None:
    """A final upload of `tus` lies in the folder that its own metadata name."""
    folder, part = await make(server.alice, "home"), Tus(server.alice)
    await part.create(5, b"hello", {"Upload-Concat": "partial"})
    told = VERSION | {
        "Upload-Concat": f"final;{part.url}",
        "Upload-Metadata": f"name YQ==,folder {base64.b64encode(folder.encode()).decode()}",
    }
    assert (await server.alice.post(FILES, headers=told)).status_code == 201
    assert await names(server.alice, "files", folder=folder) == ["a"]


async def test_an_upload_names_its_folder(server: Server) -> None:
    """It lies there under a free name; a folder that is nobody's, another's or thrown away is refused at once."""
    folder, theirs = await make(server.alice, "home"), await make(server.bob, "home")
    for _ in range(2):
        await send(server.alice, "a.txt", folder=folder)
    assert await names(server.alice, "files", folder=folder) == ["a (2).txt", "a.txt"]
    await call(server.alice, "DELETE", f"folders/{folder}")
    before = len(server.rows("uploads"))
    for closed in (folder, theirs, "nobody's", "root"):
        with pytest.raises(AssertionError, match="folder"):
            await send(server.alice, "b.txt", folder=closed)
    assert len(server.rows("uploads")) == before


async def test_a_folder_goes_and_comes_back_with_all_in_it(server: Server) -> None:
    """Its files are in no list, cannot be downloaded in any dialect, count still, and come back with it."""
    folder = await make(server.alice, "top")
    inner = await make(server.alice, "inner", folder)
    file = await send(server.alice, "a.txt", folder=inner)
    await call(server.alice, "DELETE", f"folders/{folder}")
    assert await names(server.alice, "trash") == ["top"]
    assert await names(server.alice, "search", q="a") == []
    assert (await server.alice.get(f"{DRIVE}/files/{file}/content")).status_code == 404
    assert (await server.alice.get(f"/api/files/{file}/download")).status_code == 404
    assert [row["files"] for row in server.rows("usage")] == [1]
    await call(server.alice, "GET", "files", 404, params={"folder": inner})
    await call(server.alice, "POST", f"trash/{folder}/restore")
    told = await call(server.alice, "GET", f"folders/{inner}")
    assert [each["name"] for each in told["path"]] == ["top", "inner"]
    assert (await server.alice.get(f"{DRIVE}/files/{file}/content")).content == b"hello world"


async def test_purging_takes_what_deletion_takes(server: Server) -> None:
    """Who has a second factor shows a sudo token; it is audited, and what is not in the trash stays."""
    folder, file = await make(server.alice, "top"), await send(server.alice, "b.txt")
    inside = await send(server.alice, "a.txt", folder=folder)
    await call(server.alice, "DELETE", f"trash/{file}", 404)
    await call(server.alice, "DELETE", f"trash/{folder}", 404)
    await call(server.alice, "DELETE", f"folders/{folder}")
    await activate(server, "alice")
    await call(server.alice, "DELETE", f"trash/{folder}", 403)
    refused = await call(server.alice, "POST", "bulk/purge", 403, json={"ids": [folder]})
    assert refused["status"] == 403
    await call(server.alice, "DELETE", f"trash/{folder}", 204, headers={"X-Sudo-Token": await sudo_of(server, "alice")})
    await call(server.alice, "GET", f"files/{inside}", 404)
    await call(server.alice, "GET", f"folders/{folder}", 404)
    assert [row["files"] for row in server.rows("usage")] == [1]
    assert [row["about"] for row in server.rows("audit") if row["act"] == "delete file"] == [folder]


async def test_many_at_once_each_with_its_outcome(server: Server) -> None:
    """What one of them is refused changes nothing for the others; a later one sees what an earlier one did."""
    file, folder = await send(server.alice, "a.txt"), await make(server.alice, "home")
    theirs = await send(server.bob, "b.txt")
    changes = [{"id": file, "folder": folder}, {"id": theirs, "name": "mine"}, {"id": folder, "labels": ["no"]}]
    changed = await call(server.alice, "POST", "bulk/change", json={"changes": changes})
    assert [each["status"] for each in changed["outcomes"]] == [200, 404, 400]
    assert changed["outcomes"][0]["item"]["folder"] == folder
    assert changed["outcomes"][2]["problem"]["field"] == "labels"
    for what, statuses in (
        ("trash", [200, 404]),
        ("restore", [200, 404]),
        ("trash", [200, 404]),
        ("purge", [204, 404]),
    ):
        told = await call(server.alice, "POST", f"bulk/{what}", json={"ids": [folder, theirs]})
        assert [each["status"] for each in told["outcomes"]] == statuses, what
    await call(server.alice, "POST", "bulk/trash", 400, json={"ids": ["x"] * 101})
    assert await names(server.alice, "files") == []


async def test_uploads_in_flight_are_told_and_ended(server: Server) -> None:
    """Those of every dialect, one's own, with how much is here; what was ended is in flight no more."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Content-Type": "application/offset+octet-stream"}
    answer = await server.alice.post("/files/", headers=headers, content=b"01234")
    await server.alice.post("/resumable/", headers={"Upload-Complete": "?0"}, content=b"012")
    upload = answer.headers["location"].removeprefix("/files/")
    listed = await call(server.alice, "GET", "uploads")
    assert sorted((each["dialect"], each["bytes"], each["size"]) for each in listed["uploads"]) == [
        ("resumable", 3, None),
        ("tus", 5, 10),
    ]
    assert (await call(server.alice, "GET", f"uploads/{upload}"))["state"] == "open"
    await call(server.alice, "DELETE", f"uploads/{upload}", 204)
    await call(server.alice, "GET", f"uploads/{upload}", 404)
    assert (await server.alice.head(f"/files/{upload}", headers=headers)).status_code == 410
    assert len((await call(server.alice, "GET", "uploads"))["uploads"]) == 1


async def test_folders_never_come_to_lie_in_themselves(server: Server) -> None:
    """However many move them at once, there is a way to the root from each."""
    folders = [await make(server.alice, f"{number}") for number in range(4)]
    moves = [(one, other) for one in folders for other in folders]
    await asyncio.gather(
        *(server.alice.patch(f"{DRIVE}/folders/{one}", json={"folder": other}) for one, other in moves)
    )
    for folder in folders:
        path = (await call(server.alice, "GET", f"folders/{folder}"))["path"]
        assert path[0]["folder"] is None
        assert len({each["id"] for each in path}) == len(path)


async def test_what_comes_twice_is_done_once(server: Server) -> None:
    """Under one key the same is answered, headers and all; another request is 422; what was refused is done anew."""
    headers, folder = {"Idempotency-Key": "mine"}, {"name": "home", "on_conflict": "rename"}
    first = await server.alice.post(f"{DRIVE}/folders", json=folder, headers=headers)
    again = await server.alice.post(f"{DRIVE}/folders", json=folder, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert (again.headers["etag"], again.headers["location"]) == (first.headers["etag"], first.headers["location"])
    assert await names(server.alice, "folders") == ["home"]
    await call(server.alice, "POST", "folders", 422, json={"name": "other"}, headers=headers)
    await call(server.bob, "POST", "folders", 201, json={"name": "theirs"}, headers=headers)
    headers = {"Idempotency-Key": "another"}
    await call(server.alice, "POST", "folders", 409, json={"name": "home"}, headers=headers)
    await call(server.alice, "PATCH", f"folders/{first.json()['id']}", json={"name": "moved"})
    await call(server.alice, "POST", "folders", 201, json={"name": "home"}, headers=headers)


async def test_many_of_one_key_at_once_are_done_once(server: Server) -> None:
    """One of them does it; the others are told so, or told what came of it."""
    answers = await asyncio.gather(
        *(
            server.alice.post(
                f"{DRIVE}/folders", json={"name": "home", "on_conflict": "rename"}, headers={"Idempotency-Key": "k"}
            )
            for _ in range(8)
        )
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await names(server.alice, "folders") == ["home"]


async def test_what_is_in_a_large_folder_follows_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it: the answer is 202, and what the caller's server leaves undone any upkeep does."""
    monkeypatch.setattr(drive, "BATCH", 1)
    folder = await make(server.alice, "large")
    for number in range(5):
        await send(server.alice, f"{number}.txt", folder=folder)
    monkeypatch.setattr(drive, "PATIENCE", 0.0)
    await call(server.alice, "DELETE", f"folders/{folder}", 202)
    await server.container.engine.drive.close()
    await server.container.engine.drive.tidy(1e9)
    assert await names(server.alice, "files") == []
    outcomes = await call(server.alice, "POST", "bulk/restore", json={"ids": [folder]})
    assert outcomes["outcomes"][0]["status"] == 202
    await server.container.engine.drive.tidy(1e9)
    assert len(await names(server.alice, "files", folder=folder)) == 5
