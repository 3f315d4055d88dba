"""Where a request goes, what is logged and counted of it, and what pages of other origins may do."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from penstock.http.routing import operations
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dispatch import PathDispatcher
from penstock.http.routing.metrics import Metrics
from penstock.model.signature import Key, sign
from tests.dialects.files.client import send_file
from tests.dialects.scratch.client import SCRATCH, Scratch
from tests.support.process import ServerProcess
from tests.support.server import Server

NOBODY = (404, {"error": "not found", "docs": "/docs"})


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """Everything that is logged meanwhile."""
    structlog.reset_defaults()
    with capture_logs() as caught:
        yield caught


# --- where it goes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/api/scratch"),
        ("GET", "/API/files/x/info"),
        ("POST", "/oaut/h"),
        ("GET", "/docsx"),
        ("POST", "/healthz"),
        ("DELETE", "/docs"),
        ("PUT", "/metrics"),
        ("GET", "/docs/nothing"),
    ],
)
async def test_outside_every_dialect_there_is_a_plain_404(server: Server, method: str, path: str) -> None:
    """What belongs to no dialect and no page of ours is one JSON 404, whatever the method."""
    answer = await server.anyone.request(method, path)
    assert (answer.status_code, answer.json()) == NOBODY


async def test_the_longest_beginning_wins() -> None:
    """Of two dialects whose paths a request begins with, the one with the longer path gets it."""

    def dialect(name: str) -> Any:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await json_answer(name)(scope, receive, send)

        return answer

    dispatch = PathDispatcher({"/a/": dialect("short"), "/a/b": dialect("long")}, Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(dispatch), base_url="http://penstock") as client:
        told = [(await client.get(path)).json() for path in ("/a/b/c", "/a/c", "/a/")]
    assert told == ["long", "short", "short"]


async def test_a_defect_outside_the_rooms_is_plain_json() -> None:
    """When a page of our own fails, no framework's words go out."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret")

    dispatch = PathDispatcher({"/": broken}, Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(dispatch), base_url="http://penstock") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()) == (500, {"error": "internal error"})


async def test_an_answer_that_has_begun_is_broken_off() -> None:
    """A defect after the status line is left to the server, which closes the connection."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("secret")

    dispatch = PathDispatcher({"/": broken}, Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(dispatch), base_url="http://penstock") as client:
        with pytest.raises(RuntimeError):
            await client.get("/")


# --- what is told of it ----------------------------------------------------------------------------------------------


async def test_a_request_is_one_line_in_the_log(server: Server, lines: list[Any]) -> None:
    """The line says who, what, how long and how many bytes, and what was refused."""
    content = b"x" * 1234
    await send_file(server.alice, content)
    await server.anyone.get("/api/files/x/info")
    first, second = [line for line in lines if line["event"] == "request"]
    assert (first["who"], first["method"], first["path"], first["status"]) == (
        "alice",
        "POST",
        "/api/files/upload",
        200,
    )
    assert first["bytes_in"] > 1234
    assert first["bytes_out"] > 0
    assert first["ms"] > 0
    assert (second["who"], second["status"], second["fault"], second["client"]) == (
        None,
        401,
        "NotSignedIn",
        "127.0.0.1",
    )


async def test_no_secret_reaches_the_log(server: Server, lines: list[Any]) -> None:
    """Neither a token in the query nor one in the header is logged, good or bad, nor after a defect."""
    for token in (server.people.alice, "pst_secret"):
        await server.anyone.get("/api/files/x/info", params={"token": token})
        await server.anyone.get("/nowhere", params={"accessToken": token})
        await server.caller(token).get("/api/files/x/info")
    server.spoil()
    await server.alice.get("/api/files/x/info")
    assert lines
    assert "pst_" not in json.dumps(lines, default=repr)


def test_a_live_log_is_one_json_line_a_request(live: ServerProcess, live_token: str) -> None:
    """The log of a server started by the command holds the same line, and no token either."""
    httpx.get(f"{live.url}/api/files/marked/info", params={"token": live_token})
    deadline = time.monotonic() + 10
    while "/api/files/marked/info" not in live.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    logged = [json.loads(line) for line in live.log.read_text().splitlines() if line.startswith("{")]
    [line] = [line for line in logged if line.get("path") == "/api/files/marked/info"]
    assert (line["who"], line["status"], line["level"]) == ("somebody", 404, "info")
    assert live_token not in live.log.read_text()


async def test_what_is_done_is_counted(server: Server) -> None:
    """`/metrics` counts requests, bytes and parts, and tells of uploads by state and of the hash backlog."""
    await send_file(server.alice, b"x" * 1000)
    await Scratch(server.alice, [b"a", b"b"]).send(0)
    await server.alice.request("BREW", "/nowhere")
    answer = await server.anyone.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for line in (
        'penstock_requests_total{method="POST",room="files",status="200"} 1.0',
        'penstock_requests_total{method="other",room="",status="404"} 1.0',
        "penstock_parts_total 2.0",
        'penstock_uploads{state="open"} 1.0',
        'penstock_uploads{state="sealed"} 1.0',
        "penstock_hash_backlog_bytes",
        "penstock_group_commit_size_bucket",
        'penstock_bytes_total{direction="in"}',
    ):
        assert line in answer.text, line


async def test_readiness_follows_the_store(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/readyz` is 200 while everything can be written and read, and 503 when the store cannot; `/healthz` stays."""
    monkeypatch.setattr(operations, "RECENT", 0.0)
    assert (await server.anyone.get("/readyz")).json() == {
        "status": "ok",
        "checks": {"store": "ok", "syncs": "ok", "database": "ok"},
    }
    with server.database() as connection:
        connection.execute("DROP TABLE about")
    answer = await server.anyone.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["checks"]["database"] == "StorageFailed"
    assert (await server.anyone.get("/healthz")).json() == {"status": "ok"}


async def test_asking_often_costs_no_more_than_asking_once() -> None:
    """Whoever asks within a second of somebody else gets the same answer: one look at the store serves them all."""
    looks = []

    async def look() -> int:
        looks.append(1)
        await asyncio.sleep(0)
        return len(looks)

    known = operations.Recent(look)
    assert set(await asyncio.gather(*(known.value() for _ in range(100)))) == {1}
    assert await known.value() == 1


@pytest.mark.dialects(ops="[::1]:9100")
async def test_operators_have_an_address_of_their_own(server: Server) -> None:
    """With `ops` set, `/readyz` and `/metrics` are at that address alone, and `/healthz` is at both."""
    for host, found in ((("::1", 9100), [200, 200, 200, 404]), (("::1", 8080), [200, 404, 404, 401])):

        async def app(scope: Scope, receive: Receive, send: Send, host: Any = host) -> None:
            await server.app({**scope, "server": host}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://penstock") as client:
            paths = ("/healthz", "/readyz", "/metrics", "/api/files/x/info")
            assert [(await client.get(path)).status_code for path in paths] == found


# --- what is never logged --------------------------------------------------------------------------------------------


@pytest.mark.dialects("drive")
@pytest.mark.parametrize("path", ["", "/password", "/tickets/x", "/nothing/here"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_the_token_of_a_link_is_never_logged(server: Server, lines: list[Any], method: str, path: str) -> None:
    """Whatever is asked of it, and however it is answered."""
    await server.anyone.request(method, f"/s/some-token{path}")
    assert "some-token" not in json.dumps(lines)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/oss/f/{}/name.png"),
        ("POST", "/oss/f/{}/name.png"),
        ("GET", "/oss/f/{}"),
        ("GET", "/prefix/oss/f/{}/a/b"),
        ("PROPFIND", "//oss/f/{}/x"),
    ],
)
async def test_a_signature_in_a_path_is_never_logged(server: Server, lines: list[Any], method: str, path: str) -> None:
    """A path that carries a signature of ours is a credential, at whatever address and by whatever method it comes."""
    signature = sign([Key("k1", b"secret")], "file", "some-id")
    await server.anyone.request(method, path.format(f"some-id/{signature}"))
    [line] = [line for line in lines if line["event"] == "request"]
    assert signature.partition(".")[2] not in json.dumps(line)


async def test_a_log_line_is_bounded(server: Server, lines: list[Any]) -> None:
    """A path of 60 KB is cut in the log."""
    await server.anyone.get("/" + "a" * 60_000)
    [line] = [line for line in lines if line["event"] == "request"]
    assert len(json.dumps(line)) < 2000


# --- pages of other origins ------------------------------------------------------------------------------------------

ASKED = "authorization, x-filename, x-upload-id, content-type"


@pytest.mark.parametrize(
    "path", [SCRATCH, "/api/file/upload", "/api/files/x/download", "/api/files/x", "/nowhere", "/docs"]
)
async def test_a_preflight_is_answered_everywhere(server: Server, path: str) -> None:
    """Without a token a preflight is 200 for any origin, and echoes the headers that are asked for."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        headers = {"Origin": "https://page.example", "Access-Control-Request-Method": method}
        answer = await server.anyone.options(path, headers=headers | {"Access-Control-Request-Headers": ASKED})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert method in answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-headers"] == ASKED
        assert "access-control-allow-credentials" not in answer.headers


async def test_pages_may_read_what_clients_need(server: Server) -> None:
    """Every answer, refusals too, opens itself to any origin and exposes the headers that clients read."""
    file = await send_file(server.alice, b"aaaa")
    for path in (f"/api/files/{file['id']}/download", "/api/files/x/info", "/nowhere"):
        answer = await server.alice.get(path, headers={"Origin": "https://page.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {"etag", "location", "content-range", "content-disposition"} <= exposed
        assert "access-control-allow-credentials" not in answer.headers
    answer = await server.anyone.get("/api/files/x/info", headers={"Origin": "https://page.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "*")


@pytest.mark.dialects(cors_origins=("https://page.example",))
async def test_origins_can_be_named(server: Server) -> None:
    """With origins set, exactly those may read; others get no permission, near misses neither."""
    for origin, allowed in (
        ("https://page.example", True),
        ("https://page.example.evil", False),
        ("http://page.example", False),
        ("https://Page.example", False),
        ("null", False),
    ):
        answer = await server.alice.get("/api/files/x/info", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await server.anyone.options(SCRATCH, headers=headers)
        assert preflight.headers.get("access-control-allow-origin") == (origin if allowed else None)
