"""Shares: what those see who have a link, and what their owners do about it."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from penstock.model.principal import Scope
from tests.dialects.drive.client import DRIVE, call, make, send
from tests.support.server import FAR, Server

pytestmark = pytest.mark.dialects("drive", "tus", "accounts")


async def share(server: Server, item: str, **terms: Any) -> tuple[str, str]:
    """Share something of Alice's: the id of the share, and the path of its link."""
    made = await call(server.alice, "POST", "shares", 201, json={"item": item, **terms})
    return made["id"], httpx.URL(made["url"]).path


async def begin(server: Server, link: str, file: str | None = None, **kwargs: Any) -> httpx.Response:
    """Begin a download."""
    return await server.anyone.post(f"{link}/tickets", data={"file": file} if file is not None else {}, **kwargs)


async def place(server: Server, link: str, file: str | None = None) -> str:
    """The address of a download that has begun."""
    begun = await begin(server, link, file)
    assert begun.status_code == 303, begun.text
    return f"{link}/{begun.headers['location']}"


async def test_a_file_is_shared(server: Server) -> None:
    """Whoever has the link sees the file and downloads it, whole or in ranges, and nobody keeps the answers."""
    file = await send(server.alice, "<b>报告.html", b"<script>alert(1)</script>")
    _, link = await share(server, file)
    page = await server.anyone.get(link)
    assert page.status_code == 200
    assert "&lt;b&gt;报告.html" in page.text
    assert "<b>" not in page.text
    at = await place(server, link)
    whole, part = await server.anyone.get(at), await server.anyone.get(at, headers={"Range": "bytes=0-6"})
    assert (whole.content, part.status_code, part.content) == (b"<script>alert(1)</script>", 206, b"<script")
    assert whole.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in whole.headers["content-security-policy"]
    for answer in (page, whole, part, await server.anyone.get("/s/none")):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


async def test_a_ticket_is_one_download(server: Server) -> None:
    """However many ranges it takes; and of many that begin at once, as many do as the share allows."""
    share_id, link = await share(server, await send(server.alice, "a.txt"), most_downloads=3)
    begun = await asyncio.gather(*(begin(server, link) for _ in range(12)))
    assert sorted(answer.status_code for answer in begun) == [303] * 3 + [403] * 9
    for answer in begun[:3]:
        if answer.status_code == 303:
            for _ in range(3):
                at = f"{link}/{answer.headers['location']}"
                assert (await server.anyone.get(at, headers={"Range": "bytes=0-0"})).content == b"h"
    assert (await call(server.alice, "GET", f"shares/{share_id}"))["downloads"] == 3
    await call(server.alice, "PATCH", f"shares/{share_id}", json={"most_downloads": 4})
    assert [(await begin(server, link)).status_code for _ in range(2)] == [303, 403]


async def test_a_share_ends(server: Server) -> None:
    """Revoked, past its time, or of a disabled account it is dead at once, tickets and all."""
    file = await send(server.alice, "a.txt")
    ends = []
    for end in ("revoke", "expire", "disable"):
        share_id, link = await share(server, file)
        at = await place(server, link)
        assert (await server.anyone.get(at)).status_code == 200
        if end == "revoke":
            revoked = await call(server.alice, "DELETE", f"shares/{share_id}")
            assert (revoked["url"], revoked["revoked_at"] is not None) == (None, True)
            await call(server.alice, "PATCH", f"shares/{share_id}", 404, json={"expires_at": None})
        elif end == "expire":
            await call(server.alice, "PATCH", f"shares/{share_id}", json={"expires_at": 1})
        else:
            await server.container.engine.access.change_user("alice", disabled=True)
        ends += [(await server.anyone.get(path)).status_code for path in (link, at)]
        ends.append((await begin(server, link)).status_code)
    assert ends == [404] * 9


async def test_a_share_can_be_edited_later(server: Server) -> None:
    """What is named changes and nothing else, on the condition that nobody has changed it."""
    share_id, link = await share(server, await send(server.alice, "a.txt"), expires_at=1)
    assert (await server.anyone.get(link)).status_code == 404
    tag = (await server.alice.get(f"{DRIVE}/shares/{share_id}")).headers["etag"]
    match = {"If-Match": tag}
    changed = await call(server.alice, "PATCH", f"shares/{share_id}", json={"expires_at": None}, headers=match)
    assert (changed["expires_at"], changed["password"], changed["most_downloads"]) == (None, False, None)
    assert httpx.URL(changed["url"]).path == link
    assert (await server.anyone.get(link)).status_code == 200
    await call(server.alice, "PATCH", f"shares/{share_id}", 412, json={"most_downloads": 1}, headers=match)


async def test_a_password_is_asked_for(server: Server) -> None:
    """Nothing is shown without it; with another one, what was given and begun before is worth nothing."""
    password = "open sesame"
    share_id, link = await share(server, await send(server.alice, "secret.txt"), password=password)
    assert server.rows("shares")[0]["password"].startswith("$argon2")
    locked = await server.anyone.get(link, headers={"Accept": "text/html"})
    assert (locked.status_code, "secret" in locked.text, "<form" in locked.text) == (403, False, True)
    assert (await begin(server, link)).status_code == 403
    wrong = await server.anyone.post(f"{link}/password", data={"password": "guess"}, headers={"Accept": "text/html"})
    assert (wrong.status_code, "wrong" in wrong.text) == (403, True)
    right = await server.anyone.post(f"{link}/password", data={"password": password})
    assert (right.status_code, right.headers["location"]) == (303, f"../{link.removeprefix('/s/')}")
    cookie = right.headers["set-cookie"]
    assert all(word in cookie.lower() for word in ("httponly", "samesite=lax"))
    assert "path" not in cookie.lower()
    shown = {"Cookie": cookie.partition(";")[0]}
    assert "secret.txt" in (await server.anyone.get(link, headers=shown)).text
    begun = await begin(server, link, headers=shown)
    at = f"{link}/{begun.headers['location']}"
    assert (await server.anyone.get(at)).status_code == 200
    _, other = await share(server, await send(server.alice, "other.txt"), password=password)
    with server.database() as connection:
        connection.execute("UPDATE shares SET password = (SELECT MIN(password) FROM shares)")
    shown = {
        "Cookie": (await server.anyone.post(f"{link}/password", data={"password": password})).headers["set-cookie"]
    }
    assert [(await server.anyone.get(at, headers=shown)).status_code for at in (link, other)] == [200, 403]
    await call(server.alice, "PATCH", f"shares/{share_id}", json={"password": "another one"})
    assert (await server.anyone.get(link, headers=shown)).status_code == 403
    assert (await server.anyone.get(at)).status_code == 404


async def test_guessing_is_slowed(server: Server) -> None:
    """Passwords of a share, and links that nobody has, are guessed only so often; both are told apart from others'."""
    _, link = await share(server, await send(server.alice, "a.txt"), password="open sesame")
    far = server.caller(None, address=FAR)
    tried = [(await far.post(f"{link}/password", data={"password": "guess"})).status_code for _ in range(11)]
    assert tried == [403] * 10 + [429]
    assert [entry["outcome"] for entry in server.rows("audit") if entry["act"] == "unlock share"] == ["wrong"] * 10
    server.forgive()
    assert [(await far.get(f"/s/{number}")).status_code for number in range(101)] == [404] * 100 + [429]
    assert (await far.get(link)).status_code == 403


async def test_a_folder_is_shared(server: Server) -> None:
    """With the folders in it; what is beside it, moved out, or in the trash is not there."""
    home, beside = await make(server.alice, "home"), await make(server.alice, "beside")
    inner = await make(server.alice, "inner", home)
    top, deep = await send(server.alice, "top.txt", folder=home), await send(server.alice, "deep.txt", b"deep", inner)
    outside = await send(server.alice, "outside.txt", folder=beside)
    _, link = await share(server, home)
    page = (await server.anyone.get(link)).text
    assert ("top.txt" in page, "inner" in page, "deep.txt" in page, "outside" in page) == (True, True, False, False)
    assert "deep.txt" in (await server.anyone.get(link, params={"folder": inner})).text
    assert (await server.anyone.get(link, params={"folder": beside})).status_code == 404
    assert (await server.anyone.get(await place(server, link, deep))).content == b"deep"
    assert (await begin(server, link, outside)).status_code == 404
    assert (await begin(server, link)).status_code == 404
    at = await place(server, link, top)
    await call(server.alice, "PATCH", f"files/{top}", json={"folder": beside})
    assert (await server.anyone.get(at)).status_code == 404
    await call(server.alice, "DELETE", f"folders/{inner}")
    assert (await begin(server, link, deep)).status_code == 404
    assert (await server.anyone.get(link, params={"folder": inner})).status_code == 404
    await call(server.alice, "DELETE", f"folders/{home}")
    assert (await server.anyone.get(link)).status_code == 404


async def test_a_file_in_the_trash_is_not_served(server: Server) -> None:
    """Nor one that is damaged; restored, it is there again."""
    file = await send(server.alice, "a.txt")
    _, link = await share(server, file)
    at = await place(server, link)
    await call(server.alice, "DELETE", f"files/{file}")
    assert [(await server.anyone.get(path)).status_code for path in (link, at)] == [404, 404]
    await call(server.alice, "POST", f"trash/{file}/restore")
    assert [(await server.anyone.get(path)).status_code for path in (link, at)] == [200, 200]
    with server.database() as connection:
        connection.execute("UPDATE blobs SET damaged = 1")
    assert [(await server.anyone.get(path)).status_code for path in (link, at)] == [404, 404]


async def test_a_page_goes_on(server: Server) -> None:
    """Folders, then files, each of them once."""
    home = await make(server.alice, "home")
    wanted = {f"folder-{number:03}" for number in range(3)} | {f"file-{number:03}" for number in range(205)}
    for name in sorted(wanted):
        await (make(server.alice, name, home) if name.startswith("folder") else send(server.alice, name, folder=home))
    _, link = await share(server, home)
    found: list[str] = []
    page = (await server.anyone.get(link)).text
    while True:
        found += re.findall(r"(?:file|folder)-\d{3}", page)
        following = re.search(r'href="([^"]*cursor=[^"]*)"', page)
        if following is None:
            break
        page = (await server.anyone.get(f"/s/{following[1].replace('&amp;', '&')}")).text
    assert set(found) == wanted
    assert sorted(found) == sorted(wanted)


async def test_no_token_is_on_record(server: Server) -> None:
    """Its digest alone is; its owner sees the link again, and a repeated request is answered with it."""
    file = await send(server.alice, "a.txt")
    key = {"Idempotency-Key": "one"}
    made = [await call(server.alice, "POST", "shares", 201, json={"item": file}, headers=key) for _ in range(2)]
    assert made[0] == made[1]
    token = made[0]["url"].rpartition("/")[2]
    assert len(token) == 32
    assert [each["url"] for each in (await call(server.alice, "GET", "shares"))["shares"]] == [made[0]["url"]]
    recorded = str([server.rows(table) for table in ("shares", "replies", "audit")])
    assert token not in recorded
    assert recorded.count(made[0]["id"]) >= 3


async def test_a_new_key_hides_the_link_and_does_not_end_it(server: Server) -> None:
    """Once the key of which a link was made is gone, its owner no longer sees it; who has it goes on."""
    _, link = await share(server, await send(server.alice, "a.txt"))
    await server.container.storage.keys.rotate(keep=False)
    assert [each["url"] for each in (await call(server.alice, "GET", "shares"))["shares"]] == [None]
    assert (await server.anyone.get(link)).status_code == 200


async def test_who_may_not_read_cannot_share(server: Server) -> None:
    """What is somebody else's, nor with a token that may write alone: it would read by the link."""
    file, folder = await send(server.alice, "a.txt"), await make(server.alice, "home")
    for item in (file, folder, "none"):
        assert (await call(server.bob, "POST", "shares", 400, json={"item": item}))["field"] == "item"
    token = await server.container.engine.access.create_token("alice", frozenset({Scope.WRITE}), None)
    await call(server.caller(token), "POST", "shares", 403, json={"item": file})


async def test_shares_go_with_their_account(server: Server) -> None:
    """Its files may go to an heir; its links are gone."""
    _, link = await share(server, await send(server.alice, "a.txt"))
    await place(server, link)
    await server.container.engine.access.remove_user("alice", "bob")
    assert (await server.anyone.get(link)).status_code == 404
    assert server.rows("shares") == server.rows("tickets") == []


async def test_a_page_is_in_the_language_that_is_asked_for(server: Server) -> None:
    """Chinese or English."""
    _, link = await share(server, await send(server.alice, "a.txt"))
    asked = {"zh-CN,zh;q=0.9,en;q=0.8": "下载", "en-GB,en;q=0.9,zh;q=0.1": "Download", "fr": "Download", "": "Download"}
    for language, word in asked.items():
        page = await server.anyone.get(link, headers={"Accept-Language": language})
        assert word in page.text


async def test_what_is_done_is_written_down(server: Server) -> None:
    """Each making, changing and revoking, by whom."""
    share_id, _ = await share(server, await send(server.alice, "a.txt"))
    await call(server.alice, "PATCH", f"shares/{share_id}", json={"most_downloads": 1})
    await call(server.alice, "DELETE", f"shares/{share_id}")
    acts = [(entry["who"], entry["act"]) for entry in server.rows("audit") if entry["about"] == share_id]
    assert sorted(acts) == [("alice", "change share"), ("alice", "make share"), ("alice", "revoke share")]
