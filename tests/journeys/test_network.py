"""Clients that vanish, dawdle, lie about lengths; servers that are asked to stop."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.dialects.scratch.client import chunks
from tests.journeys.raw import connect, scratch_head, status_of
from tests.support.process import ServerProcess

MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("network") / "data", body_idle="2s").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.token("nell")


def send(server: ServerProcess, token: str, key: str, index: int, body: bytes, total: int = 2) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {token}",
        "x-filename": "raw.bin",
        "x-filesize": str(total * MIB),
        "x-chunk-index": str(index),
        "x-total-chunks": str(total),
        "x-upload-id": key,
    }
    return httpx.post(f"{server.url}/api/scratch/stream-upload", headers=headers, content=body, timeout=30)


def flood(sock: socket.socket, piece: bytes, most: int) -> int:
    """Send the piece again and again until the server hangs up, or `most` bytes are gone; returns how many."""
    sent = 0
    with sock, suppress(ConnectionError):
        while sent < most:
            sent += sock.send(piece)
    return sent


@pytest.mark.parametrize("ending", ["fin", "rst"])
def test_a_client_that_vanishes_mid_part_leaves_its_slot_free(server: ServerProcess, token: str, ending: str) -> None:
    """What was whole is kept, what was not is not acknowledged, and the part can be sent again at once."""
    key = f"vanish-{ending}"
    assert send(server, token, key, 0, b"a" * MIB).status_code == 200
    sock = connect(server.port)
    sock.sendall(scratch_head(server.port, token, length=MIB, size=2 * MIB, index=1, total=2, key=key) + b"b" * 300_000)
    if ending == "rst":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    assert chunks(server, token, key) == [0]
    again = send(server, token, key, 1, b"b" * MIB)
    assert again.json()["uploadedChunks"] == 2
    assert _staged(server) == 0


def test_a_silent_client_is_told_so_after_the_idle_limit(server: ServerProcess, token: str) -> None:
    """A body that pauses for longer than `body_idle` is 408 and nothing of it is kept."""
    sock = connect(server.port)
    sock.sendall(
        scratch_head(server.port, token, length=MIB, size=2 * MIB, index=0, total=2, key="silent") + b"c" * 1000
    )
    assert status_of(sock) == 408
    assert chunks(server, token, "silent") == []


def test_a_chunked_part_is_taken_without_a_declared_length(server: ServerProcess, token: str) -> None:
    """`Transfer-Encoding: chunked` works, in pieces of any size."""
    sock = connect(server.port)
    head = scratch_head(server.port, token, length=None, size=2 * MIB, index=0, total=2, key="chunked")
    pieces = [b"d" * 1, b"d" * 70_000, b"d" * (MIB - 70_001)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    sock.sendall(head + body)
    assert status_of(sock) == 200
    assert send(server, token, "chunked", 1, b"e" * MIB).json()["file"]["size"] == 2 * MIB


def test_a_chunked_part_that_breaks_off_is_not_acknowledged(server: ServerProcess, token: str) -> None:
    """A chunked body without its last chunk is no part."""
    sock = connect(server.port)
    head = scratch_head(server.port, token, length=None, size=2 * MIB, index=0, total=2, key="broken")
    sock.sendall(head + b"5\r\nhello\r\n")
    sock.close()
    time.sleep(0.2)
    assert chunks(server, token, "broken") == []


def test_sixty_four_parts_at_once_lose_no_update(server: ServerProcess, token: str) -> None:
    """64 parts in parallel, each its own connection, make one right file."""
    parts = [bytes([number]) * 10_000 for number in range(64)]

    def one(number: int) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {token}",
            "x-filename": "many.bin",
            "x-filesize": "640000",
            "x-chunk-index": str(number),
            "x-total-chunks": "64",
            "x-upload-id": "sixty-four",
        }
        return httpx.post(f"{server.url}/api/scratch/stream-upload", headers=headers, content=parts[number], timeout=30)

    with ThreadPoolExecutor(64) as threads:
        answers = [answer.json() for answer in threads.map(one, reversed(range(64)))]
    assert sorted(answer["uploadedChunks"] for answer in answers) == list(range(1, 65))
    [file] = [answer["file"] for answer in answers if "file" in answer]
    got = httpx.get(server.url + file["url"], headers={"Authorization": f"Bearer {token}"})
    assert got.content == b"".join(parts)


def test_a_graceful_stop_lets_a_part_in_flight_finish(tmp_path: Path) -> None:
    """After SIGTERM a part that is half here may finish and is acknowledged; then the process ends by itself."""
    server = ServerProcess(tmp_path / "data").start()
    token = server.token("nell")
    sock = connect(server.port)
    sock.sendall(
        scratch_head(server.port, token, length=MIB, size=2 * MIB, index=0, total=2, key="stop") + b"f" * 500_000
    )
    time.sleep(0.2)
    stopped = threading.Thread(target=server.stop)
    stopped.start()
    time.sleep(0.3)
    assert server.running
    sock.sendall(b"f" * (MIB - 500_000))
    assert status_of(sock) == 200
    stopped.join(20)
    assert not server.running
    server.start()
    assert chunks(server, token, "stop") == [0]
    server.stop()


@pytest.mark.on_folder("fills the disk that bytes lie on")
def test_a_full_disk_is_507_and_spares_what_is_there(tmp_path: Path) -> None:
    """With less free space than `min_free` no part is taken, and the start, `/readyz` and the answer say so with
    numbers; what was acknowledged stays, and goes on later.
    """
    server = ServerProcess(tmp_path / "data").start()
    token = server.token("nell")
    assert send(server, token, "full", 0, b"g" * MIB).status_code == 200
    server.stop()
    server.environment["PENSTOCK_MIN_FREE"] = "900TB"
    server.start()
    assert "(`min_free`) no part is taken" in server.log.read_text()
    body = httpx.get(f"{server.url}/readyz").json()
    assert (body["status"], body["space"]["minFree"]) == ("ok", 900 << 40)
    refused = send(server, token, "full", 1, b"h" * MIB)
    assert (refused.status_code, refused.json()["status"]) == (507, "error")
    assert str(900 << 40) in refused.json()["message"]
    assert chunks(server, token, "full") == [0]
    server.stop()
    server.environment["PENSTOCK_MIN_FREE"] = "0"
    server.start()
    assert send(server, token, "full", 1, b"h" * MIB).json()["file"]["size"] == 2 * MIB
    server.stop()


def _staged(server: ServerProcess) -> int:
    """How many uploads have bytes in staging, once the cleaning after a seal had its moment."""
    deadline = time.monotonic() + 5
    while (count := len(server.place.staged())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return count


@pytest.mark.parametrize("endless", [b"x-%d: " + b"a" * 4000 + b"\r\n", b"a" * 4000], ids=["headers", "one header"])
def test_an_endless_head_is_hung_up_on(server: ServerProcess, endless: bytes) -> None:
    """A request whose headers never end is refused with 431 after 64 KiB, and costs no more than those."""
    sock = connect(server.port)
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nx-first: ")
    assert flood(sock, endless, 20 * MIB) < 20 * MIB


def test_a_large_honest_head_passes(server: ServerProcess) -> None:
    """Headers of 40 KB are answered, on a kept connection again and again."""
    with httpx.Client() as client:
        for _ in range(3):
            assert client.get(f"{server.url}/healthz", headers={"x-large": "a" * 40_000}).status_code == 200


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 1000, b"a" * 6000], ids=["trailers", "one trailer"])
def test_endless_trailers_are_hung_up_on(server: ServerProcess, endless: bytes) -> None:
    """What follows a chunked body is dropped, and not for ever: no token is needed to send it."""
    sock = connect(server.port)
    sock.sendall(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: ")
    assert flood(sock, endless, 40 * MIB) < 40 * MIB


def test_a_refused_client_sees_its_answer_and_no_reset(server: ServerProcess) -> None:
    """Whoever sends 8 MB without looking up, and is refused at their first byte, still reads the refusal."""
    sock = connect(server.port)
    sock.sendall(b"PUT /oss/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
    sock.sendall(b"x" * 8_000_000)
    answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"connection: close" in answer
    sock.close()


def test_a_form_that_tells_nothing_is_not_waited_for(server: ServerProcess) -> None:
    """At the address that two dialects share, a silent client is refused after the idle limit as anywhere else."""
    sock = connect(server.port)
    head = b"POST /api/file/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    sock.sendall(head + b"Content-Length: 1000\r\n\r\n")
    assert status_of(sock) in {400, 401, 408}
