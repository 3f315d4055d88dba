"""Every call of every dialect that is here, from the rows that stand beside each dialect's tests."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
import pytest

from penstock.bootstrap import dialect_apps
from penstock.dialects import every_dialect
from penstock.http.dialect import Dialect
from penstock.http.routing.dialect_app import Call, DialectApp
from penstock.model.principal import Scope
from tests.dialects.files.client import send_file
from tests.support.forms import form
from tests.support.server import Server

READ, WRITE, DELETE = Scope.READ, Scope.WRITE, Scope.DELETE
RAW = "raw bytes stand here"
TEXTS: dict[str, bytes] = {
    "empty": b"",
    "huge": b"x" * 60_000,
    "not UTF-8": b"\xff\xfe",
    "parent": b"../../etc/passwd",
    "NUL": b"a\0b",
    "control": b"a\x1b[2J\r\nb",
    "surrogate": b"\xed\xa0\x80",
}
NUMBERS = TEXTS | {
    "huge": b"9" * 30,
    "endless": b"9" * 5000,
    "negative": b"-1",
    "wrong type": b"one",
    "fraction": b"1.5",
}
FRACTIONS = NUMBERS | {"not a number": b"nan", "infinite": b"1e999"}
VALUES: dict[str, Any] = {
    "empty": "",
    "huge": "x" * 60_000,
    "not UTF-8": RAW,
    "parent": "../../etc/passwd",
    "NUL": "a\0b",
    "control": "a\x1b[2J\r\nb",
    "surrogate": "\ud800",
    "wrong type": {"a": [1]},
}
COUNTS = VALUES | {"huge": 10**30, "negative": -1, "fraction": 1.5, "boolean": True}
KINDS: dict[Any, dict[str, Any]] = {int: NUMBERS, float: FRACTIONS, int | None: COUNTS, float | None: COUNTS}
"""The odd values of parameters that are not texts; those of bodies are optional."""


@dataclass(frozen=True)
class Good:
    """A request that is well answered. Placed by name: path, query, header, form (and its file), JSON, fields of a
    URL-encoded body.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    json: Mapping[str, Any] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True)
class Row:
    """A call: the scope that it asks a token for (None: the request proves by itself what it may), how somebody `other`
    is answered who asks for what is Alice's, and an administrator where that is something else, how it is asked well,
    and which odd values are nothing wrong for a parameter of it. A `secret` one is asked or answered with credentials.

    Whoever asks without a good token is answered 401, and with one for something else 403. 200 stands where somebody
    else has things of their own under the same name, makes some, or is told what is everybody's: how people sign in,
    what was published on the chain. What is Alice's is answered as what is not there: 404, or what a name answers that
    nothing was sent under yet (`status`, `check`, `merge` of `instant`, a watermark). 403 is for what takes a sudo
    token of one's own, and for administrators.

    A request may succeed only once, so `good` makes another after each that has. `marks` are those of its tests.
    """

    scope: Scope | None
    other: int
    good: Callable[[Server], Awaitable[Good]]
    fine: Mapping[str, set[str]] = field(default_factory=dict)
    admin: int | None = None
    secret: bool = False
    marks: Sequence[pytest.MarkDecorator] = ()


@dataclass(frozen=True)
class Known:
    """A call of a dialect that is here, by its row."""

    dialect: Dialect
    method: str
    path: str
    row: Row

    def __str__(self) -> str:
        return f"{self.dialect.name} {self.method} {self.path}"


def known_calls() -> list[Known]:
    """Every row of every dialect that is here, from `calls.py` in the folder of the dialect's tests."""
    return [
        Known(dialect, method, path, row)
        for dialect in every_dialect()
        for (method, path), row in calls_module(dialect.name).ROWS.items()
    ]


def params(calls: Sequence[Known]) -> list[Any]:
    """The calls as parameters of a test, with their marks."""
    return [pytest.param(known, marks=known.row.marks, id=str(known)) for known in calls]


def calls_module(dialect: str) -> Any:
    """`calls.py` of the tests of the dialect of this name."""
    return import_module(f"tests.dialects.{dialect}.calls")


def plain(good: Good) -> Callable[[Server], Awaitable[Good]]:
    async def made(server: Server) -> Good:
        return good

    return made


async def some_file(server: Server) -> Good:
    return Good(path={"file_id": (await send_file(server.alice, b"aaaa"))["id"]})


ANY_TEXT = {"parent", "not UTF-8", "surrogate"}
"""Odd, and still a text in a header or a form: bytes that are no UTF-8 are of a legacy encoding, and dots and slashes
reach no path.
"""
OPTIONAL = {"missing", "empty"}
REPLACED = {"surrogate", "not UTF-8"}
"""In a query such bytes decode to U+FFFD, a character like any other."""
UNREADABLE = {"wrong type", "not UTF-8", "surrogate"}


def call_of(server: Server, known: Known) -> tuple[DialectApp, Call]:
    """The dialect that answers a known call, and what it says of it."""
    return calls_of(server)[known.dialect.name, known.method, known.path]


def calls_of(server: Server) -> dict[tuple[str, str, str], tuple[DialectApp, Call]]:
    """Every call that a server answers, by its dialect, method and path. A dialect with several addresses for a call
    says with `tested_at` which of them stands for all.
    """
    return {
        (dialect.name, call.method, getattr(calls_module(dialect.name), "tested_at", str)(call.path)): (app, call)
        for dialect, app in dialect_apps(server.container).items()
        for call in sorted(app.calls, key=lambda call: not call.alias)
    }


async def send(
    caller: httpx.AsyncClient, method: str, path: str, good: Good, name: str = "", place: str = "", value: Any = None
) -> httpx.Response:
    """The good request with one parameter changed, or left out when the value is None."""

    def changed(where: str, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: text for key, text in values.items() if (key, where) != (name, place)}
        return kept | ({name: value} if where == place and value is not None else {})

    for key, text in ({**good.path} | changed("path", good.path) if place == "path" else {**good.path}).items():
        text = "" if (key, place, value) == (name, "path", None) else text
        path = re.sub(rf"{{{key}(:path)?}}", quote(text, safe=""), path)
    query = "&".join(f"{key}={quote(text, safe='')}" for key, text in changed("query", good.query).items())
    headers = [(key.encode(), as_bytes(text)) for key, text in changed("header", good.header).items()]
    content = good.content
    if good.form or good.file:
        content, said = form_of(changed("form", {**good.form} | dict([good.file] if good.file else [])), good.file)
        headers += [(key.encode(), text.encode()) for key, text in said.items()]
    elif good.fields:
        pairs = [(key.encode(), as_bytes(text)) for key, text in changed("field", good.fields).items()]
        content = urlencode(pairs).encode()
        headers.append((b"content-type", b"application/x-www-form-urlencoded"))
    elif good.json is not None:
        content = json.dumps(changed("json", good.json)).encode().replace(f'"{RAW}"'.encode(), b'"\xff\xfe"')
    return await caller.request(method, f"{path}?{query}" if query else path, headers=headers, content=content)


def form_of(fields: Mapping[str, Any], file: tuple[str, bytes] | None) -> tuple[bytes, dict[str, str]]:
    """A form with the file behind its fields."""
    name = file[0] if file else ""
    parts = [(key, "blob" if key == name else None, as_bytes(text)) for key, text in fields.items()]
    return form(*sorted(parts, key=lambda part: part[0] == name))


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def in_envelope(app: DialectApp, path: str, answer: httpx.Response) -> bool:
    """Whether an error is in the shape that its dialect has for it, and says in it what its status says. An answer to
    HEAD has no body.
    """
    if not answer.content and answer.headers.get("content-length", "0") != "0":
        return True
    try:
        msgspec.json.decode(answer.content, type=app.wording(path).refusal)
    except msgspec.MsgspecError:
        return False
    return bool(calls_module(app.name).says_so(answer))
