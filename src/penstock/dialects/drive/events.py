"""Events as they happen, as Server-Sent Events (WHATWG HTML, *Server-sent events*)."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from penstock.dialects.drive import docs
from penstock.dialects.drive.events_wire import EventShown
from penstock.engine.engine import Engine
from penstock.http.bodies.values import plain_text, whole_number
from penstock.http.routing.authenticator import Authenticator
from penstock.http.routing.dialect_app import Call, Doc, Parameter, Stream
from penstock.http.server.exchange import ENDING, ENDLESS
from penstock.model import faults as f
from penstock.model.faults import AdminRequired, Fault, InputInvalid, StorageFailed
from penstock.model.ids import PrincipalId
from penstock.model.news import News, Topic, told
from penstock.model.principal import Principal, Scope

HEARTBEAT = 15.0
"""After how many seconds of silence a comment says that the stream lives."""

CHECKED = 3.0
"""How often, in seconds, it is looked whether the caller may still follow."""

TICK = 0.5
"""How soon, in seconds, a stream ends when the server stops."""

RETRY = 2000
"""After how many milliseconds a client comes back."""

LARGEST = (1 << 63) - 1
MAX_TOPICS = 1000
"""How long the list of kinds may be, in characters."""


@dataclass(frozen=True, slots=True)
class EventCalls:
    """What happens to one's own files, and for administrators to everybody's."""

    engine: Engine
    authenticator: Authenticator

    def calls(self) -> list[Call]:
        """The call."""
        return [Call("GET", "/drive/v1/events", self.events, Scope.READ, _EVENTS)]

    async def events(self, request: Request, principal: Principal) -> Response:
        """What happened, and then what happens."""
        query = request.query_params
        wanted = _Wanted(_owner(query, principal), _topics(query), _is_said(query, "follow", usual=True))
        position, missed = await self.engine.feed.begin(_position(request))
        stream = _Stream(self.engine, request, principal, wanted, self.authenticator)
        return await stream.answer(position, missed=missed)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whose events of which kinds (none: all), and whether to wait for more."""

    owner: PrincipalId | None
    topics: frozenset[str]
    follow: bool

    def text(self, events: Sequence[News]) -> str:
        """Those that are wanted, as they are sent."""
        return "".join(shown(event) for event in events if not self.topics or event.topic in self.topics)


def shown(event: News) -> str:
    """An event as it is sent. JSON has no line breaks."""
    return f"id: {event.number}\nevent: {event.topic}\ndata: {told(event)}\n\n"


@dataclass(frozen=True, slots=True)
class _Stream:
    engine: Engine
    request: Request
    principal: Principal
    wanted: _Wanted
    authenticator: Authenticator

    async def answer(self, position: int, *, missed: bool) -> Response:
        """The answer, from behind this position on. Raises `RateLimited` for one too many."""
        opening = f"retry: {RETRY}\nid: {position}\n\n"
        if missed:
            opening += f"id: {position}\nevent: missed\ndata: {{}}\n\n"
        if self.request.method == "HEAD":
            return _Answer(None)
        if not self.wanted.follow:
            return _Answer(self._what_there_is(opening, position))
        following = self.engine.feed.following(self.principal.id)
        await following.__aenter__()  # before the answer begins, so that a refusal is one
        return _Answer(self._as_it_happens(opening, position), lambda: following.__aexit__(None, None, None))

    async def _what_there_is(self, opening: str, position: int) -> AsyncGenerator[str, None]:
        yield opening
        found: Sequence[News] = ()
        while True:
            before = position
            found, position = await self.engine.feed.what_there_is(position, self.wanted.owner)
            if not found and position == before:
                return
            yield self.wanted.text(found)

    async def _as_it_happens(self, opening: str, position: int) -> AsyncGenerator[str, None]:
        yield opening
        spoke = checked = time.monotonic()
        ending: Callable[[], bool] = self.request.scope.get(ENDING, _never)
        while not ending():
            found, position = await self.engine.feed.after(position, self.wanted.owner)
            now = time.monotonic()
            if text := self.wanted.text(found):
                spoke = now
                yield text
            elif now - spoke >= HEARTBEAT:
                spoke = now
                yield f"id: {position}\n:\n\n"
            if now - checked >= CHECKED:
                checked = now
                if not await self._may():
                    return
            if not found:
                await self.engine.feed.more(TICK)

    async def _may(self) -> bool:
        """Whether the caller may still follow what is followed."""
        try:
            now = await self.authenticator.admit(self.request, Scope.READ)
        except StorageFailed:
            return True  # nobody knows, for the moment
        except Fault:
            return False
        return now.id == self.principal.id and (now.admin or self.wanted.owner == now.id)


class _Answer(Response):
    """A stream of texts, sent as they come. What was taken for it is let go of at its end, however that comes."""

    media_type = "text/event-stream"

    def __init__(
        self, texts: AsyncGenerator[str, None] | None, end: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._texts = texts
        self._end = end

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Send it; each piece waits until the client has read enough of those before."""
        headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        scope[ENDLESS] = True
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
            if self._texts is not None:
                async with aclosing(self._texts):
                    async for text in self._texts:
                        if text:
                            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            if self._end is not None:
                await self._end()


def _never() -> bool:
    return False


def _owner(query: QueryParams, principal: Principal) -> PrincipalId | None:
    """Whose events are wanted; None is everybody's. Raises `AdminRequired`, `InputInvalid`."""
    if not _is_said(query, "everybody", usual=False):
        return principal.id
    if not principal.admin:
        raise AdminRequired
    return None


def _topics(query: QueryParams) -> frozenset[str]:
    """The kinds that are wanted. Raises `InputInvalid`."""
    if "types" not in query:
        return frozenset()
    topics = frozenset(plain_text(query["types"], "types", MAX_TOPICS).split(","))
    if not topics <= set(Topic):
        raise InputInvalid("types", "no kinds of events, apart by commas")
    return topics


def _is_said(query: QueryParams, name: str, *, usual: bool) -> bool:
    said = query.get(name, str(usual).lower())
    if said not in {"true", "false"}:
        raise InputInvalid(name, "neither true nor false")
    return said == "true"


def _position(request: Request) -> int | None:
    """The event that the client knows of; None where it begins."""
    told_last = request.headers.get("last-event-id")
    return whole_number(told_last, "Last-Event-ID", 0, LARGEST) if told_last else None


_EXAMPLE = """id: 7
event: file.created
data: {"id": "6f1c…", "type": "file.created", "time": 1795828444.57, "owner": "8a1e…", "data": {"kind": "file", …}}

"""
_EVENTS = Doc(
    "What happens to one's files, uploads, pictures and publications, as it happens.",
    Stream(EventShown, _EXAMPLE),
    (
        Parameter("types", "query", str, "Kinds of events, apart by commas; all without it.", False, "file.created"),
        Parameter("everybody", "query", str, "`true`: what happens to everybody's, for administrators.", False),
        Parameter("follow", "query", str, "`false`: what there is, and an end.", False, "false"),
        Parameter("Last-Event-ID", "header", str, "The `id` of the last event that was received.", False, "0"),
    ),
    faults=docs.WRONG
    | {
        f.AdminRequired(): "Only administrators follow everybody's.",
        f.RateLimited(5): "The caller follows in as many streams as it may.",
    },
    about="It goes on behind `Last-Event-ID`, or begins with what happens next. Where events in between are forgotten, "
    "an event `missed` comes first.",
)
