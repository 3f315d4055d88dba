"""Signed addresses, by which a browser opens what a token would have to be sent for."""

from urllib.parse import urlsplit

import httpx
import pytest

from penstock.model.principal import EVERY_SCOPE
from tests.dialects.drive.client import DRIVE, call, send
from tests.support.server import Server

pytestmark = pytest.mark.dialects("drive", "tus", "accounts", "files")

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000"
    "000049454e44ae426082"
)


async def link(caller: httpx.AsyncClient, file: str, *, download: bool = False) -> str:
    """The address of a file, without its host."""
    return await address(caller, file=file, download=download)


async def address(caller: httpx.AsyncClient, **target: object) -> str:
    """The address of a target, without its host."""
    [made] = (await call(caller, "POST", "links", json={"targets": [target]}))["links"]
    url = urlsplit(made["url"])
    return f"{url.path}?{url.query}"


async def test_an_address_needs_no_token(server: Server) -> None:
    """It shows a picture, or saves it, whole and in ranges; and no page runs in it."""
    file = await send(server.alice, "dot.png", DOT)
    shown, saved = await link(server.alice, file), await link(server.alice, file, download=True)
    answers = [await server.anyone.get(shown), await server.anyone.get(saved), await server.anyone.head(shown)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].content == DOT
    dispositions = [answer.headers["content-disposition"].partition(";")[0] for answer in answers]
    assert dispositions == ["inline", "attachment", "inline"]
    part = await server.anyone.get(shown, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, DOT[:4])
    page = await send(server.alice, "page.html", b"<script>alert(1)</script>")
    assert (await server.anyone.get(await link(server.alice, page))).headers["content-disposition"].startswith("attach")


async def test_previews_and_zips_have_addresses(server: Server) -> None:
    """A preview of the size that was asked for, a zip in ranges; nobody else's, and none of nothing."""
    file = await send(server.alice, "dot.png", DOT)
    shown = await server.anyone.get(await address(server.alice, file=file, what="preview", size="small"))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    made = (await call(server.alice, "POST", "zips", 201, json={"ids": [file]}))["id"]
    saved = await server.anyone.get(await address(server.alice, zip=made), headers={"Range": "bytes=0-3"})
    assert (saved.status_code, saved.content) == (206, b"PK\x03\x04")
    [none] = (await call(server.bob, "POST", "links", json={"targets": [{"zip": made}]}))["links"]
    assert (none["status"], none["zip"]) == (404, made)
    [none] = (await call(server.alice, "POST", "links", json={"targets": [{}]}))["links"]
    assert (none["status"], none["problem"]["field"]) == (400, "file")


async def test_an_address_is_for_one_thing(server: Server) -> None:
    """Changed in any way, for another file, with another method, or without its signature it opens nothing."""
    file, other = await send(server.alice, "a.txt"), await send(server.alice, "b.txt")
    at = await link(server.alice, file)
    path, _, query = at.partition("?")
    told = query.rpartition("link=")[2]
    wrong = [
        at.replace(file, other),
        at.replace("disposition=inline", "disposition=attachment"),
        f"{at}&disposition=attachment",
        f"{path}?link={told}",
        f"{at}x",
        f"{at}&link={told}",
        f"{path}?disposition=inline&link=a%7Eb",
        f"{path}?disposition=inline&link=",
        at.replace("/content", ""),
    ]
    statuses = [(await server.anyone.get(address)).status_code for address in wrong]
    assert statuses == [403] * 8 + [401]
    assert (await server.anyone.delete(at.replace("/content", ""))).status_code == 401
    assert (await server.anyone.post(at)).status_code == 405


async def test_nobody_gets_an_address_of_what_is_not_theirs(server: Server) -> None:
    """Each target has an outcome of its own."""
    mine, theirs = await send(server.alice, "a.txt"), await send(server.bob, "b.txt")
    thrown = await send(server.alice, "c.txt")
    await call(server.alice, "DELETE", f"files/{thrown}")
    targets = {"targets": [{"file": file} for file in (mine, theirs, thrown, "none")]}
    links = (await call(server.alice, "POST", "links", json=targets))["links"]
    assert [each["status"] for each in links] == [200, 404, 404, 404]
    assert [each["url"] is not None for each in links] == [True, False, False, False]
    assert links[1]["problem"] == links[3]["problem"]


async def test_an_address_ends(server: Server) -> None:
    """With the session of who asked for it, with the account, and with its file."""
    file = await send(server.alice, "a.txt")
    access, sessions = server.container.engine.access, server.container.engine.sessions
    signed = await sessions.begin(await access.user("alice"), EVERY_SCOPE, client="files", address="127.0.0.1")
    by_session, by_token = await link(server.caller(signed.access), file), await link(server.alice, file)
    assert [(await server.anyone.get(at)).status_code for at in (by_session, by_token)] == [200, 200]
    await sessions.sign_out(signed.access, client="files", address="127.0.0.1")
    assert [(await server.anyone.get(at)).status_code for at in (by_session, by_token)] == [403, 200]
    await call(server.alice, "DELETE", f"files/{file}")
    assert (await server.anyone.get(by_token)).status_code == 404
    await access.change_user("alice", disabled=True)
    assert (await server.anyone.get(by_token)).status_code == 403


async def test_a_token_beside_it_counts(server: Server) -> None:
    """Who shows a token is asked for what that may, whatever the address says."""
    file = await send(server.alice, "a.txt")
    at = await link(server.alice, file)
    assert (await server.bob.get(at)).status_code == 404
    assert (await server.alice.get(f"{DRIVE}/files/{file}/content?link=x")).status_code == 200
