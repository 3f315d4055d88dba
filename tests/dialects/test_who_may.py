"""Who may do what: every call, asked with every kind of credential."""

import re
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from penstock.model.principal import EVERY_SCOPE, Scope
from penstock.settings import DIALECTS
from tests.conftest import OpenHouse
from tests.dialects.account_client import promote
from tests.dialects.every_call import ROWS, calls_of, in_envelope, send
from tests.house import FAR, House

READ, WRITE, DELETE = Scope.READ, Scope.WRITE, Scope.DELETE

MATRIX: dict[tuple[str, str], tuple[Scope | None, int, int]] = {
    ("POST", "/api/scratch/stream-upload"): (WRITE, 200, 200),
    ("GET", "/api/scratch/upload-status/{upload_id}"): (READ, 404, 404),
    ("DELETE", "/api/scratch/cancel-upload/{upload_id}"): (WRITE, 404, 404),
    ("GET", "/api/scratch/download/{file_id}"): (READ, 404, 404),
    ("POST", "/api/file/instant"): (WRITE, 200, 200),
    ("GET", "/api/file/status"): (READ, 200, 200),
    ("POST", "/api/file/upload"): (WRITE, 200, 200),
    ("POST", "/api/file/merge"): (WRITE, 400, 400),
    ("GET", "/api/file/list"): (READ, 200, 200),
    ("GET", "/api/file/download/{file_id:path}"): (READ, 404, 404),
    ("POST", "/api/files/upload"): (WRITE, 200, 200),
    ("POST", "/api/files/chunked-upload/init"): (WRITE, 200, 200),
    ("POST", "/api/files/chunked-upload/chunk"): (WRITE, 404, 404),
    ("GET", "/api/files/chunked-upload/status"): (READ, 404, 404),
    ("POST", "/api/files/chunked-upload/merge"): (WRITE, 404, 404),
    ("GET", "/api/files/{file_id}/download"): (READ, 404, 404),
    ("GET", "/api/files/{file_id}/info"): (READ, 404, 404),
    ("DELETE", "/api/files/{file_id}"): (DELETE, 404, 404),
    ("DELETE", "/api/files/tmp/{file_id}"): (DELETE, 404, 404),
    ("GET", "/oss/api/file/multipart/check"): (READ, 200, 200),
    ("POST", "/oss/api/file/multipart/init"): (WRITE, 200, 200),
    ("GET", "/oss/api/file/multipart/merge"): (WRITE, 404, 404),
    ("GET", "/oss/api/file/multipart/isExits"): (READ, 404, 404),
    ("POST", "/oss/api/file/upload"): (WRITE, 200, 200),
    ("GET", "/oss/api/file/download"): (READ, 404, 404),
    ("GET", "/oss/api/file/md5"): (READ, 200, 200),
    ("POST", "/oss/api/file/md5"): (READ, 200, 200),
    ("POST", "/oss/api/media/image/upload"): (WRITE, 400, 400),
    ("POST", "/oss/api/media/image/process"): (WRITE, 404, 404),
    ("POST", "/oss/api/media/avatar/upload"): (WRITE, 200, 200),
    ("GET", "/auth/methods"): (None, 200, 200),
    ("POST", "/account/2fa/login/totp"): (None, 200, 200),
    ("POST", "/auth/authenticate"): (READ, 200, 200),
    ("GET", "/account/2fa/status"): (READ, 200, 200),
    ("POST", "/account/2fa/setup"): (WRITE, 403, 403),
    ("POST", "/account/2fa/activate"): (WRITE, 409, 409),
    ("POST", "/account/2fa/disable"): (WRITE, 403, 403),
    ("POST", "/account/password"): (WRITE, 403, 403),
    ("GET", "/account/tokens"): (READ, 200, 200),
    ("POST", "/account/tokens"): (WRITE, 403, 403),
    ("DELETE", "/account/tokens/{id}"): (WRITE, 403, 403),
    ("GET", "/account/sessions"): (READ, 200, 200),
    ("DELETE", "/account/sessions/{id}"): (WRITE, 404, 404),
    ("GET", "/admin/users"): (READ, 403, 200),
    ("POST", "/admin/users"): (WRITE, 403, 403),
    ("GET", "/admin/users/{name}"): (READ, 403, 200),
    ("PATCH", "/admin/users/{name}"): (WRITE, 403, 403),
    ("DELETE", "/admin/users/{name}/2fa"): (WRITE, 403, 403),
    ("GET", "/admin/users/{name}/tokens"): (READ, 403, 200),
    ("DELETE", "/admin/tokens/{id}"): (WRITE, 403, 403),
    ("GET", "/admin/users/{name}/sessions"): (READ, 403, 200),
    ("DELETE", "/admin/sessions/{id}"): (WRITE, 403, 403),
    ("GET", "/admin/audit"): (READ, 403, 200),
    ("POST", "/account/login"): (None, 200, 200),
    ("POST", "/api/auth/login"): (None, 200, 200),
    ("POST", "/api/auth/refresh"): (None, 200, 200),
    ("POST", "/api/auth/logout"): (None, 200, 200),
    ("POST", "/oauth/token"): (None, 200, 200),
    ("POST", "/oauth/revoke"): (None, 200, 200),
    ("POST", "/oauth/introspect"): (None, 200, 200),
    ("GET", "/.well-known/oauth-authorization-server"): (None, 200, 200),
    ("GET", "/metafile-uploader/api/v1/config"): (READ, 200, 200),
    ("POST", "/metafile-uploader/api/v1/files/direct-upload"): (WRITE, 200, 200),
    ("POST", "/metafile-uploader/api/v1/files/chunked-upload-task"): (WRITE, 200, 200),
    ("GET", "/metafile-uploader/api/v1/files/task/{task_id}"): (READ, 404, 404),
    ("POST", "/metafile-uploader/api/v1/files/task/{task_id}/retry"): (WRITE, 404, 404),
    ("GET", "/metafile-uploader/api/v1/files/tasks"): (READ, 200, 200),
    ("GET", "/metafile-uploader/api/v1/files/content/{pin_id}"): (READ, 200, 200),
    ("PUT", "/oss/upload"): (None, 200, 200),
    ("GET", "/oss/f/{target}/{signature}/{name}"): (None, 200, 200),
}
"""What each call asks a token for, and how somebody else is answered, and an administrator, who ask for what is
Alice's. None: the request proves by itself what it may. Whoever asks without a good token is answered 401, and with
one for something else 403.

200 stands where somebody else has things of their own under the same name, makes some, or is told what is everybody's:
how people sign in, what was published on the chain. What is Alice's is answered as what is not there: 404, or what a
name answers that nothing was sent under yet (`status`, `check`, `merge` of `instant`, a watermark). 403 is for what
takes a sudo token of one's own, and for administrators.
"""

SHARED = ("POST", "/api/file/upload")
"""Spoken by two dialects: the beginning of the body tells which, and so whose 401 it is. Nothing of it is stored."""

OPEN = [key for key, (scope, _, _) in MATRIX.items() if scope is not None and key != SHARED]
BAD = ["none", "unknown", "expired", "revoked", "disabled", "wrong scope", "session over", "session ended"]


@pytest.fixture
async def house(open_with: OpenHouse) -> AsyncIterator[House]:
    """A server that speaks every dialect, and asks everybody for a token."""
    async with open_with(dialects=DIALECTS, open=()) as opened:
        yield opened


async def bad_token(house: House, kind: str, scope: Scope) -> str | None:
    """A credential of Alice's that does not open what needs this scope."""
    access, sessions = house.container.engine.access, house.container.engine.sessions
    if kind.startswith("session"):
        signed = await sessions.begin(await access.user("alice"), EVERY_SCOPE, client="files", address="127.0.0.1")
        if kind == "session ended":
            await sessions.sign_out(signed.access, client="files", address="127.0.0.1")
        else:
            with house.database() as connection:
                connection.execute("UPDATE tokens SET expires_at = 1 WHERE session_id IS NOT NULL")
        return signed.access
    if kind in {"none", "unknown"}:
        return None if kind == "none" else "pst_guessed"
    lifetime = 0 if kind == "expired" else None
    token = await access.create_token(
        "alice", EVERY_SCOPE - {scope} if kind == "wrong scope" else EVERY_SCOPE, lifetime
    )
    if kind == "revoked":
        await access.revoke_token((await access.tokens("alice"))[0].id)
    if kind == "disabled":
        await access.change_user("alice", disabled=True)
    return token


def kept(house: House) -> dict[str, Any]:
    """Everything on record but what is counted and written down of those who ask, and how much lies in staging."""
    tables = ("users", "tokens", "sessions", "factors", "proofs", "uploads", "parts", "files")
    found = {table: house.rows(table) for table in tables} | {"staged": house.staged()}
    return found | {"published": sorted(row["id"] for row in house.rows("publications"))}  # which go on meanwhile


async def test_every_call_is_in_the_matrix(house: House) -> None:
    """A call that is added is held to the matrix, or this fails; so does one that asks for another scope."""
    assert {key: call.scope for key, (_, call) in calls_of(house).items()} == {
        key: scope for key, (scope, _, _) in MATRIX.items()
    }


SECRET = {
    ("POST", "/account/login"),
    ("POST", "/account/2fa/login/totp"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/logout"),
    ("POST", "/auth/authenticate"),
    ("POST", "/account/2fa/setup"),
    ("POST", "/account/2fa/activate"),
    ("POST", "/account/tokens"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("POST", "/oauth/introspect"),
}
"""What is answered with credentials, or asked with some."""


@pytest.mark.parametrize(("method", "path"), sorted(SECRET))
async def test_no_cache_keeps_credentials(house: House, method: str, path: str) -> None:
    """The answers of sign-ins, of second factors, of sudo and of OAuth are kept by no cache, nor are their refusals."""
    good = await ROWS[method, path].good(house)
    for token in (house.people.alice, None):
        answer = await send(house.caller(token), method, path, good)
        assert answer.headers["cache-control"] == "no-store", answer.text
    refused = await house.caller(house.people.alice).request(method, path, content=b"{")
    assert refused.headers["cache-control"] == "no-store"


async def test_no_other_call_is_secret(house: House) -> None:
    """What is told on the wire to be secret is just that."""
    assert {key for key, (_, call) in calls_of(house).items() if call.secret} == SECRET


@pytest.mark.parametrize(("method", "path"), MATRIX)
async def test_who_may(house: House, method: str, path: str) -> None:
    """Each kind of credential has its answer, in the room's envelope; what is refused changes nothing."""
    room, _ = calls_of(house)[method, path]
    scope, other, admin = MATRIX[method, path]
    for kind in BAD if scope is not None else []:
        good = await ROWS[method, path].good(house)
        token = await bad_token(house, kind, scope or READ)
        await house.settle()
        house.forgive()
        before = kept(house)
        refused = await send(house.caller(token, address=FAR), method, path, good)
        assert refused.status_code == (403 if kind == "wrong scope" else 401), f"{kind}: {refused.text}"
        assert in_envelope(room, refused), f"{kind}: {refused.text}"
        assert kept(house) == before, kind
        await house.container.engine.access.change_user("alice", disabled=False)
    for administers, status in ((False, other), (True, admin)):
        good = await ROWS[method, path].good(house)
        if administers:
            promote(house, "bob")
        house.forgive()
        answer = await send(house.caller(house.people.bob, address=FAR), method, path, good)
        assert answer.status_code == status, f"{'admin' if administers else 'other'}: {answer.text}"


@pytest.mark.parametrize("kind", BAD[1:])
async def test_open_doors_know_bad_tokens(open_with: OpenHouse, kind: str) -> None:
    """A token that is not good, or not for this, is refused where none is asked for, by every call."""
    async with open_with(dialects=("instant", "metaid"), open=("instant", "metaid")) as house:
        for (method, path), (_, call) in calls_of(house).items():
            assert call.scope is not None
            caller = house.caller(await bad_token(house, kind, call.scope), address=FAR)
            concrete = re.sub(r"\{.*?\}", "x", path)
            answer = await caller.request(method, concrete)
            assert answer.status_code == (403 if kind == "wrong scope" else 401), f"{method} {path}: {answer.text}"
            await house.container.engine.access.change_user("alice", disabled=False)


NOT_THERE = [key for key, (_, other, _) in MATRIX.items() if other in {400, 404}]
TOLD = re.compile(r'"timestamp": ?("[^"]*"|[0-9]+)')


@pytest.mark.parametrize(("method", "path"), NOT_THERE)
async def test_nobody_is_told_what_is_there(house: House, method: str, path: str) -> None:
    """Somebody else's upload, file, task or session is answered in the very words of one that never was."""
    good = await ROWS[method, path].good(house)
    await house.settle()
    bob, answers = house.caller(house.people.bob, address=FAR), []
    for _ in range(2):
        house.forgive()
        answer = await send(bob, method, path, good)
        answers.append((answer.status_code, TOLD.sub("", answer.text), sorted(answer.headers)))
        with house.database() as connection:
            for table in ("publications", "parts", "uploads", "files", "sessions"):
                connection.execute(f"DELETE FROM {table}")
    assert answers[0] == answers[1]


@pytest.mark.parametrize(("method", "path"), OPEN)
async def test_nothing_is_read_first(house: House, method: str, path: str) -> None:
    """Who has no good token is refused before the first byte of the body is asked for."""
    good = await ROWS[method, path].good(house)
    for key, text in good.path.items():
        path = path.replace(f"{{{key}:path}}", text).replace(f"{{{key}}}", text)
    answers: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError("the body was read")

    async def respond(message: MutableMapping[str, Any]) -> None:
        answers.append(message)

    asked = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"&".join(f"{key}={text}".encode() for key, text in good.query.items()),
        "headers": [
            (b"host", b"penstock"),
            (b"authorization", b"Bearer pst_guessed"),
            (b"content-length", b"1000"),
            (b"content-type", b"multipart/form-data; boundary=b" if good.form or good.file else b"application/json"),
        ],
        "client": FAR,
        "server": ("penstock", 80),
    }
    await house.app(asked, receive, respond)
    assert answers[0]["status"] == 401
