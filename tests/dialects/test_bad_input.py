"""Bad input: every parameter of every call, wrong in every way, is refused clearly and harms nothing."""

import json
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest

from penstock.bootstrap import rooms_of
from penstock.http.rooms import Call, Room
from penstock.model.faults import Fault
from penstock.model.principal import Scope
from penstock.settings import DIALECTS
from tests.conftest import OpenHouse
from tests.dialects.clients import INSTANT, PARTS, SCRATCH, Files, Instant, Scratch, form, md5, send_file
from tests.house import House
from tests.live import LiveServer

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


@dataclass(frozen=True)
class Good:
    """A request that is well answered. Placed by name: path, query, header, form (and its file), JSON."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    json: Mapping[str, Any] | None = None
    content: bytes = b""


@dataclass(frozen=True)
class Row:
    """A call: how it is asked well, and which odd values are nothing wrong for a parameter of it."""

    good: Callable[[House], Awaitable[Good]]
    fine: Mapping[str, set[str]] = field(default_factory=dict)


def plain(good: Good) -> Callable[[House], Awaitable[Good]]:
    async def made(house: House) -> Good:
        return good

    return made


async def scratch_upload(house: House) -> Good:
    await Scratch(house.alice, [b"a", b"b"]).send(0)
    return Good(path={"upload_id": "one"})


async def some_file(house: House) -> Good:
    return Good(path={"file_id": (await send_file(house.alice, b"aaaa"))["id"]})


async def instant_merge(house: House) -> Good:
    upload = Instant(house.alice, [b"aaaa"])
    await upload.send(0)
    return Good(json=upload.asked | {"total": 1, "user_id": "me"})


async def files_part(house: House) -> Good:
    upload = Files(house.alice, [b"aaaa"])
    await upload.init()
    said = {"uploadId": upload.upload, "chunkNumber": "1", "totalChunks": "1", "fileName": "a.bin"}
    return Good(form=said, file=("file", b"aaaa"))


async def files_status(house: House) -> Good:
    return Good(query={"uploadId": (await files_part(house)).form["uploadId"]})


async def files_merge(house: House) -> Good:
    upload = Files(house.alice, [b"aaaa"])
    await upload.init()
    await upload.send(1)
    return Good(query={"uploadId": upload.upload})


ANY_TEXT = {"parent", "not UTF-8"}
"""Odd, and still a text: bytes that are no UTF-8 are Latin-1, and dots and slashes reach no path."""
OPTIONAL = {"missing", "empty"}
REPLACED = {"surrogate", "not UTF-8"}
"""In a query such bytes decode to U+FFFD, a character like any other."""

CLAIM = {"file_id": "one", "md5": md5(b"aaaa"), "name": "a.bin", "size": 4}
PART = {"x-filename": "a.bin", "x-filesize": "1", "x-chunk-index": "0", "x-total-chunks": "1", "x-upload-id": "two"}
JSON_KEY = {"file_id": {"parent"}, "name": {"parent"}, "user_id": OPTIONAL | {"parent"}}

ROWS: dict[tuple[str, str], Row] = {
    ("POST", SCRATCH): Row(
        plain(Good(header=PART | {"x-filetype": "text/plain"}, content=b"a")),
        {"x-filename": ANY_TEXT, "x-filetype": OPTIONAL | ANY_TEXT},
    ),
    ("GET", "/api/scratch/upload-status/{upload_id}"): Row(scratch_upload),
    ("DELETE", "/api/scratch/cancel-upload/{upload_id}"): Row(scratch_upload),
    ("GET", "/api/scratch/download/{file_id}"): Row(some_file),
    ("POST", "/api/file/instant"): Row(
        plain(Good(json=CLAIM | {"user_id": "me", "chunk_md5s": [md5(b"aaaa")]})),
        JSON_KEY | {"chunk_md5s": {"missing"}},
    ),
    ("GET", "/api/file/status"): Row(
        plain(Good(query={"file_id": "one", "md5": md5(b"aaaa")})), {"file_id": REPLACED | {"parent"}}
    ),
    ("POST", INSTANT): Row(
        plain(
            Good(form={"file_id": "one", "index": "0", "chunk_md5": md5(b"a"), "user_id": "me"}, file=("chunk", b"a"))
        ),
        {"file_id": ANY_TEXT, "chunk_md5": OPTIONAL, "user_id": OPTIONAL | ANY_TEXT, "chunk": {"empty"}},
    ),
    ("POST", "/api/file/merge"): Row(instant_merge, JSON_KEY),
    ("GET", "/api/file/list"): Row(plain(Good(query={"search": "a"})), {"search": OPTIONAL | REPLACED | {"parent"}}),
    ("GET", "/api/file/download/{file_id:path}"): Row(some_file),
    ("POST", "/api/files/upload"): Row(plain(Good(file=("file", b"a"))), {"file": {"empty"}}),
    ("POST", f"{PARTS}/init"): Row(
        plain(Good(json={"fileName": "a.bin", "fileSize": 4, "totalChunks": 1})), {"fileName": {"parent"}}
    ),
    ("POST", f"{PARTS}/chunk"): Row(files_part, {"fileName": ANY_TEXT, "file": {"empty"}}),
    ("GET", f"{PARTS}/status"): Row(files_status),
    ("POST", f"{PARTS}/merge"): Row(files_merge),
    ("GET", "/api/files/{file_id}/download"): Row(some_file),
    ("GET", "/api/files/{file_id}/info"): Row(some_file),
    ("DELETE", "/api/files/{file_id}"): Row(some_file),
    ("DELETE", "/api/files/tmp/{file_id}"): Row(some_file),
}
SPOKEN = {"scratch", "instant", "files"}


def calls_of(house: House) -> dict[tuple[str, str], tuple[Room, Call]]:
    rooms = [room for room in rooms_of(house.works) if room.name in SPOKEN]
    return {(call.method, call.path): (room, call) for room in rooms for call in room.calls}


async def test_every_call_has_a_row(house: House) -> None:
    """A call that is added to a room is tried with bad input, or this fails."""
    assert calls_of(house).keys() == ROWS.keys()


@pytest.mark.parametrize(("method", "path"), ROWS)
async def test_no_bad_value_gets_in(house: House, method: str, path: str) -> None:
    """Each parameter missing or wrong is a 4xx in the envelope; nothing is stored, and the server goes on."""
    room, call = calls_of(house)[method, path]
    row = ROWS[method, path]
    good = await row.good(house)
    parameters = parameters_of(call)
    assert {name for name, _, _ in parameters} == names_of(good), "the good request uses every parameter"
    wrong = []
    for name, place, kind in parameters:
        for how, value in bad_values(place, kind).items():
            await house.settle()
            before = house.stored()
            answer = await send(house, method, path, good, name, place, value)
            if how in row.fine.get(name, set()):
                assert answer.status_code < 500, f"{name} {how}: {answer.text}"
                continue
            after = house.stored()
            if (
                not 400 <= answer.status_code < 500
                or not in_envelope(room, answer)
                or after != before
                or leaks(house, answer)
            ):
                wrong.append(f"{name} {how}: {answer.status_code} {answer.text[:200]} {before} {after}")
    assert not wrong, "\n".join(wrong)
    assert (await send(house, method, path, good)).status_code == 200
    assert (
        await house.alice.get(f"/api/files/{(await send_file(house.alice, b'on'))['id']}/download")
    ).content == b"on"


def parameters_of(call: Call) -> list[tuple[str, str, Any]]:
    """Name, place and kind of everything that a call reads."""
    found = [(parameter.name, parameter.place, parameter.kind) for parameter in call.doc.parameters]
    if call.doc.body not in {None, bytes}:
        found += [(field.name, "json", field.type) for field in msgspec.structs.fields(call.doc.body)]
    return found


def names_of(good: Good) -> set[str]:
    names = {*good.path, *good.query, *good.header, *good.form, *(good.json or {})}
    return names | ({good.file[0]} if good.file else set())


def bad_values(place: str, kind: Any) -> dict[str, Any]:
    """Every wrong value for a parameter there, and None for its absence."""
    if place == "json":
        return {"missing": None} | (COUNTS if kind == int | None else VALUES)
    if kind is bytes:
        return {"missing": None, "empty": b""}
    texts = NUMBERS if kind is int else TEXTS
    return {"missing": None} | texts


async def send(
    house: House, method: str, path: str, good: Good, name: str = "", place: str = "", value: Any = None
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
    elif good.json is not None:
        content = json.dumps(changed("json", good.json)).encode().replace(f'"{RAW}"'.encode(), b'"\xff\xfe"')
    return await house.alice.request(method, f"{path}?{query}" if query else path, headers=headers, content=content)


def form_of(fields: Mapping[str, Any], file: tuple[str, bytes] | None) -> tuple[bytes, dict[str, str]]:
    """A form with the file behind its fields."""
    name = file[0] if file else ""
    parts = [(key, "blob" if key == name else None, as_bytes(text)) for key, text in fields.items()]
    return form(*sorted(parts, key=lambda part: part[0] == name))


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def in_envelope(room: Room, answer: httpx.Response) -> bool:
    """Whether an error is in the room's own shape, and says in it what its status says."""
    try:
        msgspec.json.decode(answer.content, type=room.refusal)
    except msgspec.MsgspecError:
        return False
    key, value = {"scratch": ("status", "error"), "instant": ("code", answer.status_code), "files": ("success", False)}[
        room.name
    ]
    return bool(answer.json()[key] == value)


def leaks(house: House, answer: httpx.Response) -> bool:
    """Whether an answer tells of our inside: a path, a statement, a trace."""
    told = answer.text + str(answer.headers)
    signs = (str(house.folder), "/src/penstock", "Traceback", "sqlite", "SELECT ", "INSERT ", "Error(", ".py")
    return any(sign in told for sign in signs)


# --- forms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SCRATCH, INSTANT, "/api/files/upload", f"{PARTS}/chunk"])
async def test_a_form_that_breaks_off_is_not_acknowledged(house: House, path: str) -> None:
    """A form cut anywhere is refused, and no part and no file comes of it."""
    upload = Files(house.alice, [b"a" * 3000])
    await upload.init()
    fields = {"file_id": "one", "index": "0", "uploadId": upload.upload, "chunkNumber": "1", "totalChunks": "1"}
    parts = [(name, None, value.encode()) for name, value in (fields | {"fileName": "a"}).items()]
    name = "chunk" if path == INSTANT else "file"
    content, header = form(*parts, (name, "a.bin", b"a" * 3000), ("tail", None, b"z" * 50))
    whole = {**Scratch(house.alice, upload.parts).headers(0), **header}
    for length in (0, 10, 300, 1000, len(content) - 200, len(content) - 40, len(content) - 4):
        answer = await house.alice.post(path, headers=whole, content=content[:length])
        assert answer.status_code == 400, length
    assert house.rows("parts") == house.rows("files") == []
    assert (await house.alice.post(path, headers=whole, content=content)).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"--limit\r\n" * 100,
        b"--limit\r\nContent-Disposition: form-data\r\n\r\nx\r\n--limit--\r\n",
        b"--limit\r\nX: " + b"a" * 100_000,
        b"".join(f'--limit\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n\r\n'.encode() for n in range(1000)),
        b'--limit\r\nContent-Disposition: form-data; name="file_id"\r\n\r\n' + b"\r" * 200_000,
        b"\r\n" * 50_000,
    ],
    ids=["empty parts", "no name", "endless header", "a thousand fields", "a field of returns", "preamble"],
)
@pytest.mark.parametrize("path", [SCRATCH, INSTANT, "/api/files/upload", f"{PARTS}/chunk", f"{PARTS}/merge"])
async def test_a_hostile_form_is_refused(house: House, path: str, content: bytes) -> None:
    """Forms made to cost much are a 4xx, and nothing is stored."""
    header = {"Content-Type": "multipart/form-data; boundary=limit"}
    answer = await house.alice.post(path, headers=Scratch(house.alice, [b"a"]).headers(0) | header, content=content)
    assert 400 <= answer.status_code < 500
    assert set(house.stored().values()) == {0}


# --- JSON ------------------------------------------------------------------------------------------------------------

JSON_CALLS = ["/api/file/instant", "/api/file/merge", f"{PARTS}/init"]


@pytest.mark.parametrize("path", JSON_CALLS)
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"file_id":' * 50_000,
        b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"file_id": "a", }',
        b"[]",
        b'"text"',
        b"\xff\xfe{\x00}\x00",
        b'{"size": 1e999, "fileSize": 1e999}',
        b'{"size": ' + b"9" * 10_000 + b', "fileSize": ' + b"9" * 10_000 + b"}",
        b'{"file_id": "\\ud800", "fileName": "\\ud800"}',
    ],
    ids=["brackets", "braces", "hidden depth", "comma", "list", "text", "UTF-16", "infinite", "digits", "surrogate"],
)
async def test_hostile_json_is_refused(house: House, path: str, content: bytes) -> None:
    """JSON that is malformed, too deep or not an object is 400 in the envelope."""
    answer = await house.alice.post(path, content=content)
    assert answer.status_code == 400, answer.text
    assert not leaks(house, answer)
    assert set(house.stored().values()) == {0}


@pytest.mark.parametrize(("path", "limit"), [*zip(JSON_CALLS, (20 << 20, 1 << 20, 1 << 20), strict=True)])
@pytest.mark.parametrize("declared", [True, False])
async def test_json_has_a_limit(house: House, path: str, limit: int, declared: bool) -> None:
    """One byte more than a JSON body may have is 413, whether its length was declared or not."""

    async def pieces() -> Any:
        for _ in range(limit >> 16):
            yield b" " * (1 << 16)
        yield b" "

    content = b" " * (limit + 1) if declared else pieces()
    assert (await house.alice.post(path, content=content)).status_code == 413


# --- on the wire -----------------------------------------------------------------------------------------------------


def spoken(server: LiveServer, request: bytes, then: bytes = b"", *, close: bool) -> bytes:
    """Say something over a socket, and hear what comes back until the server hangs up or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as wire:
        wire.sendall(request + then)
        if close:
            wire.shutdown(socket.SHUT_WR)
        heard = b""
        try:
            while piece := wire.recv(65536):
                heard += piece
                if not close and b"}" in heard:
                    break
        except TimeoutError:
            pass
        return heard


def scratch_request(server: LiveServer, token: str, key: str, *headers: str) -> bytes:
    said = {
        "Host": f"127.0.0.1:{server.port}",
        "Authorization": f"Bearer {token}",
        "x-filename": "a",
        "x-filesize": "8",
        "x-chunk-index": "0",
        "x-total-chunks": "2",
        "x-upload-id": key,
    }
    lines = [f"POST {SCRATCH} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), *headers, "", ""]
    return "\r\n".join(lines).encode()


def chunks(server: LiveServer, token: str, key: str) -> list[int]:
    answer = httpx.get(f"{server.url}/api/scratch/upload-status/{key}", headers={"Authorization": f"Bearer {token}"})
    found: list[int] = answer.json().get("chunks", [])
    return found


@pytest.mark.parametrize(
    ("key", "header", "body"),
    [
        ("short", "Content-Length: 8", b"aaaa"),
        ("cut", "Transfer-Encoding: chunked", b"8\r\naaaa"),
        ("unended", "Transfer-Encoding: chunked", b"4\r\naaaa\r\n"),
        ("garbled", "Transfer-Encoding: chunked", b"zz\r\naaaa\r\n0\r\n\r\n"),
    ],
)
def test_a_short_body_is_not_acknowledged(
    live: LiveServer, live_token: str, key: str, header: str, body: bytes
) -> None:
    """A connection that ends before its body does leaves no part, and the server goes on."""
    heard = spoken(live, scratch_request(live, live_token, key, header), body, close=True)
    assert b" 200 " not in heard.partition(b"\r\n")[0]
    assert chunks(live, live_token, key) == []
    assert httpx.get(f"{live.url}/readyz").status_code == 200


def test_a_long_body_is_not_acknowledged(live: LiveServer, live_token: str) -> None:
    """Bytes beyond the declared length are refused, and are no part of the file that the right parts make."""
    request = scratch_request(live, live_token, "long", "Content-Length: 4")
    heard = spoken(live, request, b"aaaaXXXXXXXX", close=True)
    assert b" 400 " in heard.partition(b"\r\n")[0]
    assert b" 200 " in spoken(live, request, b"aaaa", close=False).partition(b"\r\n")[0]
    second = request.replace(b"x-chunk-index: 0", b"x-chunk-index: 1")
    heard = spoken(live, second, b"bbbb", close=False)
    assert b'"size":8' in heard


def test_a_path_of_any_bytes_is_answered(live: LiveServer, live_token: str) -> None:
    """Encoded slashes, dots, NULs and broken UTF-8 in a path are 404 in the envelope."""
    for path in ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a%00b", "%ff%fe", "%ed%a0%80", "..%5c..%5cx"):
        line = f"GET /api/files/{path}/info HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live_token}\r\n\r\n"
        heard = spoken(live, line.encode(), close=False)
        assert b" 404 " in heard.partition(b"\r\n")[0], path
        assert b'"success":false' in heard


# --- words -----------------------------------------------------------------------------------------------------------


def every_fault() -> list[type[Fault]]:
    return sorted(Fault.__subclasses__(), key=lambda kind: kind.__name__)


def example_of(kind: type[Fault]) -> Fault:
    """A fault with something plausible in every field."""
    plausible = {"missing": [1], "headers": [], "allow": ["GET"], "scope": Scope.READ}
    numbers = {"limit", "received", "total", "number"} | (
        {"expected", "actual"} if kind.__name__ == "SizeWrong" else set()
    )
    fields = getattr(kind, "__dataclass_fields__", {})
    return kind(**{name: plausible.get(name, 1 if name in numbers else "x") for name in fields})


@pytest.mark.parametrize("kind", every_fault(), ids=lambda kind: kind.__name__)
async def test_every_room_words_every_fault(open_with: OpenHouse, kind: type[Fault]) -> None:
    """Whatever is refused, each room has words of its own for it, in its own shape and with an honest status."""
    async with open_with(dialects=DIALECTS) as house:
        for room in rooms_of(house.works):
            status, envelope = room._word(example_of(kind))
            assert isinstance(envelope, room.refusal)
            assert 400 <= status < 600
            assert envelope.message
            assert getattr(envelope, "code", status) in {status, "ZC_ERROR_NEED_LOGIN", msgspec.UNSET}


async def test_a_fault_is_worded_alike_by_status(house: House) -> None:
    """What HTTP itself names has the same status in every room."""
    named = {"NotSignedIn": 401, "BadToken": 401, "ScopeMissing": 403, "TooLarge": 413, "MethodRefused": 405}
    named |= {"RouteUnknown": 404, "FileUnknown": 404, "UploadUnknown": 404, "StorageFull": 507, "Unexpected": 500}
    named |= {"RangeUnsatisfiable": 416, "PreconditionFailed": 412, "BodyTooSlow": 408}
    faults = {kind.__name__: example_of(kind) for kind in every_fault()}
    for room in rooms_of(house.works):
        assert {name: room._word(faults[name])[0] for name in named} == named, room.name
