"""Bad input: every parameter of every call, wrong in every way, is refused clearly and harms nothing."""

import re
import socket
from dataclasses import replace
from typing import Any, get_type_hints

import httpx
import msgspec
import pytest

from penstock.bootstrap import dialect_apps
from penstock.http.docs.refusals import EVERYWHERE, refusals_of
from penstock.http.routing.dialect_app import Call, Wording
from penstock.model.faults import Fault, StorageFull
from penstock.model.principal import Scope
from tests.dialects.every_call import (
    KINDS,
    TEXTS,
    VALUES,
    Good,
    Known,
    call_of,
    calls_of,
    in_envelope,
    known_calls,
    params,
    send,
)
from tests.dialects.files.client import PARTS, Files, send_file
from tests.dialects.instant.client import INSTANT
from tests.dialects.metaid.calls import CODES
from tests.dialects.scratch.client import SCRATCH, Scratch, chunks
from tests.support.bytes import md5
from tests.support.forms import form
from tests.support.process import ServerProcess
from tests.support.server import Server, every_name

pytestmark = pytest.mark.dialects(*every_name())

CALLS = known_calls()


async def test_every_call_has_a_row(server: Server) -> None:
    """A call that is added to a dialect is tried with bad input, or this fails."""
    assert calls_of(server).keys() == {(known.dialect.name, known.method, known.path) for known in CALLS}


@pytest.mark.parametrize("known", params(CALLS))
async def test_no_bad_value_gets_in(server: Server, known: Known) -> None:
    """Each parameter missing or wrong is a documented 4xx in the envelope; nothing is stored, the server goes on."""
    await try_all(server, known)


@pytest.mark.parametrize("path", ["file/upload", "media/image/upload", "media/avatar/upload"])
async def test_no_bad_field_gets_in(server: Server, path: str) -> None:
    """The same holds of what is told in the query when it comes as a field of the form."""
    [known] = [known for known in CALLS if (known.method, known.path) == ("POST", f"/oss/api/{path}")]

    async def good(server: Server) -> Good:
        queried = await known.row.good(server)
        return replace(queried, query={}, form=queried.query)

    await try_all(server, replace(known, row=replace(known.row, good=good)))


async def try_all(server: Server, known: Known) -> None:
    app, call = call_of(server, known)
    method, path, row = known.method, known.path, known.row
    good = await row.good(server)
    parameters = parameters_of(call)
    assert {name for name, _, _ in parameters} == names_of(good), "the good request uses every parameter"
    parameters = [(name, "form" if name in good.form else place, kind) for name, place, kind in parameters]
    declared = {app.wording(path).word(fault)[0] for fault in (*refusals_of(app, call), *EVERYWHERE)}
    wrong = []
    for name, place, kind in parameters:
        for how, value in bad_values(place, kind).items():
            await server.settle()
            before = server.stored()
            server.forgive()
            answer = await send(server.alice, method, path, good, name, place, value)
            after = server.stored()
            if well(answer):
                good = await row.good(server)
            if how in row.fine.get(name, set()):
                assert answer.status_code < 500, f"{name} {how}: {answer.text}"
            elif (
                not 400 <= answer.status_code < 500
                or not in_envelope(app, path, answer)
                or answer.status_code not in declared
                or after != before
                or leaks(server, answer)
            ):
                wrong.append(f"{name} {how}: {answer.status_code} {answer.text[:200]} {before} {after}")
    assert not wrong, "\n".join(wrong)
    server.forgive()
    answer = await send(server.alice, method, path, good)
    assert well(answer), answer.text
    assert (
        await server.alice.get(f"/api/files/{(await send_file(server.alice, b'on'))['id']}/download")
    ).content == b"on"


def well(answer: httpx.Response) -> bool:
    """Whether a call did what it is for: a form leads to a page."""
    return answer.is_success or answer.status_code == 303


def parameters_of(call: Call) -> list[tuple[str, str, Any]]:
    """Name, place and kind of everything that a call reads."""
    parameters = [(parameter.name, parameter.place, parameter.kind) for parameter in call.doc.parameters]
    if call.doc.body not in {None, bytes}:
        parameters += [(name, "json", kind) for name, kind in get_type_hints(call.doc.body).items()]
    return parameters


def names_of(good: Good) -> set[str]:
    names = {*good.path, *good.query, *good.header, *good.form, *good.fields, *(good.json or {})}
    return names | ({good.file[0]} if good.file else set())


def bad_values(place: str, kind: Any) -> dict[str, Any]:
    """Every wrong value for a parameter there, and None for its absence."""
    if kind is bytes:
        return {"missing": None, "empty": b""}
    return {"missing": None} | KINDS.get(kind, VALUES if place == "json" else TEXTS)


def leaks(server: Server, answer: httpx.Response) -> bool:
    """Whether an answer tells of our inside: a path, a statement, a trace."""
    text = answer.text + str(answer.headers)
    signs = (str(server.folder), "/src/penstock", "Traceback", "sqlite", "SELECT ", "INSERT ", "Error(", ".py")
    return any(sign in text for sign in signs)


# --- forms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SCRATCH, INSTANT, "/api/files/upload", f"{PARTS}/chunk", "/oss/api/file/upload"])
async def test_a_form_that_breaks_off_is_not_acknowledged(server: Server, path: str) -> None:
    """A form cut anywhere is refused, and no part and no file comes of it."""
    upload = Files(server.alice, [b"a" * 3000])
    await upload.init()
    fields = {"file_id": "one", "index": "0", "uploadId": upload.upload, "chunkNumber": "1", "totalChunks": "1"}
    parts = [
        (name, None, value.encode())
        for name, value in (fields | {"fileName": "a", "identifier": md5(b"a" * 3000)}).items()
    ]
    name = "chunk" if path == INSTANT else "file"
    content, header = form(*parts, (name, "a.bin", b"a" * 3000), ("tail", None, b"z" * 50))
    whole = {**Scratch(server.alice, upload.parts).headers(0), **header}
    for length in (0, 10, 300, 1000, len(content) - 200, len(content) - 40, len(content) - 4):
        answer = await server.alice.post(path, headers=whole, content=content[:length])
        assert answer.status_code == 400, length
    assert server.rows("parts") == server.rows("files") == []
    assert (await server.alice.post(path, headers=whole, content=content)).status_code == 200


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
@pytest.mark.parametrize(
    "path",
    [
        SCRATCH,
        INSTANT,
        "/api/files/upload",
        f"{PARTS}/chunk",
        f"{PARTS}/merge",
        "/oss/api/file/upload",
        "/oss/api/file/md5",
        "/oss/api/media/image/upload",
    ],
)
async def test_a_hostile_form_is_refused(server: Server, path: str, content: bytes) -> None:
    """Forms made to cost much are a 4xx, and nothing is stored."""
    header = {"Content-Type": "multipart/form-data; boundary=limit"}
    answer = await server.alice.post(path, headers=Scratch(server.alice, [b"a"]).headers(0) | header, content=content)
    assert 400 <= answer.status_code < 500
    assert set(server.stored().values()) == {0}


# --- JSON ------------------------------------------------------------------------------------------------------------

JSON_LIMITS = {
    "/api/file/instant": 20 << 20,
    "/api/file/merge": 1 << 20,
    f"{PARTS}/init": 1 << 20,
    "/oss/api/file/multipart/init": 1 << 20,
    "/oss/api/media/image/process": 1 << 20,
}


@pytest.mark.parametrize("path", JSON_LIMITS)
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
async def test_hostile_json_is_refused(server: Server, path: str, content: bytes) -> None:
    """JSON that is malformed, too deep or not an object is 400 in the envelope."""
    answer = await server.alice.post(path, content=content)
    assert answer.status_code == 400, answer.text
    assert not leaks(server, answer)
    assert set(server.stored().values()) == {0}


@pytest.mark.parametrize(("path", "limit"), JSON_LIMITS.items())
@pytest.mark.parametrize("declared", [True, False])
async def test_json_has_a_limit(server: Server, path: str, limit: int, declared: bool) -> None:
    """One byte more than a JSON body may have is 413, whether its length was declared or not."""

    async def pieces() -> Any:
        for _ in range(limit >> 16):
            yield b" " * (1 << 16)
        yield b" "

    content = b" " * (limit + 1) if declared else pieces()
    assert (await server.alice.post(path, content=content)).status_code == 413


# --- on the wire -----------------------------------------------------------------------------------------------------


def spoken(server: ServerProcess, request: bytes, then: bytes = b"", *, close: bool) -> bytes:
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


def scratch_request(server: ServerProcess, token: str, key: str, *headers: str) -> bytes:
    declared = {
        "Host": f"127.0.0.1:{server.port}",
        "Authorization": f"Bearer {token}",
        "x-filename": "a",
        "x-filesize": "8",
        "x-chunk-index": "0",
        "x-total-chunks": "2",
        "x-upload-id": key,
    }
    lines = [f"POST {SCRATCH} HTTP/1.1", *(f"{name}: {value}" for name, value in declared.items()), *headers, "", ""]
    return "\r\n".join(lines).encode()


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
    live: ServerProcess, live_token: str, key: str, header: str, body: bytes
) -> None:
    """A connection that ends before its body does leaves no part, and the server goes on."""
    heard = spoken(live, scratch_request(live, live_token, key, header), body, close=True)
    assert b" 200 " not in heard.partition(b"\r\n")[0]
    assert chunks(live, live_token, key) == []
    assert httpx.get(f"{live.url}/readyz").status_code == 200


def test_a_long_body_is_not_acknowledged(live: ServerProcess, live_token: str) -> None:
    """Bytes beyond the declared length are refused, and are no part of the file that the right parts make."""
    request = scratch_request(live, live_token, "long", "Content-Length: 4")
    heard = spoken(live, request, b"aaaaXXXXXXXX", close=True)
    assert b" 400 " in heard.partition(b"\r\n")[0]
    assert b" 200 " in spoken(live, request, b"aaaa", close=False).partition(b"\r\n")[0]
    second = request.replace(b"x-chunk-index: 0", b"x-chunk-index: 1")
    heard = spoken(live, second, b"bbbb", close=False)
    assert b'"size":8' in heard


def test_a_path_of_any_bytes_is_answered(live: ServerProcess, live_token: str) -> None:
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
    plausible = {"what": "files", "missing": [1], "headers": [], "allow": ["GET"], "scope": Scope.READ}
    numbers = {"limit", "received", "total", "number"} | (
        {"expected", "actual"} if kind.__name__ == "SizeWrong" else set()
    )
    fields = getattr(kind, "__dataclass_fields__", {})
    return kind(**{name: plausible.get(name, 1 if name in numbers else "x") for name in fields})


def wordings(server: Server) -> list[tuple[str, Wording]]:
    """Every wording of every dialect, and where it is spoken."""
    return [
        (f"{app.name}{start}", wording)
        for app in dialect_apps(server.container).values()
        for start, wording in app.wordings.items()
    ]


@pytest.mark.parametrize("kind", every_fault(), ids=lambda kind: kind.__name__)
async def test_every_dialect_words_every_fault(server: Server, kind: type[Fault]) -> None:
    """Whatever is refused, each wording has words of its own for it, in its own shape and with an honest status."""
    for _, wording in wordings(server):
        status, envelope = wording.word(example_of(kind))
        assert isinstance(envelope, wording.refusal)
        assert 400 <= status < 600
        assert getattr(envelope, "message", None) or envelope.title
        code = getattr(envelope, "code", status)
        assert code in CODES | {status, msgspec.UNSET} or re.fullmatch("[A-Z_]+", str(code))


async def test_a_fault_is_worded_alike_by_status(server: Server) -> None:
    """What HTTP itself names has the same status in every dialect."""
    named = {"NotSignedIn": 401, "BadToken": 401, "ScopeMissing": 403, "TooLarge": 413, "MethodRefused": 405}
    named |= {"RouteUnknown": 404, "FileUnknown": 404, "UploadUnknown": 404, "StorageFull": 507, "Unexpected": 500}
    named |= {"QuotaExceeded": 507}
    named |= {"RangeUnsatisfiable": 416, "PreconditionFailed": 412, "BodyTooSlow": 408}
    faults = {kind.__name__: example_of(kind) for kind in every_fault()}
    for where, wording in wordings(server):
        assert {name: wording.word(faults[name])[0] for name in named} == named, where


async def test_a_full_disk_is_told_with_numbers(server: Server) -> None:
    """Whoever says that the disk is full says how much is free and how much is to stay so."""
    for where, wording in wordings(server):
        status, envelope = wording.word(StorageFull(12345, 67890))
        said = msgspec.json.encode(envelope).decode()
        assert (status, "12345" in said, "67890" in said) == (507, True, True), where
