"""Every call of every room: how it is asked well, and which odd values are nothing wrong for it."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import httpx
import msgspec

from penstock.bootstrap import dialect_apps
from penstock.http.routing.dialect_app import Call, DialectApp
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from tests.dialects.account_client import activate, code, enrol, promote, sudo_of
from tests.dialects.clients import INSTANT, PARTS, SCRATCH, Files, Instant, Scratch, form, md5, send_file
from tests.dialects.metaid_client import ADDRESS, BASE, CHUNKED, DIRECT, TASKS, asked, direct, fund, submit
from tests.dialects.test_oss import Oss
from tests.dialects.test_oss import upload as oss_upload
from tests.dialects.test_oss_pictures import send as send_image
from tests.house import House
from tests.pictures import photo

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
    """A call: how it is asked well, and which odd values are nothing wrong for a parameter of it.

    A request may succeed only once, so `good` makes another after each that has.
    """

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


async def file_to_delete(house: House) -> Good:
    return replace(await some_file(house), header={"X-Sudo-Token": "asked for by those with a second factor"})


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


async def oss_init(house: House) -> Good:
    declared = {"fileName": "a.bin", "fileSize": 4, "partNum": 1, "partSize": 4, "contentType": "a/b"}
    ignored = {"fileType": "bin", "objectKey": "a", "uploadId": "b"}
    return Good(json={"identifier": uuid4().hex, "bucketName": "c"} | declared | ignored)


async def oss_part(house: House) -> Good:
    upload = Oss(house.alice, [uuid4().bytes])
    await upload.init()
    return Good(query=dict(httpx.URL(upload.urls["1"]).params), content=upload.content)


async def oss_merge(house: House) -> Good:
    upload = Oss(house.alice, [uuid4().bytes])
    await upload.init()
    await upload.put(1)
    return Good(query={"identifier": upload.identifier})


async def oss_file(house: House) -> Good:
    await oss_upload(house.alice, b"aaaa")
    return Good(query={"identifier": md5(b"aaaa")})


async def oss_range(house: House) -> Good:
    return Good(query={**(await oss_file(house)).query, "start": "0", "end": "1"})


async def oss_path(house: House) -> Good:
    file = (await oss_upload(house.alice, b"aaaa")).json()["data"]
    *_, target, signature, name = urlsplit(file["path"]).path.split("/")
    return Good(path={"target": target, "signature": signature, "name": name})


async def oss_image(house: House) -> Good:
    await send_image(house.alice, "image/upload", LOGO)
    return Good(query=OPTIONS | {"identifier": md5(PHOTO)}, file=("file", PHOTO))


async def oss_variant(house: House) -> Good:
    await send_image(house.alice, "image/upload", LOGO)
    return Good(json=OPTIONS | {"identifier": md5(LOGO)})


PHOTO, LOGO = photo(30, 20), photo(9, 9, "PNG")
OPTIONS = {
    "width": "20",
    "height": "20",
    "format": "png",
    "watermarkPath": md5(LOGO),
    "watermarkPosition": "CENTER",
    "opacity": "0.5",
    "scale": "1",
    "ratio": "0.5",
}

ANY_TEXT = {"parent", "not UTF-8", "surrogate"}
"""Odd, and still a text in a header or a form: bytes that are no UTF-8 are of a legacy encoding, and dots and slashes
reach no path.
"""
OPTIONAL = {"missing", "empty"}
REPLACED = {"surrogate", "not UTF-8"}
"""In a query such bytes decode to U+FFFD, a character like any other."""


async def signed_in(house: House) -> Good:
    house.forgive()
    answer = await house.anyone.post("/api/auth/login", json={"username": "alice", "password": "a password"})
    return Good(json={"refreshToken": answer.json()["data"]["refreshToken"]})


BOB = Good(path={"name": "bob"})


async def with_sudo(house: House) -> Good:
    token = await sudo_of(house, "alice")
    return Good(header={"X-Sudo-Token": token}, json={"sudo_token": token})


async def enrolled(house: House) -> Good:
    """Alice has an authenticator that waits for its first code."""
    return Good(json={"token": code(house, await enrol(house, "alice")), "challenge_id": ""})


async def with_factor(house: House) -> Good:
    await activate(house, "alice")
    return await with_sudo(house)


async def challenged(house: House) -> Good:
    await house.container.engine.access.set_password("alice", "a password")
    _, codes = await activate(house, "alice")
    answer = await house.anyone.post("/account/login", json={"un": "alice", "pw": "a password"})
    return Good(json={"challenge_id": answer.json()["data"]["challenge_id"], "token": codes[0]})


async def bob_with_factor(house: House) -> Good:
    await activate(house, "bob")
    return BOB


async def with_password(house: House) -> Good:
    good = await with_sudo(house)
    return replace(good, json={**(good.json or {}), "new_password": "another password"})


async def with_token_asked(house: House) -> Good:
    good = await with_sudo(house)
    return replace(good, json={**(good.json or {}), "scopes": ["read"], "expires_in": 60})


async def with_token(house: House) -> Good:
    await house.container.engine.access.create_token("alice", frozenset({Scope.READ}), 60)
    made = (await house.container.engine.access.tokens("alice"))[0]
    return replace(await with_sudo(house), path={"id": made.id})


async def with_session(house: House) -> Good:
    user = await house.container.engine.access.user("alice")
    await house.container.engine.sessions.begin(user, EVERY_SCOPE, client="files", address="127.0.0.1")
    return Good(path={"id": (await house.container.engine.sessions.of_user("alice"))[0].id})


async def new_user(house: House) -> Good:
    name = f"user-{uuid4().hex[:8]}"
    return Good(json={"name": name, "password": "a password", "tier": "vip", "admin": False})


def as_admin(good: Callable[[House], Awaitable[Good]], *, sudo: bool = True) -> Callable[[House], Awaitable[Good]]:
    """What Alice asks as an administrator; what changes nothing needs no sudo token."""

    async def made(house: House) -> Good:
        promote(house, "alice")
        return replace(await good(house), header={"X-Sudo-Token": await sudo_of(house, "alice")} if sudo else {})

    return made


async def one_token(house: House) -> Good:
    return replace(await with_token(house), json=None)


async def oauth_token(house: House) -> Good:
    fields = {"grant_type": "password", "username": "alice", "password": "a password", "scope": "read"}
    return Good(fields=fields | {"refresh_token": "x", "totp": "1", "client_id": "public", "client_secret": ""})


async def oauth_revoke(house: House) -> Good:
    return Good(fields={"token": "x", "client_id": "public", "client_secret": ""})


async def oauth_introspect(house: House) -> Good:
    access = house.container.engine.access
    name = f"client-{uuid4()}"
    secret = await access.create_client(name, EVERY_SCOPE, Tier.NORMAL)
    return Good(fields={"token": "x", "client_id": name, "client_secret": secret})


async def metaid_direct(house: House) -> Good:
    await fund(house)
    return Good(json=asked(b"aaaa"))


async def metaid_chunked(house: House) -> Good:
    return Good(json=asked(b"aaaa", chain="mvc"))


async def metaid_task(house: House) -> Good:
    return Good(path={"task_id": await submit(house.alice, b"aaaa")})


async def metaid_retry(house: House) -> Good:
    return replace(await metaid_task(house), json={"feeRate": 1})


async def metaid_pin(house: House) -> Good:
    await fund(house)
    return Good(path={"pin_id": (await direct(house.alice, b"aaaa"))["pinId"]})


CLAIM = {"file_id": "one", "md5": md5(b"aaaa"), "name": "a.bin", "size": 4}
PART = {"x-filename": "a.bin", "x-filesize": "1", "x-chunk-index": "0", "x-total-chunks": "1", "x-upload-id": "two"}
WHOLE = Good(query={"identifier": md5(b"a")}, file=("file", b"a"))
IGNORED = {"missing", "empty", "huge", "parent", "NUL", "control"}
ABSENT = dict.fromkeys(OPTIONS, OPTIONAL) | {"scale": OPTIONAL | {"fraction"}}
"""Options of pictures: none must be there, and only one may be 1.5."""
PUBLISHED = {
    "content": {"empty", "huge"},
    "fileName": {"parent"},
    "feeRate": {"missing"},
    **dict.fromkeys(("path", "operation", "contentType"), OPTIONAL),
}
UNREADABLE = {"wrong type", "not UTF-8", "surrogate"}
JSON_KEY = {"file_id": {"parent"}, "name": {"parent"}, "user_id": OPTIONAL | {"parent"}}

SHOWN_TWICE = {"X-Sudo-Token": {"missing", *TEXTS}, "sudo_token": {"missing", *VALUES}}
"""A sudo token in a header needs none in the body, and the other way round."""

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
    ("DELETE", "/api/files/{file_id}"): Row(file_to_delete, {"X-Sudo-Token": {"missing", *TEXTS}}),
    ("DELETE", "/api/files/tmp/{file_id}"): Row(file_to_delete, {"X-Sudo-Token": {"missing", *TEXTS}}),
    ("GET", "/oss/api/file/multipart/check"): Row(plain(Good(query={"identifier": md5(b"aaaa")}))),
    ("POST", "/oss/api/file/multipart/init"): Row(
        oss_init,
        {"fileName": {"parent"}, "fileSize": {"missing"}, "partSize": {"missing"}}
        | {"contentType": OPTIONAL | {"parent"}, "bucketName": OPTIONAL}
        | dict.fromkeys(("fileType", "objectKey", "uploadId"), IGNORED),
    ),
    ("GET", "/oss/api/file/multipart/merge"): Row(oss_merge),
    ("GET", "/oss/api/file/multipart/isExits"): Row(oss_file),
    ("POST", "/oss/api/file/upload"): Row(plain(WHOLE)),
    ("GET", "/oss/api/file/download"): Row(oss_range, {"start": OPTIONAL, "end": OPTIONAL}),
    ("GET", "/oss/api/file/md5"): Row(plain(Good(file=("file", b"a"))), {"file": {"empty"}}),
    ("POST", "/oss/api/file/md5"): Row(plain(Good(file=("file", b"a"))), {"file": {"empty"}}),
    ("POST", "/oss/api/media/image/upload"): Row(oss_image, ABSENT),
    ("POST", "/oss/api/media/image/process"): Row(
        oss_variant,
        ABSENT
        | {"width": {"missing"}, "height": {"missing"}, "opacity": {"missing"}, "ratio": {"missing"}}
        | {"scale": {"missing", "fraction"}},
    ),
    ("POST", "/oss/api/media/avatar/upload"): Row(plain(Good(query={"identifier": md5(PHOTO)}, file=("file", PHOTO)))),
    ("GET", "/auth/methods"): Row(
        plain(Good(query={"purpose": "login", "identifier": "alice"})),
        {"purpose": {"parent", "not UTF-8", "surrogate"}, "identifier": {"missing", *TEXTS}},
    ),
    ("POST", "/account/2fa/login/totp"): Row(challenged),
    ("POST", "/auth/authenticate"): Row(
        plain(Good(json={"purpose": "sudo", "method": "password", "password": "a password", "token": "123456"})),
        {"token": {"missing", *VALUES}},
    ),
    ("GET", "/account/2fa/status"): Row(plain(Good())),
    ("POST", "/account/2fa/setup"): Row(with_sudo, SHOWN_TWICE),
    ("POST", "/account/2fa/activate"): Row(enrolled, {"challenge_id": {"missing", *VALUES}}),
    ("POST", "/account/2fa/disable"): Row(with_factor, SHOWN_TWICE),
    ("POST", "/account/password"): Row(with_password, SHOWN_TWICE | {"new_password": {"huge", "parent"}}),
    ("GET", "/account/tokens"): Row(plain(Good())),
    ("POST", "/account/tokens"): Row(
        with_token_asked, SHOWN_TWICE | {"scopes": {"missing"}, "expires_in": {"missing"}}
    ),
    ("DELETE", "/account/tokens/{id}"): Row(with_token, SHOWN_TWICE),
    ("GET", "/account/sessions"): Row(plain(Good())),
    ("DELETE", "/account/sessions/{id}"): Row(with_session),
    ("GET", "/admin/users"): Row(as_admin(plain(Good()), sudo=False)),
    ("POST", "/admin/users"): Row(
        as_admin(new_user), {"password": {"huge", "parent"}, "tier": {"missing"}, "admin": {"missing"}}
    ),
    ("GET", "/admin/users/{name}"): Row(as_admin(plain(BOB), sudo=False)),
    ("PATCH", "/admin/users/{name}"): Row(
        as_admin(plain(replace(BOB, json={"tier": "vip", "disabled": False, "quota": {"files": 9}}))),
        {"tier": {"missing"}, "disabled": {"missing"}, "quota": {"missing", "wrong type"}},
    ),
    ("DELETE", "/admin/users/{name}/2fa"): Row(as_admin(bob_with_factor)),
    ("GET", "/admin/users/{name}/tokens"): Row(as_admin(plain(BOB), sudo=False)),
    ("DELETE", "/admin/tokens/{id}"): Row(as_admin(one_token)),
    ("GET", "/admin/users/{name}/sessions"): Row(as_admin(plain(BOB), sudo=False)),
    ("DELETE", "/admin/sessions/{id}"): Row(as_admin(with_session)),
    ("GET", "/admin/audit"): Row(
        as_admin(plain(Good(query={"name": "bob", "last": "5"})), sudo=False),
        {"name": {"missing", "parent", "huge"} | REPLACED, "last": {"missing"}},
    ),
    ("POST", "/account/login"): Row(plain(Good(json={"un": "alice", "pw": "a password"}))),
    ("POST", "/api/auth/login"): Row(
        plain(Good(json={"username": "alice", "phone": "alice", "password": "a password", "totp": "1"})),
        {"username": OPTIONAL, "phone": {"missing", *VALUES} - UNREADABLE, "totp": {"missing", *VALUES} - UNREADABLE},
    ),
    ("POST", "/api/auth/refresh"): Row(signed_in),
    ("POST", "/api/auth/logout"): Row(signed_in, {"refreshToken": {"missing", *VALUES}}),
    ("POST", "/oauth/token"): Row(
        oauth_token,
        {"scope": {"missing", "empty"}, "client_id": {"missing", *TEXTS}, "client_secret": {"missing", "empty"}}
        | {"refresh_token": {"missing", *TEXTS}, "totp": {"missing", *TEXTS}},
    ),
    ("POST", "/oauth/revoke"): Row(
        oauth_revoke,
        {"token": set(TEXTS), "client_id": {"missing", *TEXTS}, "client_secret": {"missing", "empty"}},
    ),
    ("POST", "/oauth/introspect"): Row(oauth_introspect, {"token": set(TEXTS)}),
    ("GET", "/.well-known/oauth-authorization-server"): Row(plain(Good())),
    ("GET", f"{BASE}/config"): Row(plain(Good())),
    ("POST", DIRECT): Row(metaid_direct, PUBLISHED),
    ("POST", CHUNKED): Row(metaid_chunked, PUBLISHED | {"chain": OPTIONAL, "path": {"missing", *VALUES} - UNREADABLE}),
    ("GET", f"{BASE}/files/task/{{task_id}}"): Row(metaid_task),
    ("POST", f"{BASE}/files/task/{{task_id}}/retry"): Row(metaid_retry, {"feeRate": {"missing"}}),
    ("GET", TASKS): Row(
        plain(Good(query={"address": ADDRESS, "limit": "10", "cursor": "0"})),
        {"limit": {"missing"}, "cursor": {"missing"}},
    ),
    ("GET", f"{BASE}/files/content/{{pin_id}}"): Row(metaid_pin),
    ("PUT", "/oss/upload"): Row(oss_part),
    ("GET", "/oss/f/{target}/{signature}/{name}"): Row(oss_path, {"name": set(TEXTS)}),
}
CODES = frozenset(range(1001, 1012))
"""The codes of `metaid` that are no status."""
PREFIXES = re.compile(r"^(/oss)?/api(/\{version:version\})?")


def calls_of(house: House) -> dict[tuple[str, str], tuple[DialectApp, Call]]:
    """Every call by its method and path; of the prefixes of `oss` one that no other room shares stands for all."""
    return {
        (call.method, PREFIXES.sub("/oss/api", call.path) if dialect.name == "oss" else call.path): (dialect, call)
        for dialect in dialect_apps(house.container)
        for call in dialect.calls
        if not (dialect.name == "metaid" and call.alias)
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


def in_envelope(dialect: DialectApp, answer: httpx.Response) -> bool:
    """Whether an error is in the room's own shape, and says in it what its status says."""
    try:
        msgspec.json.decode(answer.content, type=dialect.refusal)
    except msgspec.MsgspecError:
        return False
    if dialect.name == "metaid":
        return answer.json()["code"] in CODES | {answer.status_code}
    if dialect.name == "oauth":
        return "error" in answer.json()
    named = {"scratch": ("status", "error"), "admin": ("status", "error"), "files": ("success", False)}
    key, value = named.get(dialect.name, ("code", answer.status_code))
    return bool(answer.json()[key] == value)
