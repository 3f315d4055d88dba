"""Who may do what: every call, asked with every kind of credential."""

import re
from collections.abc import MutableMapping
from typing import Any

import pytest

from penstock.dialects import every_dialect
from penstock.model.principal import EVERY_SCOPE, Scope
from tests.dialects.accounts.client import promote
from tests.dialects.every_call import READ, Known, call_of, calls_of, in_envelope, known_calls, params, send
from tests.support.server import FAR, OpenServer, Server, every_name

pytestmark = pytest.mark.dialects(*every_name(), open=())

CALLS = known_calls()
GUARDED = [known for known in CALLS if known.row.scope is not None and known.path not in known.dialect.telling]
"""Without those at an address of two dialects: the beginning of the body tells which, and so whose 401 it is."""

BAD = ["none", "unknown", "expired", "revoked", "disabled", "wrong scope", "session over", "session ended"]


async def bad_token(server: Server, kind: str, scope: Scope) -> str | None:
    """A credential of Alice's that does not open what needs this scope."""
    access, sessions = server.container.engine.access, server.container.engine.sessions
    if kind.startswith("session"):
        signed = await sessions.begin(await access.user("alice"), EVERY_SCOPE, client="files", address="127.0.0.1")
        if kind == "session ended":
            await sessions.sign_out(signed.access, client="files", address="127.0.0.1")
        else:
            with server.database() as connection:
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


def kept(server: Server) -> dict[str, Any]:
    """Everything on record but what is counted and written down of those who ask, and how much lies in staging."""
    tables = ("users", "tokens", "sessions", "factors", "proofs", "uploads", "parts", "files")
    found = {table: server.rows(table) for table in tables} | {"staged": server.staged()}
    return found | {"published": sorted(row["id"] for row in server.rows("publications"))}  # which go on meanwhile


async def test_every_call_is_in_the_matrix(server: Server) -> None:
    """A call that is added is held to the matrix, or this fails; so does one that asks for another scope."""
    assert {key: call.scope for key, (_, call) in calls_of(server).items()} == {
        (known.dialect.name, known.method, known.path): known.row.scope for known in CALLS
    }


@pytest.mark.parametrize("known", params([known for known in CALLS if known.row.secret]))
async def test_no_cache_keeps_credentials(server: Server, known: Known) -> None:
    """The answers of sign-ins, of second factors, of sudo and of OAuth are kept by no cache, nor are their refusals."""
    good = await known.row.good(server)
    for token in (server.people.alice, None):
        answer = await send(server.caller(token), known.method, known.path, good)
        assert answer.headers["cache-control"] == "no-store", answer.text
    refused = await server.caller(server.people.alice).request(known.method, known.path, content=b"{")
    assert refused.headers["cache-control"] == "no-store"


async def test_no_other_call_is_secret(server: Server) -> None:
    """What is told on the wire to be secret is just that."""
    for known in CALLS:
        _, call = call_of(server, known)
        assert call.secret == known.row.secret, known


@pytest.mark.parametrize("known", params(CALLS))
async def test_who_may(server: Server, known: Known) -> None:
    """Each kind of credential has its answer, in the dialect's envelope; what is refused changes nothing."""
    app, _ = call_of(server, known)
    row, method, path = known.row, known.method, known.path
    for kind in BAD if row.scope is not None else []:
        good = await row.good(server)
        token = await bad_token(server, kind, row.scope or READ)
        await server.settle()
        server.forgive()
        before = kept(server)
        refused = await send(server.caller(token, address=FAR), method, path, good)
        assert refused.status_code == (403 if kind == "wrong scope" else 401), f"{kind}: {refused.text}"
        assert in_envelope(app, path, refused), f"{kind}: {refused.text}"
        assert kept(server) == before, kind
        await server.container.engine.access.change_user("alice", disabled=False)
    for administers, status in ((False, row.other), (True, row.other if row.admin is None else row.admin)):
        good = await row.good(server)
        if administers:
            promote(server, "bob")
        server.forgive()
        answer = await send(server.caller(server.people.bob, address=FAR), method, path, good)
        assert answer.status_code == status, f"{'admin' if administers else 'other'}: {answer.text}"


@pytest.mark.parametrize("kind", BAD[1:])
async def test_anonymous_access_knows_bad_tokens(open_server: OpenServer, kind: str) -> None:
    """A token that is not good, or not for this, is refused where none is asked for, by every call."""
    names = tuple(dialect.name for dialect in every_dialect() if dialect.may_be_open)
    async with open_server(dialects=names, open=names) as server:
        for (name, method, path), (_, call) in calls_of(server).items():
            if name not in names:
                continue
            assert call.scope is not None
            caller = server.caller(await bad_token(server, kind, call.scope), address=FAR)
            concrete = re.sub(r"\{.*?\}", "x", path)
            answer = await caller.request(method, concrete)
            assert answer.status_code == (403 if kind == "wrong scope" else 401), f"{method} {path}: {answer.text}"
            await server.container.engine.access.change_user("alice", disabled=False)


NOT_THERE = [known for known in CALLS if known.row.other in {400, 404}]
TIMESTAMP = re.compile(r'"timestamp": ?("[^"]*"|[0-9]+)')


@pytest.mark.parametrize("known", params(NOT_THERE))
async def test_nobody_is_told_what_is_there(server: Server, known: Known) -> None:
    """Somebody else's upload, file, task or session is answered in the very words of one that never was."""
    good = await known.row.good(server)
    await server.settle()
    bob, answers = server.caller(server.people.bob, address=FAR), []
    for _ in range(2):
        server.forgive()
        answer = await send(bob, known.method, known.path, good)
        answers.append((answer.status_code, TIMESTAMP.sub("", answer.text), sorted(answer.headers)))
        with server.database() as connection:
            connection.execute("DELETE FROM tokens WHERE session_id IS NOT NULL")
            for table in ("publications", "parts", "uploads", "files", "sessions"):
                connection.execute(f"DELETE FROM {table}")
    assert answers[0] == answers[1]


@pytest.mark.parametrize("known", params(GUARDED))
async def test_nothing_is_read_first(server: Server, known: Known) -> None:
    """Who has no good token is refused before the first byte of the body is asked for."""
    good, path = await known.row.good(server), known.path
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
        "method": known.method,
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
    await server.app(asked, receive, respond)
    assert answers[0]["status"] == 401
