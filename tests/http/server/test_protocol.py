"""What an answer costs on the wire, counted and not timed."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from penstock.http.routing.clients import Proxies
from penstock.http.server import protocol as protocols
from penstock.http.server.connections import ConnectionLimits
from penstock.http.server.protocol import LINGER_SILENCE, MAX_PIPELINED, HttpProtocol
from penstock.http.server.transport import MAX_GATHERED

PIECE = b"x" * 1000


class Wire(asyncio.Transport):
    """A connection that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = self.aborted = self.ended = False
        self.unread = 0
        self.peer = ("192.0.2.7", 4000)

    @property
    def sent(self) -> bytes:
        """Everything that was written."""
        return b"".join(self.writes)

    @property
    def statuses(self) -> list[int]:
        """Of every answer."""
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.sent)]

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

    def abort(self) -> None:
        """No more, at once."""
        self.closed = self.aborted = True

    def write_eof(self) -> None:
        """Our side is at its end."""
        self.ended = True

    def get_write_buffer_size(self) -> int:
        """What nobody has read yet."""
        return self.unread

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Where it comes from and goes to."""
        return {"peername": self.peer, "sockname": ("192.0.2.1", 8080)}.get(name, default)

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """As many pieces as the path says; `/echo` says what came, `/deaf` waits for nothing that comes."""
    if not scope["path"][1:].isdigit():
        await _echo(scope, receive, send)
        return
    count = int(scope["path"][1:])
    headers = [(b"content-length", str(count * len(PIECE)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(count):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", scope["path"] == "/echo"
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    status = 200 if scope["path"] == "/echo" else 401
    told = b" ".join([scope["method"].encode(), scope["query_string"], body])
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": told})


def _config() -> Config:
    config = Config(answering, log_config=None)
    config.load()
    return config


@pytest.fixture
async def protocol() -> AsyncIterator[HttpProtocol]:
    """A connection of its own."""
    made = HttpProtocol(_config(), ServerState(), {}, limits=ConnectionLimits(10, 10, 30, Proxies([])))
    yield made
    made.connection_lost(None)


async def ask(protocol: HttpProtocol, request: bytes) -> Wire:
    """Send something and wait until all is answered."""
    wire = Wire()
    protocol.connection_made(wire)
    protocol.data_received(request)
    for _ in range(10):
        await asyncio.sleep(0)
    return wire


@pytest.mark.parametrize(("method", "length"), [("GET", 1000), ("HEAD", 0)])
async def test_a_small_answer_is_one_write(protocol: HttpProtocol, method: str, length: int) -> None:
    """Head and body leave together; a HEAD is answered too."""
    wire = await ask(protocol, f"{method} /1 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    [answer] = wire.writes
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(answer.partition(b"\r\n\r\n")[2]) == length


async def test_an_answer_leaves_when_it_is_complete(protocol: HttpProtocol) -> None:
    """Nothing waits for the turn of the event loop to end, which uploads may make long."""
    wire, turns = Wire(), []
    protocol.connection_made(wire)
    protocol.data_received(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
    while not wire.writes:
        await asyncio.sleep(0)
        turns.append(len(wire.writes))
    assert len(turns) == 1


async def test_answers_keep_their_order(protocol: HttpProtocol) -> None:
    """Requests that came at once are answered one after the other, whatever their size."""
    wire = await ask(protocol, b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % count for count in (1, 200, 2)))
    answers = b"".join(wire.writes).split(b"HTTP/1.1 200 OK")[1:]
    assert [answer.count(PIECE) for answer in answers] == [1, 200, 2]


async def test_a_large_answer_is_not_gathered(protocol: HttpProtocol) -> None:
    """No more than a bounded amount waits for the turn to end."""
    wire = await ask(protocol, b"GET /1000 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert len(b"".join(wire.writes)) > 1000 * len(PIECE)
    assert max(map(len, wire.writes)) <= MAX_GATHERED + len(PIECE)


async def test_closing_waits_for_the_answer(protocol: HttpProtocol) -> None:
    """What was answered leaves before the connection is closed."""
    wire = await ask(protocol, b"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert wire.closed
    assert len(wire.writes) == 1


# --- an offer to upgrade ---------------------------------------------------------------------------------------------

OFFERS = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n",
    b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"connection: upgrade\r\nupgrade: TLS/1.2\r\n",
)
BODIES = (
    b"Content-Length: 5\r\n\r\nhello",
    b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    b"\r\n",
)


async def turns(count: int = 10) -> None:
    """Let the loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("offer", OFFERS, ids=["h2c", "websocket", "tls"])
@pytest.mark.parametrize("body", BODIES, ids=["counted", "chunked", "none"])
@pytest.mark.parametrize("step", [1, 7, 64, 1000])
async def test_an_offered_upgrade_is_ignored(protocol: HttpProtocol, offer: bytes, body: bytes, step: int) -> None:
    """The body arrives whole and one request has one answer, however the packets fall; so has the request behind it."""
    wire = Wire()
    protocol.connection_made(wire)
    request = b"POST /echo?q=1 HTTP/1.1\r\nHost: h\r\n" + offer + body
    sent = request + b"GET /echo?q=2 HTTP/1.1\r\nHost: h\r\n\r\n"
    for start in range(0, len(sent), step):
        protocol.data_received(sent[start : start + step])
        await asyncio.sleep(0)
    await turns()
    assert wire.statuses == [200, 200]
    carried = b"hello" if len(body) > 2 else b""
    assert re.findall(rb"\r\n\r\n([A-Z]+ q=[^H]*)", wire.sent) == [b"POST q=1 " + carried, b"GET q=2 "]


async def test_what_follows_an_offer_is_never_a_request(protocol: HttpProtocol) -> None:
    """A body that comes in a later packet is a body, whatever it looks like."""
    inner = b"GET /echo?q=smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    wire = await ask(
        protocol,
        b"POST /echo HTTP/1.1\r\nHost: h\r\n" + OFFERS[0] + b"Content-Length: %d\r\n\r\n" % len(inner),
    )
    protocol.data_received(inner)
    await turns()
    assert wire.statuses == [200]
    assert wire.sent.endswith(b"POST  " + inner)


# --- the ends of a connection ----------------------------------------------------------------------------------------


async def test_a_half_closed_client_gets_its_answers(protocol: HttpProtocol) -> None:
    """Whoever ends its side behind two whole requests gets both answers, and then the end."""
    wire = Wire()
    protocol.connection_made(wire)
    protocol.data_received(
        b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /200 HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    assert protocol.eof_received()
    await turns(20)
    assert wire.statuses == [200, 200]
    assert wire.sent.count(PIECE) == 200
    assert wire.closed


async def test_a_request_cut_by_its_client_is_answered(protocol: HttpProtocol) -> None:
    """A body that ends early is told to the application as that, and the answer goes out before the end."""
    wire = await ask(protocol, b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhi")
    assert protocol.eof_received()
    await turns()
    assert wire.statuses == [200]
    assert wire.closed


async def test_nothing_is_waited_for_from_an_idle_client_that_ends(protocol: HttpProtocol) -> None:
    """Without a request under way, the end of the peer's side is the end."""
    wire = await ask(protocol, b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert wire.statuses == [200]
    assert not protocol.eof_received()


async def test_an_early_answer_ends_the_connection(protocol: HttpProtocol) -> None:
    """An answer that did not wait for the body says `Connection: close`, and what follows is never a request."""
    inner = b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
    wire = await ask(protocol, b"POST /deaf HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(inner))
    assert b"\r\nconnection: close\r\n" in wire.sent
    assert wire.ended
    protocol.data_received(inner + inner)
    await turns()
    assert (wire.statuses, wire.closed) == ([401], False)


async def test_an_early_answer_lingers_while_bytes_come(
    protocol: HttpProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stays readable while the body keeps coming, ends after a silence, and is not kept for ever."""
    monkeypatch.setattr(protocols, "LINGER_SILENCE", 10.0)
    monkeypatch.setattr(protocols, "LINGER_TOTAL", 60.0)
    clock = FakeTime(protocol)
    wire = await ask(protocol, b"POST /deaf HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(5):
        clock.pass_by(9.0)
        assert not wire.closed
        protocol.data_received(b"x")
    clock.pass_by(9.0)
    assert not wire.closed
    protocol.data_received(b"x")
    clock.pass_by(7.0)
    assert wire.closed


async def test_silence_ends_an_early_answer_soon(protocol: HttpProtocol) -> None:
    """A client that sends nothing more is let go after `LINGER_SILENCE`."""
    clock = FakeTime(protocol)
    wire = await ask(protocol, b"POST /deaf HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
    clock.pass_by(LINGER_SILENCE - 0.1)
    assert not wire.closed
    clock.pass_by(0.2)
    assert wire.closed


async def test_a_request_behind_one_being_answered_arrives_whole(protocol: HttpProtocol) -> None:
    """A body that comes while an earlier answer is still being written is neither cut nor taken for a refused one."""
    clock = FakeTime(protocol)
    wire = Wire()
    protocol.connection_made(wire)
    protocol.pause_writing()
    protocol.data_received(
        b"GET /200 HTTP/1.1\r\nHost: h\r\n\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc"
    )
    await turns()
    protocol.resume_writing()
    await turns()
    clock.pass_by(LINGER_SILENCE + 1)
    protocol.data_received(b"def")
    await turns()
    assert wire.statuses == [200, 200]
    assert wire.sent.endswith(b"POST  abcdef")
    assert not wire.closed


async def test_pipelining_is_bounded(protocol: HttpProtocol) -> None:
    """Of ten thousand requests that come at once a bounded number is kept; those are answered, and then it ends."""
    wire = Wire()
    protocol.connection_made(wire)
    protocol.data_received(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" * 10_000)
    await turns(300)
    assert MAX_PIPELINED <= len(wire.statuses) <= MAX_PIPELINED + 2
    assert wire.closed


async def test_an_answer_stops_with_its_reader(protocol: HttpProtocol) -> None:
    """A download whose client is gone is not made any further, though the loop was never let turn."""
    wire = Wire()
    protocol.connection_made(wire)
    wire.writelines = lambda data: wire.abort()  # type: ignore[method-assign,assignment]
    sent = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": PIECE * 100, "more_body": True})
            sent.append(1)

    protocol._app = endless
    protocol.data_received(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
    await turns()
    assert len(sent) <= 1


@pytest.mark.parametrize(("reads", "aborted"), [(0, True), (10, False)], ids=["nothing", "slowly"])
async def test_an_answer_that_nobody_reads_ends(protocol: HttpProtocol, reads: int, aborted: bool) -> None:
    """A client that reads nothing for as long as it may pause is hung up on; one that reads slowly is not."""
    clock, wire = FakeTime(protocol), Wire()
    protocol.connection_made(wire)
    wire.unread = 100_000
    protocol.data_received(b"GET /200 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    await turns()
    for _ in range(3):
        wire.unread -= reads
        clock.pass_by(31)
    assert wire.aborted == aborted


# --- heads -----------------------------------------------------------------------------------------------------------


async def test_raw_utf_8_in_a_query_is_taken(protocol: HttpProtocol) -> None:
    """A target that is not ASCII arrives percent-encoded, however its packets fall."""
    request = "GET /echo?name=é文 HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    wire = Wire()
    protocol.connection_made(wire)
    for byte in request:
        protocol.data_received(bytes([byte]))
    protocol.data_received(request)
    await turns(20)
    assert wire.sent.count(b"GET name=%C3%A9%E6%96%87 ") == 2


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\xff\xfe\n", b"NOT HTTP\r\n\r\n", b"GET /echo HTTP/1.1\r\nbad header\r\n\r\n"],
)
async def test_what_is_no_request_is_refused_in_json(protocol: HttpProtocol, garbage: bytes) -> None:
    """What is no HTTP gets one answer and no plain text of a library's."""
    wire = await ask(protocol, garbage)
    assert len(wire.statuses) == 1
    assert b"text/plain" not in wire.sent
    assert wire.ended


async def test_an_http_1_0_client_gets_no_chunks(protocol: HttpProtocol) -> None:
    """An answer of unknown length ends with the connection of a client that knows no chunks."""

    async def unknown(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    protocol._app = unknown
    wire = await ask(protocol, b"GET / HTTP/1.0\r\n\r\n")
    assert wire.sent.endswith(b"connection: close\r\n\r\nhello")
    assert wire.closed


@pytest.mark.parametrize(("version", "statuses"), [(b"1.0", [200]), (b"1.1", [100, 200])])
async def test_an_http_1_0_client_is_not_told_to_go_on(
    protocol: HttpProtocol, version: bytes, statuses: list[int]
) -> None:
    """It knows no interim answers, whatever it says that it expects (RFC 9110 §10.1.1)."""
    head = b"POST /echo HTTP/%s\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n" % version
    assert (await ask(protocol, head + b"x")).statuses == statuses


async def test_blanks_around_a_value_are_no_part_of_it(protocol: HttpProtocol) -> None:
    """They may stand on both sides (RFC 9112 §5)."""
    seen: list[tuple[bytes, bytes]] = []

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])

    protocol._app = listening
    await ask(protocol, b"GET / HTTP/1.1\r\nHost: \t h \t \r\nX-Two:a  b\t\r\n\r\n")
    assert seen == [(b"host", b"h"), (b"x-two", b"a  b")]


# --- how many --------------------------------------------------------------------------------------------------------


def connect(limits: ConnectionLimits, address: str) -> tuple[HttpProtocol, Wire]:
    """Another connection under these limits."""
    made, wire = HttpProtocol(_config(), ServerState(), {}, limits=limits), Wire()
    wire.peer = (address, 1)
    made.connection_made(wire)
    return made, wire


async def test_connections_are_bounded_in_all_and_by_address() -> None:
    """One connection too many is told 503 and ended; a proxy and this machine stand for many people."""
    limits = ConnectionLimits(4, 2, 30, Proxies(["10.0.0.0/8"]))
    kept = [connect(limits, "192.0.2.1"), connect(limits, "::ffff:192.0.2.1")]
    refused = connect(limits, "192.0.2.1")
    assert (refused[1].statuses, refused[1].ended) == ([503], True)
    kept += [connect(limits, "10.0.0.1"), connect(limits, "127.0.0.1")]
    assert [wire.statuses for _, wire in kept] == [[], [], [], []]
    assert connect(limits, "192.0.2.9")[1].statuses == [503]
    kept.pop()[0].connection_lost(None)
    assert connect(limits, "192.0.2.9")[1].statuses == []
    refused[0].connection_lost(None)
    assert connect(limits, "192.0.2.8")[1].statuses == [503]


class FakeTime:
    """The protocol's timers, driven by hand."""

    def __init__(self, protocol: HttpProtocol) -> None:
        """Take the place of the loop's clock for what is scheduled from now on."""
        self._now = 0.0
        self._timers: list[tuple[float, asyncio.TimerHandle]] = []
        loop = asyncio.get_running_loop()

        class Loop:
            """A loop whose time stands still."""

            def time(_) -> float:
                return self._now

            def call_later(_, delay: float, callback: Any, *args: Any) -> asyncio.TimerHandle:
                timer = asyncio.TimerHandle(self._now + delay, callback, args, loop)
                self._timers.append((self._now + delay, timer))
                return timer

            def __getattr__(_, name: str) -> Any:
                return getattr(loop, name)

        protocol._loop = Loop()  # type: ignore[assignment]

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due."""
        self._now += seconds
        due = [timer for when, timer in self._timers if when <= self._now]
        self._timers = [entry for entry in self._timers if entry[1] not in due]
        for timer in due:
            if not timer.cancelled():
                timer._run()
