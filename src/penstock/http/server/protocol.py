"""HTTP/1.1 on one connection: what comes is parsed into requests, and each request has one answer (RFC 9112).

httptools parses. Kept here, as laws:
1. A head is bounded in bytes and in time, and so is what comes without being a body.
2. An offer to upgrade is ignored (RFC 9110 §7.8): the request is parsed again without it, so its body arrives whole.
3. Nothing is read as a request behind one that ends its connection, nor behind a body that was not waited for.
4. A peer that has ended its side still gets its answers.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import httptools
import msgspec
from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from penstock.http.faults import HeadTooLarge
from penstock.http.routing.clients import parsed_address
from penstock.http.server.connections import ConnectionLimits
from penstock.http.server.exchange import Exchange
from penstock.http.server.heads import REFUSED
from penstock.http.server.transport import GatheringTransport, StalledReaderWatch
from penstock.model.faults import Fault, InputInvalid

MAX_HEAD = 64 * 1024
"""How many bytes of a request line and headers may come before the head is complete, give or take one read."""

HEAD_SECONDS = 30.0
"""How long a head may take, in seconds, from its first byte or from the connection."""

MAX_BARREN = MAX_HEAD + 256 * 1024
"""How many bytes may come in a row without one byte of a body among them, one read of slack included: framing, chunk
extensions, trailers.
"""

LINGER_SILENCE, LINGER_TOTAL = 5.0, 30.0
"""How long, in seconds, a connection stays readable behind an answer that did not wait for its request's end: while
bytes keep coming, and at most. A client that is still sending would otherwise meet a reset and not the answer.
"""

MAX_DROPPED = 1 << 20
"""How many bytes that belong to no request are dropped behind the last answer, before the connection is closed."""

REFUSED_SECONDS, MAX_REFUSED = 1.0, 256
"""How long, in seconds, a connection beyond the limit may take to notice its refusal, and how many are given that."""

MAX_PIPELINED = 64
"""How many pipelined requests of a connection may wait; beyond, it is closed, and its client repeats them."""

_ASCII = "".join(map(chr, range(128)))
_OFFERS = frozenset({b"upgrade", b"http2-settings"})


class HttpProtocol(asyncio.Protocol):
    """One connection of uvicorn's server. `limits` are shared by all connections of the process."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
    ) -> None:
        self._app = config.loaded_app
        self._keep_alive_seconds = config.timeout_keep_alive
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._transport: GatheringTransport
        self._flow: FlowControl
        self._watch: StalledReaderWatch
        self._client: tuple[str, int] | None = None
        self._admitted = False
        # The head that is coming in; None while a body or nothing is.
        self._url: bytes | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._line = b""
        self._at_boundary = True
        self._offered = False
        self._head_size = 0
        self._barren = 0
        # Requests without a whole answer, in their order; the first is being answered.
        self._exchanges: deque[Exchange] = deque()
        self._receiving: Exchange | None = None
        self._deaf = False
        """No more requests are read."""
        self._ended = False
        """The peer has closed its side."""
        self._draining = False
        """The rest of a body that was answered early is parsed, to find its end and to bound the bytes outside of
        bodies.
        """
        self._silence = self._linger_until = 0.0
        self._left_to_drop = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None

    # --- asyncio.Protocol --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a head; refuse a connection beyond the limit without reading from it."""
        self._state.connections.add(self)  # type: ignore[arg-type]
        self._transport = GatheringTransport(transport, self._loop)
        self._flow = FlowControl(self._transport)
        self._watch = StalledReaderWatch(self._transport, self._loop, self._limits.unread)
        self._client = _peer(transport)
        self._admitted = self._limits.enter(self._client[0] if self._client else None)
        if self._admitted:
            self._await_head()
        elif len(self._state.connections) <= self._limits.total + MAX_REFUSED:
            self._refuse(503, "too many connections", REFUSED_SECONDS)
        else:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the exchanges that the client is gone."""
        self._state.connections.discard(self)
        if self._admitted:
            self._limits.leave(self._client[0] if self._client else None)
        for timer in (self._head_timer, self._idle_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()
        self._watch.stop()
        self._deaf = True
        for exchange in self._exchanges:
            exchange.lose()
        self._flow.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parse the bytes, unless no more requests are read."""
        if self._linger_timer is not None:
            self._linger_on(len(data))
        if self._deaf and not self._draining:
            return
        self._cancel_idle()
        if self._at_boundary:
            data = self._first_line(data)
        self._barren += len(data)
        awaited = self._head_timer is not None
        self._parse(data)
        if self._barren > MAX_BARREN:
            self._close()
        elif awaited and self._head_timer is not None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self._refuse_head(HeadTooLarge())

    def eof_received(self) -> bool:
        """The peer has closed its side; its requests are still answered (RFC 9112 §9.6)."""
        self._deaf = self._ended = True
        self._cancel_head()
        self._transport.flush()
        for exchange in self._exchanges:
            exchange.cut_off()
        return bool(self._exchanges)

    def pause_writing(self) -> None:
        """The peer reads slower than we write."""
        self._flow.pause_writing()
        self._watch.start()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._flow.resume_writing()

    # --- uvicorn's server --------------------------------------------------------------------------------------------

    def shutdown(self) -> None:
        """The server stops: requests under way are finished, no more are begun."""
        if not self._exchanges:
            self._close()
        for exchange in self._exchanges:
            exchange.keep_alive = False
            exchange.leaving = True

    # --- the parser's events -----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A head has begun."""
        self._at_boundary = False
        if self._deaf:
            return
        self._url, self._headers = b"", []
        if self._head_timer is None:
            self._await_head()

    def on_url(self, url: bytes) -> None:
        """Some of the request's target has come."""
        self._url = (self._url or b"") + url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer. The parser leaves blanks behind a value, which are no part of it (RFC 9112 §5)."""
        value = value.rstrip(b" \t")
        if self._url is not None:
            self._headers.append((name.lower(), value))
        elif self._receiving is not None:
            self._receiving.trail(name.lower(), value)

    def on_headers_complete(self) -> None:
        """The head is complete: queue the request behind those being answered."""
        self._cancel_head()
        url, self._url = self._url or b"", None
        if self._deaf:
            return
        if self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT":
            self._url, self._offered = url, True
            return
        self._begin(url)

    def on_body(self, body: bytes) -> None:
        """A piece of a body has arrived."""
        self._barren = 0
        if self._receiving is not None:
            self._receiving.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._barren = 0
        self._at_boundary = True
        self._draining = False
        if self._receiving is not None:
            self._deaf = self._deaf or not self._receiving.keep_alive or len(self._exchanges) > MAX_PIPELINED
            self._receiving.end()
            self._receiving = None

    # --- what an exchange asks for -----------------------------------------------------------------------------------

    @property
    def default_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """Headers of every answer."""
        return self._state.default_headers

    def write(self, data: bytes) -> None:
        """Send it."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing that is written reaches the peer any more."""
        return self._transport.is_closing()

    async def drain(self) -> None:
        """Wait until the peer has read enough."""
        if self._flow.write_paused:
            await self._flow.drain()

    def resume_reading(self) -> None:
        """Resume reading, if more can arrive."""
        if not self._ended:
            self._flow.resume_reading()

    def pause_reading(self) -> None:
        """Pause reading."""
        self._flow.pause_reading()

    def fail(self) -> None:
        """Break the connection, so that the answer does not look complete."""
        self._close()

    def answered(self, exchange: Exchange) -> None:
        """An answer is complete: start the next request, or end the connection.

        An `early` answer did not wait for its request's body. To close now would make the kernel answer what still
        comes with a reset, which discards the answer in the peer's buffer: our side alone is closed, and what comes is
        read and dropped. While it is the body (`_draining`) it is still parsed, because only the parser knows where it
        ends, and has the longer time; behind its end, or for whatever else comes, `MAX_DROPPED` bytes and a silence do.
        """
        self._transport.flush()
        self._watch.start()
        self._state.total_requests += 1
        self._exchanges.popleft()
        if exchange.early and not self._ended:
            self._draining = self._receiving is exchange
            self._linger(LINGER_SILENCE, LINGER_TOTAL if self._draining else LINGER_SILENCE)
        elif exchange.early or not exchange.keep_alive:
            self._close()
        elif self._exchanges:
            self.resume_reading()
            self._run(self._exchanges[0])
        elif self._deaf:
            self._close()
        else:
            self.resume_reading()
            self._await_next()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _first_line(self, data: bytes) -> bytes:
        """What a request begins with, its target in ASCII: clients send raw UTF-8 in queries, and the parser refuses
        it. The line is awaited whole; other lines pass as they come.
        """
        data = (self._line + data).lstrip(b"\r\n")
        line, ending, rest = data.partition(b"\n")
        if not ending and line[:1].isalpha() and len(line) <= MAX_HEAD:
            self._line = data
            return b""
        self._line = b""
        return data if line.isascii() else quote(line, safe=_ASCII).encode() + ending + rest

    def _parse(self, data: bytes) -> None:
        """Feed the parser; a request with an offer to upgrade is fed again without it."""
        rest = memoryview(data)
        try:
            while True:
                try:
                    self._parser.feed_data(rest)
                    return
                except httptools.HttpParserUpgrade as stopped:
                    rest = rest[stopped.args[0] :]
                    if not self._offered:
                        return
                    self._parse_without_offer()
        except httptools.HttpParserError as error:
            self._broken(str(error))

    def _parse_without_offer(self) -> None:
        self._offered = False
        version = self._parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self._parser.get_method(), self._url or b"/", version)]
        lines += (name + b": " + value for name, value in _without_offer(self._headers))
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"\r\n".join(lines) + b"\r\n\r\n")

    def _begin(self, url: bytes, fault: Fault | None = None) -> None:
        """Answer this request when its turn comes; a faulty head is answered with its fault."""
        version = self._parser.get_http_version()
        persistent = version == "1.1" and self._parser.should_keep_alive() and self._parser.get_method() != b"CONNECT"
        expects = version != "1.0" and any(  # which knows of none (RFC 9110 §10.1.1)
            name == b"expect" and value.lower() == b"100-continue" for name, value in self._headers
        )
        scope = self._scope(url, version)
        if fault is not None:
            scope[REFUSED] = fault
        exchange = Exchange(scope, self, keep_alive=persistent and fault is None, expects_continue=expects)
        self._receiving = exchange
        self._exchanges.append(exchange)
        if len(self._exchanges) == 1:
            self._run(exchange)
        else:
            self._flow.pause_reading()

    def _scope(self, url: bytes, version: str) -> Scope:
        method = self._parser.get_method()
        target = httptools.parse_url(url) if method != b"CONNECT" else None
        raw_path = (target.path if target is not None else url) or b"/"
        headers = self._headers
        if target is not None and target.host is not None:  # RFC 9112 §3.2.2: the target's authority, not Host's
            authority = url.split(b"://", 1)[1].split(b"/", 1)[0].split(b"?", 1)[0]
            headers = [(b"host", authority), *(header for header in headers if header[0] != b"host")]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": version,
            "method": method.decode("ascii"),
            "scheme": "http",
            "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
            "raw_path": raw_path,
            "query_string": (target.query if target is not None else None) or b"",
            "root_path": "",
            "headers": headers,
            "server": get_local_addr(self._transport),
            "client": self._client,
            "state": self._app_state.copy(),
        }

    def _run(self, exchange: Exchange) -> None:
        task = self._loop.create_task(exchange.run(self._app))
        task.add_done_callback(self._state.tasks.discard)
        self._state.tasks.add(task)

    def _broken(self, reason: str) -> None:
        """The bytes are no HTTP. Behind a request they are the rest of a body that is too long or breaks off: that
        request is not acknowledged, unless it has its answer. Otherwise the refusal is the only answer.
        """
        if self._exchanges:
            self._deaf = True
            self._draining = False
            self._exchanges[-1].keep_alive = False
            self._exchanges[-1].spoil()
        elif not self._deaf:
            self._refuse_head(InputInvalid("request", reason))

    def _refuse_head(self, fault: Fault) -> None:
        """Refuse bytes that never became a request, in the wording of the path if it is known."""
        self._deaf = True
        self._cancel_head()
        try:
            self._begin(self._url or b"", fault)
            self._exchanges[-1].cut_off()
            self._receiving = None
        except httptools.HttpParserError:
            if self._exchanges:
                self._exchanges[-1].keep_alive = False
            else:
                self._refuse(400, "not a request", LINGER_SILENCE)

    def _refuse(self, status: int, reason: str, silence: float) -> None:
        """Answer in the wording used outside every dialect."""
        self._deaf = True
        self._transport.write(plain_refusal(status, reason))
        self._linger(silence, silence)

    def _linger(self, silence: float, total: float) -> None:
        """Keep reading behind the last answer, so that a client that is still sending can read it and gets no reset."""
        self._deaf = True
        self._transport.write_eof()
        self._watch.start()
        self.resume_reading()
        self._silence, self._linger_until, self._left_to_drop = silence, self._loop.time() + total, MAX_DROPPED
        self._linger_on(0)

    def _linger_on(self, came: int) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        if not self._draining:
            self._left_to_drop -= came
            if self._left_to_drop < 0:
                self._close()
                return
        left = min(self._silence, self._linger_until - self._loop.time())
        self._linger_timer = self._loop.call_later(max(left, 0), self._close)

    def _close(self) -> None:
        """Close once everything written is sent; a client that does not read it is disconnected."""
        self._deaf = True
        self._transport.flush()
        self._watch.start()
        self._transport.close()

    def _await_head(self) -> None:
        self._head_size = 0
        self._head_timer = self._loop.call_later(HEAD_SECONDS, self._close)

    def _cancel_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _await_next(self) -> None:
        self._idle_timer = self._loop.call_later(self._keep_alive_seconds, self._close)

    def _cancel_idle(self) -> None:
        """Bytes have arrived: from now on the time limit of a head applies."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
            self._await_head()


def plain_refusal(status: int, reason: str) -> bytes:
    """A complete answer outside every dialect, which ends the connection."""
    body = msgspec.json.encode({"error": reason, "docs": "/docs"})
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


def _without_offer(headers: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The headers without the offer of an upgrade; other `Connection` options stay."""
    for name, value in headers:
        if name == b"connection":
            kept = [option for option in value.split(b",") if option.strip().lower() not in _OFFERS]
            if kept:
                yield name, b",".join(kept)
        elif name not in _OFFERS:
            yield name, value


def _peer(transport: asyncio.Transport) -> tuple[str, int] | None:
    """The peer's address and port; an IPv4-mapped IPv6 address is that IPv4 address."""
    peer = get_remote_addr(transport)
    if peer is None:
        return None
    address = parsed_address(peer[0])
    return (str(address), peer[1]) if address is not None else peer
