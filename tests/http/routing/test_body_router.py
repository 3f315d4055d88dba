"""One address, several dialects."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from penstock.http.routing.answers import json_answer
from penstock.http.routing.body_router import LOOK_AHEAD, BodyRouter
from tests.support.forms import form

TELLING = {"file_id": "instant", "index": "instant", "chunk": "instant", "identifier": "oss", "file": "oss"}


def dialect(name: str) -> Callable[[Scope, Receive, Send], Any]:
    """A dialect that tells its name and the size of what it read, and how many messages that took."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        content, count, more = b"", 0, True
        while more:
            message = await receive()
            content += message.get("body", b"")
            count, more = count + 1, message.get("more_body", False)
        await json_answer({"dialect": name, "body": content.decode("latin-1"), "messages": count})(scope, receive, send)

    return answer


async def unused(message: Any) -> None:
    """For dialects that answer nothing."""


def router(*names: str) -> BodyRouter:
    return BodyRouter({name: dialect(name) for name in names}, TELLING, default=names[0])


async def answered(
    app: BodyRouter, content: bytes = b"", header: dict[str, str] | None = None, query: str = "", piece: int = 1000
) -> dict[str, Any]:
    async def pieces() -> Any:
        for start in range(0, len(content), piece):
            yield content[start : start + piece]

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://penstock") as client:
        answer = await client.post(f"/{query}", content=pieces(), headers=header)
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("parts", "query", "expected"),
    [
        ([("file_id", None, b"1")], "", "instant"),
        ([("index", None, b"1"), ("identifier", None, b"1")], "", "instant"),
        ([("identifier", None, b"1"), ("index", None, b"1")], "", "oss"),
        ([("other", None, b"1"), ("file", "a", b"1"), ("file_id", None, b"1")], "", "oss"),
        ([("chunk", "blob", b"1")], "", "instant"),
        ([("chunk", "blob", b"1")], "?identifier=1", "oss"),
        ([("file", "a", b"1")], "?x=1&file_id=1&identifier=1", "instant"),
        ([("other", None, b"1")], "", "instant"),
        ([], "", "instant"),
        ([], "?identifier=", "oss"),
    ],
)
async def test_the_query_decides_and_then_the_first_telling_field(
    parts: list[tuple[str, str | None, bytes]], query: str, expected: str
) -> None:
    """What the query names goes first, then the first field that tells; with nothing to go by it is the default."""
    content, header = form(*parts)
    for piece in (1, 7, 1000):
        answer = await answered(router("instant", "oss"), content, header, query, piece)
        assert (answer["dialect"], answer["body"]) == (expected, content.decode())


@pytest.mark.parametrize(
    "content", [b"--limit\r\nno header\r\n\r\n", b"--limit\r\nX: " + b"a" * 50_000, b"--limit--\r\nmore", b"\0" * 5000]
)
async def test_a_form_that_cannot_be_read_is_the_defaults(content: bytes) -> None:
    """A body that is no form after all is refused by a dialect, in that dialect's words."""
    answer = await answered(router("instant", "oss"), content, {"Content-Type": "multipart/form-data; boundary=limit"})
    assert (answer["dialect"], answer["body"]) == ("instant", content.decode())


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=500), piece=st.integers(1, 100), boundary=st.text(max_size=80))
async def test_whatever_comes_reaches_a_room_whole(content: bytes, piece: int, boundary: str) -> None:
    """A body that is no form, or is announced strangely, is handed to the default dialect from its first byte."""
    quoted = boundary.encode("utf-8", "replace").decode("latin-1").replace('"', "")
    kinds = [
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        f'multipart/form-data; boundary="{quoted}"',
    ]
    for kind in kinds:  # the boundary may be of characters, or of a length, that no form has
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "query_string": b"",
            "headers": [(b"content-type", kind.encode("latin-1"))],
        }
        pieces = [content[start : start + piece] for start in range(0, len(content), piece)] or [b""]
        sent: list[Any] = []
        waiting = [
            {"type": "http.request", "body": part, "more_body": number < len(pieces)}
            for number, part in enumerate(pieces, 1)
        ]

        async def receive(waiting: list[Any] = waiting) -> Any:
            return waiting.pop(0)

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        await router("instant", "oss")(scope, receive, send)
        assert sent[0]["status"] == 200
        assert b'"dialect":"instant"' in sent[1]["body"]
        assert waiting == []


async def test_no_more_is_looked_at_than_must_be() -> None:
    """When nothing tells within the first bytes the default dialect gets the request, and nothing more is held."""
    content, _ = form(("padding", "a", b"x" * (2 * LOOK_AHEAD)), ("identifier", None, b"1"))
    taken = 0

    async def receive() -> Any:
        nonlocal taken
        taken += 65536
        return {"type": "http.request", "body": content[taken - 65536 : taken], "more_body": taken < len(content)}

    seen: list[int] = []

    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(taken)

    header = [(b"content-type", b"multipart/form-data; boundary=limit")]
    scope = {"type": "http", "query_string": b"", "headers": header}
    app = BodyRouter({"instant": default, "oss": dialect("oss")}, TELLING, default="instant")
    await app(scope, receive, unused)
    assert seen == [LOOK_AHEAD]


async def test_a_client_that_hangs_up_is_handed_on() -> None:
    """When the connection ends while a form is looked at, the dialect learns of it."""
    waiting = [{"type": "http.request", "body": b"--b\r\n", "more_body": True}, {"type": "http.disconnect"}]
    heard: list[Any] = []

    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([await receive(), await receive()])

    async def receive() -> Any:
        return waiting.pop(0)

    scope = {"type": "http", "query_string": b"", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}
    await BodyRouter({"instant": default, "oss": default}, TELLING, default="instant")(scope, receive, unused)
    assert [message["type"] for message in heard] == ["http.request", "http.disconnect"]


async def test_a_room_alone_gets_everything_at_once() -> None:
    """With one dialect nothing is looked at, and names that tell of absent dialects tell nothing."""
    content, header = form(("identifier", None, b"1"))
    answer = await answered(router("instant"), content, header, "?identifier=1", piece=10_000)
    assert (answer["dialect"], answer["body"]) == ("instant", content.decode())
