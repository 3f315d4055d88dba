"""A live server and what odd clients do to a connection."""

import json
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cluster.programs import free_port
from tests.journeys.raw import BLOCK, connect
from tests.support.bytes import md5
from tests.support.process import ServerProcess

LARGE = 64 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("connection") / "data", host="::").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.token("olga")


@pytest.fixture(scope="module")
def downloads(server: ServerProcess, token: str) -> list[str]:
    """A large file's addresses, in every dialect that has one."""
    content = BLOCK * (LARGE // len(BLOCK))
    digest = md5(content)
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as api:
        file = api.post("/api/files/upload", files={"file": ("large.bin", content)}).json()["data"]
        data = api.get(f"/api/file/multipart/isExits?identifier={digest}").json()["data"]
    return [
        f"/api/files/{file['id']}/download",
        f"/api/file/download/{file['id']}",
        f"/api/file/download?identifier={digest}",
        data["path"].removeprefix(server.url),
    ]


def get(server: ServerProcess, token: str, path: str) -> bytes:
    return (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n\r\n").encode()


def read_by(pid: int) -> int:
    """How many bytes a process has read, from the page cache too (proc(5), rchar)."""
    return int(Path(f"/proc/{pid}/io").read_text().split()[1])


def aborted(server: ServerProcess, count: int) -> list[int]:
    """The bytes that each aborted request counted, once so many are logged."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if '"ClientGone"' in line]
        if len(lines) >= count:
            return [line["bytes_out"] for line in lines]
        time.sleep(0.05)
    raise AssertionError(server.log.read_text()[-2000:])


def test_an_aborted_download_is_not_read_on(server: ServerProcess, token: str, downloads: list[str]) -> None:
    """In every dialect a download whose reader is gone stops, and only what went out is counted."""
    before = read_by(server.pid)
    for path in downloads:
        sock = connect(server.port)
        sock.sendall(get(server, token, path))
        assert sock.recv(65536)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    counted = aborted(server, len(downloads))
    assert max(counted) < LARGE // 2
    assert read_by(server.pid) - before < len(downloads) * LARGE // 2


def test_a_half_closed_client_gets_its_download_whole(server: ServerProcess, token: str, downloads: list[str]) -> None:
    """Whoever ends its side behind the request gets every byte, in every dialect."""
    for path in downloads:
        with connect(server.port) as sock:
            sock.sendall(get(server, token, path))
            sock.shutdown(socket.SHUT_WR)
            size = sum(len(piece) for piece in iter(lambda: sock.recv(1 << 20), b""))
        assert size > LARGE


def test_a_half_closed_client_gets_the_answer_to_its_upload(server: ServerProcess, token: str) -> None:
    """What was stored is confirmed, though the client ended its side."""
    body = b'--B\r\nContent-Disposition: form-data; name="file"; filename="h"\r\n\r\n' + BLOCK + b"\r\n--B--\r\n"
    head = (
        f"POST /api/files/upload HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with connect(server.port) as sock:
        sock.sendall(head.encode() + body)
        sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_curl_offers_http_2_and_keeps_its_body(server: ServerProcess, token: str, tmp_path: Path) -> None:
    """`curl --http2` offers h2c with every request: its form is stored whole, and answered once."""
    (tmp_path / "file").write_bytes(BLOCK)
    form = ["-H", f"Authorization: Bearer {token}", "-F", f"file=@{tmp_path / 'file'}"]
    curl = ["curl", "-s", "--http2", *form, f"{server.url}/api/files/upload"]
    sent = subprocess.run(curl, capture_output=True, check=True)
    assert json.loads(sent.stdout)["data"]["fileSize"] == len(BLOCK)


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/api/files/x/info", "success"),
        ("/api/scratch/upload-status/x", "status"),
        ("/api/file/status", "code"),
        ("/api/file/multipart/check", "error"),
        ("/metafile-uploader/api/v1/config", "code"),
        ("/oauth/token", "error_description"),
        ("/admin/users", "message"),
        ("/nowhere", "docs"),
    ],
)
@pytest.mark.parametrize(
    ("garbage", "status"),
    [(b"bad header\r\n", 400), (b"Host : x\r\n", 400), (b"X: " + b"a" * 400_000 + b"\r\n", 431), (b"", 400)],
    ids=["no colon", "space", "endless", "no host"],
)
def test_what_is_no_request_is_refused_by_whom_it_was_for(
    server: ServerProcess, path: str, member: str, garbage: bytes, status: int
) -> None:
    """A head that breaks off behind its path is refused in the envelope of that path, and no library's words go out."""
    with connect(server.port) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nConnection: close\r\n".encode() + garbage + b"\r\n")
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert member in json.loads(body)


@pytest.mark.parametrize("workers", [1, 2])
def test_everywhere_answers_both_kinds_of_address(tmp_path: Path, workers: int) -> None:
    """`--host ::` is reached over IPv4 and IPv6, with one worker and with two, and operators at their own address."""
    ops = f"127.0.0.1:{free_port()}"
    server = ServerProcess(tmp_path / "data", workers=workers, host="::", ops=ops).start()
    for host in ("127.0.0.1", "[::1]"):
        assert httpx.get(f"http://{host}:{server.port}/healthz").status_code == 200
        assert httpx.get(f"http://{host}:{server.port}/metrics").status_code == 404
    assert "penstock_requests" in httpx.get(f"http://{ops}/metrics").text
    assert f"http://[::]:{server.port}" in server.log.read_text()
    server.stop()


def test_a_flood_of_connections_is_bounded_and_passes(tmp_path: Path) -> None:
    """Beyond the limit connections are told 503; when they are gone, the server serves as before."""
    server = ServerProcess(tmp_path / "data", connections="20").start()
    flood = [connect(server.port) for _ in range(40)]
    refused: set[socket.socket] = set()
    while len(refused) < 20:
        told, _, _ = select.select(set(flood) - refused, [], [], 30)
        assert told
        assert all(sock.recv(4096).startswith(b"HTTP/1.1 503 ") for sock in told)
        refused.update(told)
    for sock in flood:
        sock.close()
    deadline = time.monotonic() + 30
    while httpx.get(f"{server.url}/healthz").status_code != 200:
        assert time.monotonic() < deadline
    assert len(os.listdir(f"/proc/{server.pid}/fd")) < 100
    server.stop()
