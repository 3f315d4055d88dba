"""An account that ends while its requests are on their way."""

import json
from collections.abc import AsyncIterator, Mapping

import pytest

from penstock.model.principal import EVERY_SCOPE, Tier
from tests.dialects.accounts.client import activate, sudo_of
from tests.dialects.metaid.client import direct, fund
from tests.support.bytes import md5
from tests.support.server import OpenServer, Server

CONTENT = b"hello"
MD5 = md5(CONTENT)
FORM = "multipart/form-data; boundary=x"


def form(**fields: str) -> bytes:
    """A form with a file and these fields."""
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    file = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    return "".join((*parts, file)).encode() + CONTENT + b"\r\n--x--\r\n"


CREDENTIALS = ("tokens", "sessions", "clients", "factors", "proofs")
"""The tables of an account's credentials."""

CALLS: Mapping[str, tuple[str, Mapping[str, str], bytes]] = {
    "files, whole": ("/api/files/upload", {"content-type": FORM}, form()),
    "files, parts": (
        "/api/files/chunked-upload/init",
        {"content-type": "application/json"},
        json.dumps({"fileName": "a", "fileSize": 5, "totalChunks": 1}).encode(),
    ),
    "scratch": (
        "/api/scratch/stream-upload",
        {
            "x-filename": "a",
            "x-filesize": "5",
            "x-chunk-index": "0",
            "x-total-chunks": "1",
            "x-upload-id": "u",
            "content-type": "application/octet-stream",
        },
        CONTENT,
    ),
    "instant, by hash": (
        "/api/file/instant",
        {"content-type": "application/json"},
        json.dumps({"file_id": "f", "md5": MD5, "name": "a", "size": 5}).encode(),
    ),
    "oss, whole": (f"/api/file/upload?identifier={MD5}", {"content-type": FORM}, form()),
    "oss, parts": (
        "/api/file/multipart/init",
        {"content-type": "application/json"},
        json.dumps({"identifier": MD5, "fileName": "a", "fileSize": 5, "partNum": 1, "partSize": 5}).encode(),
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_nothing_becomes_theirs_who_have_ended(open_server: OpenServer, name: str) -> None:
    """A request whose caller was authenticated and then removed is 401 in its dialect's envelope, and leaves nothing
    that nobody owns.
    """
    path, headers, body = CALLS[name]
    dialects = ("oss",) if name.startswith("oss") else ("scratch", "instant", "files")
    async with open_server(dialects=dialects, instant_scope="everyone", open=()) as server:
        if not name.startswith("oss"):
            files = {"file": ("bob.bin", CONTENT)}
            assert (await server.bob.post("/api/files/upload", files=files)).status_code == 200

        async def on_its_way() -> AsyncIterator[bytes]:
            yield body[:1]
            await server.container.engine.access.remove_user("alice", None)
            yield body[1:]

        answer = await server.alice.post(path, headers=headers, content=on_its_way())
        await server.settle()
        assert (answer.status_code, bool(answer.json()["message"])) == (409 if name == "scratch" else 401, True)
        assert owned_by_nobody(server) == []
        assert server.staged() == []


@pytest.mark.dialects("files", "metaid", open=())
async def test_credentials_end_and_what_was_published_stays(server: Server) -> None:
    """Tokens, sessions, proofs, the second factor and its codes go with an account; its publications and the audit
    stay, under its id. A client ends as an account does.
    """
    access = server.container.engine.access
    await fund(server)
    await direct(server.alice, CONTENT)
    await access.create_client("app", EVERY_SCOPE, Tier.NORMAL)
    payload = {"username": "alice", "password": "a password"}
    session = (await server.anyone.post("/api/auth/login", json=payload)).json()["data"]["accessToken"]
    await activate(server, "alice")
    await sudo_of(server, "alice")
    ids = [(await access.user(name)).id for name in ("alice", "client:app")]
    assert {row["user_id"] for table in CREDENTIALS for row in server.rows(table)} >= set(ids)
    assert server.rows("recovery_codes")
    assert server.rows("refreshes")
    await access.remove_user("alice", None)
    await access.remove_user("client:app", None)
    assert [row for table in CREDENTIALS for row in server.rows(table) if row["user_id"] in ids] == []
    assert server.rows("recovery_codes") + server.rows("refreshes") == []
    for token in (session, server.people.alice):
        assert (await server.caller(token).get("/api/files/x/info")).status_code == 401
    assert [row["owner"] for row in server.rows("publications")] == ids[:1]
    assert "remove user" in [row["act"] for row in server.rows("audit")]


def owned_by_nobody(server: Server) -> list[str]:
    """Everything on record whose owner is no account."""
    accounts = {row["id"] for row in server.rows("users")}
    tables = ("files", "uploads", "usage", "reservations")
    return [
        f"{table}: {row}"
        for table in tables
        for row in server.rows(table)
        if row["owner"] not in accounts and row.get("state") != "cancelled"
    ]
