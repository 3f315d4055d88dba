"""`tus` on the wire: what clients do that no library sends, and what survives a hang-up and a `kill -9`."""

import base64
import hashlib
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.journeys.raw import connect, status_of
from tests.support.bytes import noise
from tests.support.process import ServerProcess

SIZE = 1_000_000
WHOLE = noise(SIZE, "whole")
VERSION = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("tus") / "data", workers=2).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.token("tilda")


class Client:
    """An upload, over connections of its own."""

    def __init__(self, server: ServerProcess, token: str, size: int = SIZE) -> None:
        self.server, self.token = server, token
        self.headers = VERSION | {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{server.url}/files/", headers=self.headers | {"Upload-Length": str(size)}, timeout=30)
        assert answer.status_code == 201, answer.text
        self.path = answer.headers["location"]

    def head(self) -> httpx.Response:
        return httpx.head(f"{self.server.url}{self.path}", headers=self.headers, timeout=30)

    def offset(self) -> int:
        return int(self.head().headers["upload-offset"])

    def patch(self, offset: int, content: bytes) -> httpx.Response:
        headers = self.headers | {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        return httpx.patch(f"{self.server.url}{self.path}", headers=headers, content=content, timeout=60)

    def content(self) -> bytes:
        return httpx.get(f"{self.server.url}{self.path}", headers=self.headers, timeout=30).content

    def begin(self, offset: int, framing: str, more: Mapping[str, str] = {}) -> socket.socket:
        """A connection with the head of a PATCH behind it."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
        sock = connect(self.server.port)
        sock.sendall(
            f"PATCH {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
            f"Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
            f"Content-Type: application/offset+octet-stream\r\n{framing}\r\n{lines}\r\n".encode()
        )
        return sock

    def finish(self) -> None:
        """Go on where the server says, and hold the file against what was sent."""
        offset = self.offset()
        if offset < SIZE:
            assert self.patch(offset, WHOLE[offset:]).status_code == 204
        assert self.content() == WHOLE


@pytest.fixture
def upload(server: ServerProcess, token: str) -> Client:
    return Client(server, token)


def chunked(content: bytes, size: int = 4096) -> bytes:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def until(upload: Client, offset: int) -> None:
    """Wait until the server has recorded so much."""
    deadline = time.monotonic() + 30
    while upload.offset() < offset:
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --- trailers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trailer", "status"),
    [
        ("right", 204),
        ("wrong", 460),
        ("Upload-Checksum: sha3 YQ==\r\n", 400),
        ("Upload-Checksum: sha1 !!!\r\n", 400),
        ("", 400),
    ],
)
def test_a_checksum_behind_the_body(upload: Client, trailer: str, status: int) -> None:
    """It is found after many chunks; a right one counts, and with any other nothing is kept."""
    digest = hashlib.sha1(WHOLE if trailer == "right" else b"", usedforsecurity=False).digest()
    if trailer in {"right", "wrong"}:
        trailer = f"Upload-Checksum: sha1 {base64.b64encode(digest).decode()}\r\n"
    sock = upload.begin(0, "Transfer-Encoding: chunked", {"Trailer": "Upload-Checksum"})
    sock.sendall(chunked(WHOLE) + b"0\r\n" + trailer.encode() + b"\r\n")
    assert status_of(sock) == status
    assert upload.offset() == (SIZE if status == 204 else 0)
    upload.finish()


# --- hang-ups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", [f"Content-Length: {SIZE}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_hang_up_keeps_what_came(upload: Client, framing: str, reset: bool) -> None:
    """All of it is there soon, whole up to there, nothing is complete by itself, and it goes on."""
    sent = WHOLE[:200_000]
    sock = upload.begin(0, framing)
    sock.sendall(sent if "Length" in framing else chunked(sent))
    if reset:
        time.sleep(0.3)  # a reset throws away what the kernel has not handed over
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    until(upload, len(sent))
    assert upload.offset() == len(sent)
    upload.finish()


@pytest.mark.parametrize("pause", [0.01, 0.03, 0.06])
def test_who_asks_at_once_is_told_of_all(server: ServerProcess, token: str, pause: float) -> None:
    """What came of a request that had just begun is kept, whichever worker is asked while it hangs."""
    askers = [connect(server.port) for _ in range(6)]
    for asker in askers:
        upload = Client(server, token)
        sock = upload.begin(0, f"Content-Length: {SIZE}")
        sock.sendall(WHOLE[:50_000])
        time.sleep(pause)
        asker.sendall(
            f"HEAD {upload.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Tus-Resumable: 1.0.0\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += asker.recv(4096)
        sock.close()
        asker.close()
        assert b"upload-offset: 50000\r\n" in answer


def test_a_chunked_body_without_its_end_completes_nothing(upload: Client) -> None:
    """Though every byte is there, the upload waits for somebody who says so."""
    sock = upload.begin(0, "Transfer-Encoding: chunked")
    sock.sendall(chunked(WHOLE))
    sock.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and upload.offset() < SIZE:
        time.sleep(0.05)
        offset = upload.offset()
        if offset and upload.patch(offset, WHOLE[offset:]).status_code == 204:
            break
    upload.finish()


# --- who goes on -----------------------------------------------------------------------------------------------------


def test_head_beside_a_request_that_hangs(upload: Client) -> None:
    """Any worker answers it soon; the next request goes on there, and the hanging one adds nothing."""
    hanging = upload.begin(0, f"Content-Length: {SIZE}")
    hanging.sendall(WHOLE[:300_000])
    time.sleep(0.5)
    for _ in range(4):  # whichever worker answers
        begun = time.monotonic()
        offset = upload.offset()
        assert time.monotonic() - begun < 4
        assert offset == 300_000
    with suppress(OSError):
        hanging.sendall(bytes(100_000))
    assert upload.patch(300_000, WHOLE[300_000:]).status_code == 204
    assert status_of(hanging) in {0, 409}
    assert upload.content() == WHOLE


def test_two_at_one_offset(upload: Client) -> None:
    """At most one succeeds, and the bytes come from one of them alone."""
    contents = [bytes([number]) * SIZE for number in range(4)]
    statuses: dict[int, int] = {}

    def send(number: int) -> None:
        with suppress(httpx.TransportError):
            statuses[number] = upload.patch(0, contents[number]).status_code

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(status == 204 for status in statuses.values()) <= 1
    offset = upload.offset()
    if offset < SIZE:
        assert upload.patch(offset, bytes([9]) * (SIZE - offset)).status_code == 204
    found = upload.content()
    assert len(found) == SIZE
    assert len(set(found) - {9}) <= 1


# --- 100 (Continue) --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "expected"), [(0, b"HTTP/1.1 100"), (5, b"HTTP/1.1 409")])
def test_who_waits_is_told_to_go_on_or_refused(upload: Client, offset: int, expected: bytes) -> None:
    """Before a byte of the body is sent."""
    sock = upload.begin(offset, f"Content-Length: {SIZE}", {"Expect": "100-continue"})
    assert sock.recv(4096).startswith(expected)
    if expected.endswith(b"100"):
        sock.sendall(WHOLE)
        assert status_of(sock) == 204
    sock.close()
    upload.finish()


# --- kill -9 ---------------------------------------------------------------------------------------------------------


@pytest.mark.on_folder("the server is killed and started on its folder")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """What HEAD tells after a `kill -9` is no less than was acknowledged, is accepted next, and the file is whole."""
    server = ServerProcess(tmp_path / "data").start()
    upload, acknowledged = Client(server, server.token("kim")), 0
    for _ in range(12):
        killer = threading.Timer(random.uniform(0.0, 0.4), server.kill)
        killer.start()
        with suppress(httpx.TransportError):
            while acknowledged < SIZE:
                answer = upload.patch(acknowledged, WHOLE[acknowledged : acknowledged + random.randint(1, 60_000)])
                if answer.status_code != 204:
                    break
                acknowledged = int(answer.headers["upload-offset"])
        killer.join()
        server.start()
        told = upload.offset()
        assert told >= acknowledged
        acknowledged = told
    upload.finish()
    server.stop()
