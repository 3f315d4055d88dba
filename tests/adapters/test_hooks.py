"""A hook over HTTP: what it is sent, what counts as an answer, and what does not."""

import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from penstock.adapters.hooks import HttpHook, read_keys
from penstock.adapters.hooks.client import MAX_ANSWER
from penstock.model.concat import Concat
from penstock.model.event import Call, Event, Kind, Reply
from penstock.model.faults import HookUnavailable
from penstock.model.ids import FileId, Md5, PrincipalId, Sha256, UploadId
from penstock.ports import Answer, Message, Undelivered
from tests.support.hooks import DOCS, PASS, SECRET, HookServer, Reaction, is_signed, serve_hooks

CALL = Call("PATCH", "/files/one", "203.0.113.9:40000", {"Upload-Offset": ["0"]}, {"Authorization": "Bearer secret"})
EVENT = Event(
    Kind.PRE_FINISH,
    UploadId("one"),
    "tus",
    PrincipalId("alice"),
    13,
    13,
    {"filename": "a.txt"},
    Sha256("5" * 64),
    Md5("6" * 32),
    call=CALL,
)
TIMEOUT = 2.0
AGAIN: Sequence[Reaction] = (503, 503, PASS)


@pytest.fixture
def server() -> Iterator[HookServer]:
    with serve_hooks() as hook:
        yield hook


@pytest.fixture
async def hook(server: HookServer) -> AsyncIterator[HttpHook]:
    made = HttpHook(server.url, read_keys(SECRET), TIMEOUT)
    yield made
    await made.close()


def message(event: Event = EVENT) -> Message:
    return Message("message one", "hook", event.kind, event.upload, msgspec.json.encode(event).decode())


# --- what it gets ----------------------------------------------------------------------------------------------------


async def test_the_json_is_tusds(server: HookServer, hook: HttpHook) -> None:
    """Every field of tusd's is there, under its name and in its type; ours stand apart from them."""
    await hook.ask(EVENT, "pre-finish-one")
    [told] = server.told
    assert told.headers["content-type"] == "application/json"
    assert told.content == {
        "Type": "pre-finish",
        "Event": {
            "Upload": {
                "ID": "one",
                "Size": 13,
                "SizeIsDeferred": False,
                "Offset": 13,
                "MetaData": {"filename": "a.txt"},
                "IsPartial": False,
                "IsFinal": False,
                "PartialUploads": None,
                "Storage": {"Type": "penstock"},
            },
            "HTTPRequest": {
                "Method": "PATCH",
                "URI": "/files/one",
                "RemoteAddr": "203.0.113.9:40000",
                "Header": {"Upload-Offset": ["0"], "Authorization": ["Bearer secret"]},
            },
            "Penstock": {
                "Dialect": "tus",
                "Owner": "alice",
                "SHA256": "5" * 64,
                "MD5": "6" * 32,
                "FileID": None,
            },
        },
    }


async def test_what_is_not_known_is_left_open(server: HookServer, hook: HttpHook) -> None:
    """An upload of no known size, and nobody's request, have the empty values that tusd gives them."""
    await hook.ask(replace(EVENT, kind=Kind.PRE_CREATE, size=None, offset=0, call=None), "pre-create-one")
    [told] = server.told
    assert (told.upload["Size"], told.upload["SizeIsDeferred"], told.upload["Storage"]) == (0, True, None)
    assert told.request == {"Method": "", "URI": "", "RemoteAddr": "", "Header": {}}


async def test_what_a_concatenation_is_made_of(server: HookServer, hook: HttpHook) -> None:
    """Partial uploads and what is made of them are said to be that, as tusd says it."""
    await hook.ask(replace(EVENT, concat=Concat.PARTIAL), "one")
    await hook.ask(replace(EVENT, concat=Concat.FINAL, sources=[UploadId("two"), UploadId("three")]), "two")
    part, whole = server.told
    assert (part.upload["IsPartial"], part.upload["IsFinal"], part.upload["PartialUploads"]) == (True, False, None)
    assert (whole.upload["IsPartial"], whole.upload["IsFinal"]) == (False, True)
    assert whole.upload["PartialUploads"] == ["two", "three"]


async def test_the_docs_show_what_is_sent(server: HookServer, hook: HttpHook) -> None:
    """The example of the docs has the fields that are sent, and no others."""
    await hook.deliver(message(replace(EVENT, kind=Kind.POST_FINISH, file=FileId("file"))))
    shown = json.loads(DOCS.read_text().split("```json\n")[1].split("```")[0])
    [told] = server.told
    assert shapes(shown) == shapes(told.content)


def shapes(value: Any) -> Any:
    """The names and types in JSON, but those of metadata and headers."""
    if not isinstance(value, Mapping):
        return type(value)
    free = {"MetaData", "Header", "Storage"}
    return {name: dict if name in free else shapes(inner) for name, inner in value.items()}


async def test_every_request_is_signed(server: HookServer, hook: HttpHook) -> None:
    """The lines in the docs find questions and messages signed, and nothing that was changed."""
    await hook.ask(EVENT, "pre-finish-one")
    await hook.deliver(message())
    asked, told = server.told
    assert (asked.id, told.id) == ("pre-finish-one", "message one")
    assert is_signed(asked)
    assert is_signed(told)
    assert not is_signed(replace(told, body=told.body.replace(b"one", b"two")))
    for name, other in (("webhook-id", "two"), ("webhook-timestamp", str(int(time.time()) + 1))):
        assert not is_signed(replace(told, headers={**told.headers, name: other}))
    assert not is_signed(replace(told, headers={**told.headers, "webhook-timestamp": "1700000000"}))


async def test_secrets_can_be_exchanged(server: HookServer) -> None:
    """Of two secrets each signs, so that the hook may know either."""
    other = "whsec_" + "b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy1hbG9uZQ=="
    hook = HttpHook(server.url, read_keys(f"{other} {SECRET}"), TIMEOUT)
    await hook.ask(EVENT, "one")
    await hook.close()
    [told] = server.told
    assert is_signed(told, other)
    assert is_signed(told, SECRET)


@pytest.mark.parametrize("secret", ["secret", "whsec_", "whsec_c2hvcnQ=", "whsec_!", SECRET.removeprefix("whsec_")])
def test_a_weak_secret_is_none(secret: str) -> None:
    """A secret is `whsec_` and at least 24 bytes in Base64, as the libraries that check signatures want it."""
    with pytest.raises(ValueError, match="whsec_"):
        read_keys(secret)


async def test_named_headers_are_passed_on(server: HookServer, hook: HttpHook) -> None:
    """With a question go the headers that the operator names, which cannot take the place of ours; with a message no
    header does.
    """
    forged = {"Authorization": "Bearer secret", "Webhook-Id": "forged", "Content-Length": "1", "Host": "elsewhere"}
    await hook.ask(replace(EVENT, call=replace(CALL, forwarded=forged)), "one")
    await hook.deliver(message())
    asked, told = server.told
    assert asked.headers["authorization"] == "Bearer secret"
    assert asked.id == "one"
    assert asked.headers["host"] != "elsewhere"
    assert is_signed(asked)
    assert "authorization" not in told.headers


# --- what it answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "decided"),
    [
        ({}, Answer()),
        ({"RejectUpload": False, "HTTPResponse": {"StatusCode": 400}}, Answer()),
        ({"RejectUpload": True}, Answer(True)),
        ({"RejectUpload": True, "HTTPResponse": None, "ChangeFileInfo": None, "New": 1}, Answer(True)),
        (
            {"RejectUpload": True, "HTTPResponse": {"StatusCode": 402, "Body": "pay", "Header": {"X-Plan": "none"}}},
            Answer(True, Reply(402, "pay", {"X-Plan": "none"})),
        ),
        (
            {"ChangeFileInfo": {"MetaData": {"filename": "b.txt", "filetype": "a/b"}}},
            Answer(False, Reply(), "b.txt", "a/b"),
        ),
        ({"ChangeFileInfo": {"MetaData": {"name": "../b.txt"}}}, Answer(name="b.txt")),
        ({"ChangeFileInfo": {"MetaData": {"filename": "a\nb", "type": "ä"}, "ID": "x"}}, Answer()),
        ({"ChangeFileInfo": {"MetaData": {"type": "a/b\0"}}}, Answer()),
        ({"ChangeFileInfo": {"MetaData": None}}, Answer()),
    ],
)
async def test_what_counts_in_an_answer(
    server: HookServer, hook: HttpHook, answer: Mapping[str, Any], decided: Answer
) -> None:
    """A refusal with the hook's own words, or another name and type; what is absent, null or unknown says nothing."""
    server.answers["pre-finish"] = answer
    assert await hook.ask(EVENT, "one") == decided


@pytest.mark.parametrize("status", [0, 100, 200, 204, 302, 600, -1])
async def test_a_refusal_is_no_success(server: HookServer, hook: HttpHook, status: int) -> None:
    """A status that is neither 4xx nor 5xx is not the hook's to say."""
    server.answers["pre-finish"] = {"RejectUpload": True, "HTTPResponse": {"StatusCode": status}}
    assert (await hook.ask(EVENT, "one")).reply.status is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
        ("Connection", "close"),
        ("Upgrade", "h2c"),
        ("Tus-Resumable", "0.0.1"),
        ("X Y", "a"),
        ("X:Y", "a"),
        ("", "a"),
        ("X-Split", "a\r\nSet-Cookie: b"),
        ("X-Nul", "a\0b"),
        ("X-Wide", "ü"),
    ],
)
async def test_headers_of_the_connection_are_not_the_hooks(
    server: HookServer, hook: HttpHook, name: str, value: str
) -> None:
    """No hook says how long an answer is, what becomes of the connection, or anything that would be two headers."""
    reply = {"StatusCode": 402, "Header": {name: value, "X-Kept": "a, b"}}
    server.answers["pre-finish"] = {"RejectUpload": True, "HTTPResponse": reply}
    assert (await hook.ask(EVENT, "one")).reply.headers == {"X-Kept": "a, b"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"ok",
        b"<html>",
        b"[]",
        b"null",
        b'{"RejectUpload": "yes"}',
        b'{"RejectUpload": true',
        b'{"HTTPResponse": []}',
        b"{}" + b" " * MAX_ANSWER,
        500,
        503,
        404,
        302,
        301,
    ],
    ids=lambda answer: str(answer[:20]) if isinstance(answer, bytes) else str(answer),
)
async def test_anything_else_is_no_answer(server: HookServer, hook: HttpHook, answer: bytes | int) -> None:
    """Other JSON, none, too much of it, another status or a redirect decide nothing."""
    server.answers["pre-finish"] = answer
    server.headers["Location"] = server.url
    with pytest.raises(HookUnavailable):
        await hook.ask(EVENT, "one")
    assert all(told.id == "one" for told in server.told)


async def test_a_redirect_is_not_followed(server: HookServer, hook: HttpHook) -> None:
    """What is told goes to the operator's address, and nowhere that it points to."""
    with serve_hooks() as elsewhere:
        server.answers["pre-finish"] = 307
        server.headers["Location"] = elsewhere.url
        with pytest.raises(Undelivered, match="307"):
            await hook.deliver(message())
        assert elsewhere.told == []


async def test_a_hook_has_its_time(server: HookServer, hook: HttpHook) -> None:
    """A hook that says nothing is not waited for longer than was set, neither for an answer nor for a delivery."""
    server.gate.clear()
    begun = time.monotonic()
    with pytest.raises(HookUnavailable):
        await hook.ask(EVENT, "one")
    with pytest.raises(Undelivered, match="TimeoutError"):
        await hook.deliver(message())
    assert 2 * TIMEOUT <= time.monotonic() - begun < 2 * TIMEOUT + 1.5


async def test_a_question_is_put_again(server: HookServer, hook: HttpHook) -> None:
    """A hook that is just being restarted is asked again within its time, under the same identifier."""
    answers = iter(AGAIN)
    server.answers["pre-finish"] = lambda _: next(answers)
    assert await hook.ask(EVENT, "one") == Answer()
    assert [told.id for told in server.told] == ["one"] * 3


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_a_delivery_is_any_success(server: HookServer, hook: HttpHook, status: int) -> None:
    """Whatever a hook says of what it is told, it was told."""
    server.answers["pre-finish"] = status
    await hook.deliver(message())


async def test_nobody_is_there() -> None:
    """A hook that does not run was not told."""
    with serve_hooks() as gone:
        pass
    hook = HttpHook(gone.url, read_keys(SECRET), TIMEOUT)
    with pytest.raises(Undelivered):
        await hook.deliver(message())
    with pytest.raises(HookUnavailable):
        await hook.ask(EVENT, "one")
    await hook.close()


async def test_a_message_that_cannot_be_read_is_not_delivered(hook: HttpHook) -> None:
    """What a newer node wrote, and this one does not know, waits for that one."""
    with pytest.raises(Undelivered):
        await hook.deliver(replace(message(), payload='{"kind": "post-anything"}'))
