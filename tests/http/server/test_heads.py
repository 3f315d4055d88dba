"""What a request's head may say: refused in every dialect's own envelope, and nothing of it printed."""

import re

import httpx
import pytest

from penstock.http.faults import ContentCodingRefused, TransferCodingUnknown
from penstock.http.server.heads import head_fault, is_host
from penstock.model.faults import InputInvalid
from tests.support.server import OpenServer, Server

EVERY = ("scratch", "instant", "files", "oss", "metaid", "oauth", "admin")
PLACES = {
    "scratch": "/api/scratch/stream-upload",
    "instant": "/api/file/instant",
    "files": "/api/files/upload",
    "oss": "/api/file/multipart/init",
    "metaid": "/metafile-uploader/api/v1/files/direct-upload",
    "oauth": "/oauth/token",
    "admin": "/admin/users",
    "nobody": "/nowhere",
    "operations": "/healthz",
    "two dialects": "/api/file/upload",
}


@pytest.mark.parametrize(
    "host", ["a", "a:", "a:8080", "192.0.2.1:1", "[::1]", "[::1]:8080", "xn--bcher-kva.example", "a_b.c", "a%20b"]
)
def test_what_may_stand_in_an_address_is_a_host(host: str) -> None:
    """Names, addresses and ports as RFC 3986 has them pass."""
    assert is_host(host)


@pytest.mark.parametrize(
    "host", ["", "a b", "a/b", "u@a", "a?b", "a#b", "a:b", "a:123456", "[::1", "a\\b", "<b>", '"', "é", "a" * 256]
)
def test_what_may_not_is_none(host: str) -> None:
    """A space, a path, a user, markup, or more than 255 bytes make it none."""
    assert not is_host(host)


def head(*headers: tuple[str, str], method: str = "PUT", version: str = "1.1") -> dict[str, object]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http", "method": method, "http_version": version, "headers": raw}


H, BODY = ("host", "h"), ("content-length", "5")


@pytest.mark.parametrize(
    ("scope", "fault"),
    [
        (head(), InputInvalid),
        (head(H, H), InputInvalid),
        (head(("host", "a b")), InputInvalid),
        (head(H, version="2.0"), InputInvalid),
        (head(H, ("transfer-encoding", "gzip, chunked")), TransferCodingUnknown),
        (head(H, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")), TransferCodingUnknown),
        (head(H, ("transfer-encoding", "identity")), TransferCodingUnknown),
        (head(H, BODY, ("content-encoding", "gzip")), ContentCodingRefused),
        (head(H, ("transfer-encoding", "chunked"), ("content-encoding", "identity, br")), ContentCodingRefused),
        (head(H, BODY, ("content-range", "bytes 0-4/9")), InputInvalid),
        (head(H, BODY, ("content-range", "bytes 0-4/9"), method="POST"), InputInvalid),
        (head(version="1.0"), None),
        (head(H, ("transfer-encoding", "Chunked")), None),
        (head(H, BODY, ("content-encoding", "identity")), None),
        (head(H, ("content-encoding", "gzip"), method="GET"), None),
    ],
)
def test_a_head_is_believed_or_refused(scope: dict[str, object], fault: type[Exception] | None) -> None:
    """What a head says of its host and its body is never ignored."""
    refusal = head_fault(scope)
    assert type(refusal) is fault if fault is not None else refusal is None


@pytest.mark.parametrize("place", PLACES)
async def test_every_dialect_refuses_a_bad_head_in_its_own_words(open_server: OpenServer, place: str) -> None:
    """Whatever is wrong with the head, the answer is JSON of the place it was sent to, and nothing is stored."""
    wrong = {
        400: {"Host": "a b"},
        501: {"Transfer-Encoding": "gzip, chunked"},
        415: {"Content-Encoding": "gzip"},
    }
    async with open_server(dialects=EVERY) as server:
        for status, headers in wrong.items():
            answer = await server.alice.post(PLACES[place], content=b"hello", headers=headers)
            assert answer.status_code == status, answer.text
            assert isinstance(answer.json(), dict)
            assert "a b" not in answer.text
        assert server.stored() == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}


@pytest.mark.dialects("oss")
async def test_an_unchecked_host_reaches_no_address(server: Server) -> None:
    """60 KB of Host become neither 10,000 addresses of 60 KB nor any other: the request is refused."""
    payload = {"identifier": "0" * 32, "fileName": "a", "partNum": 10_000}
    answer = await server.alice.post("/api/file/multipart/init", json=payload, headers={"Host": "h" * 60_000})
    assert answer.status_code == 400
    assert len(answer.content) < 1000
    longest = await server.alice.post("/api/file/multipart/init", json=payload, headers={"Host": "h" * 255})
    assert longest.status_code == 200
    assert len(longest.content) < 8 << 20


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_preflight_from_a_public_page_succeeds(open_server: OpenServer, allowed: bool) -> None:
    """A preflight that asks for the private network is 200; the permission is there when the setting gives it."""
    headers = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    async with open_server(cors_private_network=allowed) as server:
        answer = await server.anyone.options("/api/files/upload", headers=headers)
        assert answer.status_code == 200
        assert ("access-control-allow-private-network" in answer.headers) == allowed


@pytest.mark.dialects("oss")
async def test_an_address_names_us_in_brackets(server: Server) -> None:
    """An HTTP/1.0 client over IPv6 that names no host is told addresses that work."""

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        headers = [header for header in scope["headers"] if header[0] != b"host"]  # type: ignore[attr-defined]
        changed = {**scope, "http_version": "1.0", "headers": headers, "server": ("::1", 8080)}
        await server.app(changed, receive, send)  # type: ignore[arg-type]

    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    token = {"Authorization": f"Bearer {server.people.alice}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://h", headers=token) as client:
        payload = {"identifier": "0" * 32, "fileName": "a", "partNum": 1}
        answer = await client.post("/api/file/multipart/init", json=payload)
    assert re.match(r"http://\[::1\]:8080/", answer.json()["data"]["uploadUrl"]["1"])
