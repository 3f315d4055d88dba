"""What an answer costs on the wire, counted and not timed."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from penstock.http.protocol import MOST_GATHERED, BoundedProtocol

PIECE = b"x" * 1000


class Wire(asyncio.Transport):
    """A connection that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def writelines(self, list_of_data: Sequence[bytes]) -> None:  # type: ignore[override]
        """One system call."""
        assert not self.closed
        self.writes.append(b"".join(list_of_data))

    def write(self, data: bytes) -> None:  # type: ignore[override]
        """One system call."""
        self.writelines([data])

    def close(self) -> None:
        """No more."""
        self.closed = True

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """As many pieces as the path says."""
    count = int(scope["path"][1:])
    headers = [(b"content-length", str(count * len(PIECE)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(count):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def protocol() -> AsyncIterator[BoundedProtocol]:
    """A connection of its own."""
    made = BoundedProtocol(Config(answering, log_config=None), ServerState(), {})
    yield made
    made.connection_lost(None)


async def ask(protocol: BoundedProtocol, request: bytes) -> Wire:
    """Send something and wait until all is answered."""
    wire = Wire()
    protocol.connection_made(wire)
    protocol.data_received(request)
    for _ in range(10):
        await asyncio.sleep(0)
    return wire


@pytest.mark.parametrize(("method", "length"), [("GET", 1000), ("HEAD", 0)])
async def test_a_small_answer_is_one_write(protocol: BoundedProtocol, method: str, length: int) -> None:
    """Head and body leave together; a HEAD is answered too."""
    wire = await ask(protocol, f"{method} /1 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    [answer] = wire.writes
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(answer.partition(b"\r\n\r\n")[2]) == length


async def test_an_answer_leaves_when_it_is_complete(protocol: BoundedProtocol) -> None:
    """Nothing waits for the turn of the event loop to end, which uploads may make long."""
    wire, turns = Wire(), []
    protocol.connection_made(wire)
    protocol.data_received(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
    while not wire.writes:
        await asyncio.sleep(0)
        turns.append(len(wire.writes))
    assert len(turns) == 1


async def test_answers_keep_their_order(protocol: BoundedProtocol) -> None:
    """Requests that came at once are answered one after the other, whatever their size."""
    wire = await ask(protocol, b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % count for count in (1, 200, 2)))
    answers = b"".join(wire.writes).split(b"HTTP/1.1 200 OK")[1:]
    assert [answer.count(PIECE) for answer in answers] == [1, 200, 2]


async def test_a_large_answer_is_not_gathered(protocol: BoundedProtocol) -> None:
    """No more than a bounded amount waits for the turn to end."""
    wire = await ask(protocol, b"GET /1000 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert len(b"".join(wire.writes)) > 1000 * len(PIECE)
    assert max(map(len, wire.writes)) <= MOST_GATHERED + len(PIECE)


async def test_closing_waits_for_the_answer(protocol: BoundedProtocol) -> None:
    """What was answered leaves before the connection is closed."""
    wire = await ask(protocol, b"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert wire.closed
    assert len(wire.writes) == 1
