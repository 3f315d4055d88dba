"""`resumable` on the wire: interim answers for each version of the draft, hang-ups, and what survives a `kill -9`."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.journeys.raw import connect
from tests.support.bytes import noise
from tests.support.process import ServerProcess

WHOLE = noise(300_000, "whole")
VERSIONS = range(3, 10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("resumable") / "data", workers=2).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.token("rhea")


@dataclass(frozen=True)
class Answer:
    """One answer, interim or final."""

    status: int
    headers: dict[str, str]
    line: str


class Peer:
    """A client that speaks on a socket of its own."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        self._server, self._token = server, token
        self._socket = connect(server.port)
        self._read = b""

    def begin(self, method: str, path: str, headers: dict[str, str], *, http: str = "1.1") -> None:
        """Send the head of a request."""
        told = {"Host": f"127.0.0.1:{self._server.port}", "Authorization": f"Bearer {self._token}"} | headers
        lines = [f"{method} {path} HTTP/{http}", *(f"{name}: {value}" for name, value in told.items())]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def answer(self, within: float = 20.0) -> Answer:
        """The next answer. Raises `TimeoutError`, and `ConnectionError` when there is none to come."""
        self._socket.settimeout(within)
        while b"\r\n\r\n" not in self._read:
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionError
            self._read += piece
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        return Answer(int(line.split(" ")[1]), headers, line)

    def answers(self) -> list[Answer]:
        """Every interim answer, and the final one."""
        told = [self.answer()]
        while told[-1].status < 200:
            told.append(self.answer())
        return told

    def hang_up(self) -> None:
        self._socket.close()


def creation(version: int | None, *, complete: bool, length: int | None = None) -> dict[str, str]:
    told = {"Upload-Incomplete": f"?{int(not complete)}"} if version == 3 else {"Upload-Complete": f"?{int(complete)}"}
    if version is not None:
        told["Upload-Draft-Interop-Version"] = str(version)
    return told | ({} if length is None else {"Content-Length": str(length)})


def informed(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.status == 104]


@pytest.fixture
def peer(server: ServerProcess, token: str) -> Iterator[Peer]:
    peer = Peer(server, token)
    yield peer
    peer.hang_up()


def state(server: ServerProcess, token: str, path: str) -> httpx.Response:
    return httpx.head(f"{server.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20)


def bytes_of(server: ServerProcess, token: str, path: str) -> bytes:
    return httpx.get(f"{server.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20).content


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("complete", [True, False])
def test_a_creation_is_announced(server: ServerProcess, token: str, peer: Peer, version: int, complete: bool) -> None:
    """Before its content is there, the client of each version is told the address, the limits and its version; the
    final answer names the same address.
    """
    peer.begin("POST", "/resumable/", creation(version, complete=complete, length=len(WHOLE)))
    first = peer.answer()
    assert first.line == "HTTP/1.1 104 Upload Resumption Supported"
    assert first.headers["location"].startswith("/resumable/")
    assert "max-size" in first.headers["upload-limit"]
    assert first.headers["upload-draft-interop-version"] == str(version)
    peer.send(WHOLE)
    last = peer.answers()[-1]
    assert (last.status, last.headers["location"]) == (201, first.headers["location"])
    if complete:
        assert bytes_of(server, token, first.headers["location"]) == WHOLE
    else:
        assert state(server, token, first.headers["location"]).headers["upload-offset"] == str(len(WHOLE))


@pytest.mark.parametrize("version", [None, 2, 10, "one", "8.0"])
def test_nobody_else_gets_one(peer: Peer, version: object) -> None:
    """Without a version, and with one that nobody speaks or that is none, there is no interim answer; it works."""
    told = creation(None, complete=True, length=5)
    if version is not None:
        told["Upload-Draft-Interop-Version"] = str(version)
    peer.begin("POST", "/resumable/", told)
    time.sleep(0.2)
    peer.send(b"hello")
    [answer] = peer.answers()
    assert (answer.status, answer.headers["upload-complete"]) == (201, "?1")


def test_nobody_asked_for_an_upload_resource(peer: Peer) -> None:
    """A plain upload gets no interim answer."""
    peer.begin("POST", "/resumable/", {"Content-Length": "5", "Upload-Draft-Interop-Version": "8"})
    peer.send(b"hello")
    assert [answer.status for answer in peer.answers()] == [201]


def test_http_1_0_knows_none(peer: Peer) -> None:
    """A client of HTTP/1.0 is sent no interim answer."""
    peer.begin("POST", "/resumable/", creation(8, complete=True, length=5), http="1.0")
    peer.send(b"hello")
    assert [answer.status for answer in peer.answers()] == [201]


def test_it_does_not_stand_in_for_100(peer: Peer) -> None:
    """Who waits for a 100 gets one, beside the 104."""
    peer.begin("POST", "/resumable/", creation(8, complete=True, length=5) | {"Expect": "100-continue"})
    told = [peer.answer(), peer.answer()]
    assert sorted(answer.status for answer in told) == [100, 104]
    peer.send(b"hello")
    assert peer.answers()[-1].status == 201


def test_a_refused_creation_is_not_announced(server: ServerProcess) -> None:
    """Who may not upload is told so before anything else."""
    peer = Peer(server, "no token")
    peer.begin("POST", "/resumable/", creation(8, complete=True, length=5))
    assert peer.answer().status == 401
    peer.hang_up()


def test_progress_is_told_and_kept(server: ServerProcess, token: str, peer: Peer) -> None:
    """What takes its time is told how much is stored: never less than before, nor more than was sent; after a hang-up
    no less is there, and it is gone on with from there.
    """
    peer.begin("POST", "/resumable/", creation(8, complete=True, length=len(WHOLE)))
    first, sent = peer.answer(), 0
    told: list[int] = []
    while len(told) < 2:
        peer.send(WHOLE[sent : sent + 10_000])
        sent += 10_000
        try:
            answer = peer.answer(within=0.5)
        except TimeoutError:
            continue
        assert (answer.status, answer.headers["upload-draft-interop-version"]) == (104, "8")
        assert "location" not in answer.headers
        told.append(int(answer.headers["upload-offset"]))
        assert told == sorted(told)
        assert told[-1] <= sent
    peer.hang_up()
    path = first.headers["location"]
    reached = int(state(server, token, path).headers["upload-offset"])
    assert told[-1] <= reached <= sent
    found = state(server, token, path).headers
    assert (found["upload-complete"], found["upload-length"]) == ("?0", str(len(WHOLE)))
    last = httpx.patch(
        f"{server.url}{path}",
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(reached),
            "Upload-Complete": "?1",
        },
        content=WHOLE[reached:],
        timeout=20,
    )
    assert (last.status_code, last.headers["upload-complete"]) == (201, "?1")
    assert bytes_of(server, token, path) == WHOLE


def test_a_chunked_body_that_breaks_off(server: ServerProcess, token: str, peer: Peer) -> None:
    """It keeps what came, and completes nothing, though it was said to be the end."""
    peer.begin("POST", "/resumable/", creation(9, complete=True) | {"Transfer-Encoding": "chunked"})
    path = peer.answer().headers["location"]
    peer.send(b"3e8\r\n" + WHOLE[:1000] + b"\r\n")
    time.sleep(0.2)
    peer.hang_up()
    deadline = time.monotonic() + 10
    while (found := state(server, token, path).headers)["upload-offset"] != "1000" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (found["upload-offset"], found["upload-complete"]) == ("1000", "?0")
    assert "upload-length" not in found


@pytest.mark.parametrize("call", ["HEAD", "PATCH", "DELETE"])
def test_whoever_comes_takes_over(server: ServerProcess, token: str, peer: Peer, call: str) -> None:
    """While a request hangs, whichever worker has it, another is answered within a second or so, and the first ends."""
    peer.begin("POST", "/resumable/", creation(8, complete=True, length=len(WHOLE)))
    path = peer.answer().headers["location"]
    peer.send(WHOLE[:5000])
    time.sleep(0.5)
    other, began = Peer(server, token), time.monotonic()
    told = {"Upload-Draft-Interop-Version": "8"}
    if call == "PATCH":
        told |= {"Content-Type": "application/partial-upload", "Upload-Offset": "5000", "Upload-Complete": "?0"}
        told["Content-Length"] = "0"
    other.begin(call, path, told)
    answer = other.answers()[-1]
    assert time.monotonic() - began < 8  # a second, on a machine that is not slow
    assert answer.status == 204
    if call != "DELETE":
        assert answer.headers["upload-offset"] == "5000"
    try:
        assert peer.answers()[-1].status == 409
    except (TimeoutError, ConnectionError):
        pytest.fail("the first request was not told")
    found = state(server, token, path)
    assert found.status_code == (410 if call == "DELETE" else 204)
    other.hang_up()


def test_a_kill(tmp_path: Path) -> None:
    """After `kill -9` what was told is there, and the upload goes on."""
    server = ServerProcess(tmp_path / "data").start()
    token = server.token("rhea")
    peer = Peer(server, token)
    peer.begin("POST", "/resumable/", creation(8, complete=True, length=len(WHOLE)))
    path, told, sent = peer.answer().headers["location"], 0, 0
    while not told:
        peer.send(WHOLE[sent : sent + 5000])
        sent += 5000
        try:
            told = int(peer.answer(within=0.3).headers["upload-offset"])
        except TimeoutError:
            continue
    server.kill()
    peer.hang_up()
    server.start()
    reached = int(state(server, token, path).headers["upload-offset"])
    assert told <= reached <= sent
    server.stop()
