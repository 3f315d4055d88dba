"""Hooks are asked and told of uploads, whichever dialect they come by."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from penstock.bootstrap import dialect_apps
from penstock.http.routing.dialect_app import DialectApp
from penstock.model.event import Kind
from tests.dialects.every_call import in_envelope
from tests.dialects.files.client import Files
from tests.dialects.instant.client import Instant
from tests.dialects.metaid.client import DIRECT, asked, fund
from tests.dialects.oss.client import Oss, send_image, upload
from tests.dialects.resumable.client import Resumable
from tests.dialects.scratch.client import Scratch
from tests.dialects.tus.client import VERSION, Tus
from tests.support.hooks import SECRET, HookServer, is_signed, serve_hooks
from tests.support.pictures import photo
from tests.support.server import OpenServer, Server, every_name
from tests.support.waiting import eventually

CONTENT = b"nothing to see"
PICTURE = photo(64, 48)
REASON = "no room in your plan"
REFUSE = {"RejectUpload": True, "HTTPResponse": {"StatusCode": 402, "Body": REASON, "Header": {"X-Plan": "none"}}}
PRE = (Kind.PRE_CREATE, Kind.PRE_FINISH)


@pytest.fixture
def hook() -> Iterator[HookServer]:
    with serve_hooks() as served:
        yield served


def settings(hook: HookServer, **others: Any) -> dict[str, Any]:
    return {
        "dialects": every_name(),
        "hook_url": hook.url,
        "hook_secret": SECRET,
        "hook_timeout": 2.0,
        "publishing": 1,
    } | others


@pytest.fixture
async def server(open_server: OpenServer, hook: HookServer) -> AsyncIterator[Server]:
    async with open_server(**settings(hook)) as opened:
        yield opened


async def delivered(server: Server) -> None:
    """Wait until nothing waits to be told any more."""
    await server.container.uploading.hooks.progress.flush()
    await eventually(lambda: server.rows("outbox") == [])


# --- every way in which files come into being ------------------------------------------------------------------------


async def by_scratch(server: Server) -> httpx.Response:
    return await Scratch(server.alice, [CONTENT]).send(0)


async def by_instant(server: Server) -> httpx.Response:
    sent = Instant(server.alice, [CONTENT])
    first = await sent.send(0)
    return await sent.merge() if first.is_success else first


async def by_hash(server: Server) -> httpx.Response:
    return await Instant(server.alice, [CONTENT], key="claimed").claim()


async def by_files(server: Server) -> httpx.Response:
    return await server.alice.post("/api/files/upload", files={"file": ("a.bin", CONTENT)})


async def by_files_in_parts(server: Server) -> httpx.Response:
    sent = Files(server.alice, [CONTENT])
    if not (first := await sent.init()).is_success:
        return first
    await sent.send(1)
    return await sent.merge()


async def by_oss(server: Server) -> httpx.Response:
    return await upload(server.alice, CONTENT)


async def by_oss_in_parts(server: Server) -> httpx.Response:
    sent = Oss(server.alice, [CONTENT])
    if not (first := await sent.init()).is_success:
        return first
    if sent.urls:
        await sent.put(1)
    return await sent.ask("merge")


async def by_picture(server: Server) -> httpx.Response:
    return await send_image(server.alice, "image/upload", PICTURE)


async def by_metaid(server: Server) -> httpx.Response:
    await fund(server)
    return await server.alice.post(DIRECT, json=asked(CONTENT, fileName="a.bin"))


async def by_tus(server: Server) -> httpx.Response:
    sent = Tus(server.alice)
    first = await sent.create(len(CONTENT))
    return await sent.patch(0, CONTENT) if first.is_success else first


async def by_tus_at_once(server: Server) -> httpx.Response:
    return await Tus(server.alice).create(len(CONTENT), CONTENT)


async def by_resumable(server: Server) -> httpx.Response:
    sent = Resumable(server.alice)
    first = await sent.create(CONTENT[:5])
    return await sent.append(5, CONTENT[5:], complete=True) if first.is_success else first


async def by_resumable_at_once(server: Server) -> httpx.Response:
    return await Resumable(server.alice).create(CONTENT, complete=True)


Way = Callable[[Server], Awaitable[httpx.Response]]
SENT: list[Way] = [
    by_scratch,
    by_instant,
    by_files,
    by_files_in_parts,
    by_oss,
    by_oss_in_parts,
    by_metaid,
    by_tus,
    by_tus_at_once,
    by_resumable,
    by_resumable_at_once,
]
WAYS = [*SENT, by_hash, by_picture]
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


async def prepared(server: Server, hook: HookServer, way: Way) -> None:
    """What has to be there before: somebody's bytes, for who claims them. The hook has not heard of it afterwards."""
    if way is by_hash:
        assert (await Instant(server.alice, [CONTENT], key="sent").send(0)).is_success
        assert (await Instant(server.alice, [CONTENT], key="sent").merge()).is_success
    await delivered(server)
    hook.told.clear()


def dialect_of(way: Way) -> str:
    names = {"hash": "instant", "picture": "oss"}
    first = way.__name__.split("_")[1]
    return names.get(first, first)


def app_of(server: Server, way: Way) -> DialectApp:
    [app] = [app for app in dialect_apps(server.container).values() if app.name == dialect_of(way)]
    return app


@every_way
async def test_every_file_is_asked_for_and_told_of(server: Server, hook: HookServer, way: Way) -> None:
    """However a file comes into being, the hook is asked twice, in time, and then told twice; each knows more than the
    one before, under one id, and is signed.
    """
    await prepared(server, hook, way)
    assert (await way(server)).is_success
    await delivered(server)
    assert [told.kind for told in hook.told if told.kind in PRE] == list(PRE)
    kinds = [kind for kind in hook.kinds() if kind not in PRE]
    assert (kinds[0], kinds[-1]) == ("post-create", "post-finish")
    assert set(kinds[1:-1]) <= {"post-receive"}
    assert len({told.upload["ID"] for told in hook.told}) == 1
    assert len({told.id for told in hook.told}) == len(hook.told)
    assert all(is_signed(told) for told in hook.told)
    [finished], [finishing] = hook.of("post-finish"), hook.of("pre-finish")
    [file] = [row for row in server.rows("files") if row["id"] == finished.ours["FileID"]]
    assert finishing.ours["FileID"] is None
    for told in (finishing, finished):
        assert told.ours["SHA256"] == file["sha256"]
        assert told.upload["Offset"] == told.upload["Size"] > 0
    assert (finished.ours["Dialect"], finished.ours["Owner"]) == (dialect_of(way), file["owner"])
    assert finished.upload["MetaData"] == {"filename": file["name"], "filetype": file["media_type"]}
    assert finished.request["Method"] in {"POST", "PATCH", "GET"}


@every_way
@pytest.mark.parametrize("kind", PRE)
async def test_a_refusal_is_in_the_envelope(server: Server, hook: HookServer, way: Way, kind: Kind) -> None:
    """What the hook refuses is refused in the dialect's own envelope, 403 with the hook's reason where there is room
    for it, and as the hook words it in `tus`; no file comes of it, and no byte stays.
    """
    await prepared(server, hook, way)
    before = server.rows("files")
    hook.answers[kind] = REFUSE
    answer = await way(server)
    app = app_of(server, way)
    if app.name == "resumable":
        assert (answer.status_code, answer.text, answer.headers["x-plan"]) == (402, REASON, "none")
    elif app.name == "tus":
        assert (answer.status_code, answer.text, answer.headers["x-plan"]) == (402, REASON, "none")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["tus-resumable"] == "1.0.0"
    else:
        assert answer.status_code == 403
        assert in_envelope(app, answer.request.url.path, answer)
        data = answer.json().get("data")
        assert data is None or REASON in str(data)
        assert app.name == "scratch" or REASON in answer.text
    await server.settle()
    assert server.rows("files") == before
    assert (server.staged(), server.quarantined(), len(server.blobs())) == ([], [], len(before))
    await delivered(server)
    recorded = kind is Kind.PRE_FINISH and way in SENT
    assert [kind for kind in hook.kinds() if kind in {"post-create", "post-finish", "post-terminate"}] == (
        ["post-create", "post-terminate"] if recorded else []
    )
    hook.answers.clear()
    assert (await way(server)).is_success


@every_way
@pytest.mark.parametrize("kind", PRE)
@pytest.mark.parametrize("answer", [500, b"<html>"])
async def test_without_an_answer_nothing_happens(
    server: Server, hook: HookServer, way: Way, kind: Kind, answer: int | bytes
) -> None:
    """While the hook decides nothing it is 503, in the envelope; once it is back the same request goes through."""
    await prepared(server, hook, way)
    before = server.rows("files")
    hook.answers[kind] = answer
    refused = await way(server)
    assert refused.status_code == 503
    app = app_of(server, way)
    assert in_envelope(app, refused.request.url.path, refused)
    assert server.rows("files") == before
    hook.answers.clear()
    assert (await way(server)).is_success


@every_way
async def test_it_may_go_on_without_an_answer(open_server: OpenServer, hook: HookServer, way: Way) -> None:
    """Where the setting says so, what the hook does not answer passes; what it refuses does not."""
    async with open_server(**settings(hook, hook_unanswered="go_on", hook_timeout=0.2)) as server:
        await prepared(server, hook, way)
        hook.answers |= dict.fromkeys(PRE, 500)
        assert (await way(server)).is_success
        await delivered(server)
        assert hook.kinds()[-1] == "post-finish"


@every_way
async def test_a_hook_may_name_the_file(server: Server, hook: HookServer, way: Way) -> None:
    """What the hook calls a file is its name, whatever its client says then and later."""
    await prepared(server, hook, way)
    hook.answers["pre-create"] = {"ChangeFileInfo": {"MetaData": {"filename": "given.txt"}, "ID": "mine"}}
    assert (await way(server)).is_success
    await delivered(server)
    [finished] = hook.of("post-finish")
    [file] = [row for row in server.rows("files") if row["id"] == finished.ours["FileID"]]
    assert file["name"] == finished.upload["MetaData"]["filename"] == "given.txt"


async def test_nothing_new_asks_nobody(server: Server, hook: HookServer) -> None:
    """What is here already under the same name is answered again without a word to the hook."""
    for way in (by_oss, by_picture, by_hash):
        await prepared(server, hook, way)
        assert (await way(server)).is_success
        await delivered(server)
        hook.told.clear()
        assert (await way(server)).is_success
        assert hook.told == []


async def test_what_is_claimed_again_asks_nobody(server: Server, hook: HookServer) -> None:
    """Of two names for the same bytes either may be claimed again, whichever came last."""
    await prepared(server, hook, by_hash)
    names = ("first", "second", "first", "second")
    claims = [await Instant(server.alice, [CONTENT], key=name).claim() for name in names]
    assert all(claim.json()["data"]["uploaded"] for claim in claims)
    assert len(hook.of("pre-create")) == len(hook.of("pre-finish")) == 2


async def test_parts_that_come_at_once_ask_once(server: Server, hook: HookServer) -> None:
    """However many parts begin an upload at once, the hook is asked about one upload, once."""
    parts = [bytes([number]) * 1000 for number in range(8)]
    sent = Scratch(server.alice, parts)
    answers = await asyncio.gather(*(sent.send(number) for number in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(hook.of("pre-create")) == len(hook.of("pre-finish")) == 1
    assert server.rows("leases") == [row for row in server.rows("leases") if not row["name"].startswith("pre-create")]


async def test_a_refusal_of_parts_that_come_at_once(server: Server, hook: HookServer) -> None:
    """Each of them is refused, and nothing is left of any."""
    hook.answers["pre-create"] = REFUSE
    sent = Scratch(server.alice, [b"a", b"b", b"c"])
    answers = await asyncio.gather(*(sent.send(number) for number in range(3)))
    assert [answer.status_code for answer in answers] == [403] * 3
    assert server.rows("uploads") == []


async def test_limits_come_first(open_server: OpenServer, hook: HookServer) -> None:
    """Whoever may not come in, or sends more than may be, is refused without a word to the hook."""
    async with open_server(**settings(hook, file_limit=100, tus_limit=100, quota_bytes=50)) as server:
        nobody = await Tus(server.anyone).create(10)
        too_large = await Tus(server.alice).create(101)
        too_much = await Tus(server.alice).create(51)
        assert [answer.status_code for answer in (nobody, too_large, too_much)] == [401, 413, 413]
    assert hook.told == []


# --- what is told ----------------------------------------------------------------------------------------------------


async def test_progress_is_told_now_and_then(server: Server, hook: HookServer) -> None:
    """A hundred small appends are a few messages, of which the last says where the upload is."""
    sent = Tus(server.alice)
    await sent.create(1000, headers={"Upload-Metadata": "filename YS50eHQ=,plan Z29sZA=="})
    for offset in range(0, 900, 10):
        await sent.patch(offset, bytes(10))
    await delivered(server)
    told = hook.of("post-receive")
    assert 1 <= len(told) <= 5
    assert told[-1].upload["Offset"] == 900
    assert told[-1].upload["MetaData"] == {"filename": "a.txt", "plan": "gold"}
    assert told[-1].request["Method"] == "PATCH"


async def test_progress_that_waits_is_one_message(server: Server, hook: HookServer) -> None:
    """While the hook takes nothing, bytes that come do not add up to messages."""
    hook.answers["post-create"] = 500
    sent = Tus(server.alice)
    await sent.create(1000)
    for offset in range(0, 100, 10):
        await sent.patch(offset, bytes(10))
        await server.container.uploading.hooks.progress.flush()
    assert sorted(row["kind"] for row in server.rows("outbox")) == ["post-create", "post-receive"]


async def test_every_end_is_told(server: Server, hook: HookServer) -> None:
    """A cancelled upload, one whose time runs out, and a removed file are told of, each under its upload's id."""
    ended, lapsed, finished = Tus(server.alice), Tus(server.alice), Tus(server.alice)
    for sent in (ended, lapsed):
        await sent.create(10)
    await finished.create(2, b"ab")
    await ended.delete()
    await finished.delete()
    with server.database() as records:
        records.execute("UPDATE uploads SET expires_at = 0 WHERE id = ?", [lapsed.url.rpartition("/")[2]])
    await server.container.upkeep.once(orphans=False)
    await delivered(server)
    told = {told.upload["ID"]: told for told in hook.of("post-terminate")}
    assert set(told) == {sent.url.rpartition("/")[2] for sent in (ended, lapsed, finished)}
    background = told[lapsed.url.rpartition("/")[2]].request
    assert background == {"Method": "", "URI": "", "RemoteAddr": "", "Header": {}}
    assert told[finished.url.rpartition("/")[2]].ours["FileID"] is not None


async def test_a_broken_body_ends_what_it_began(server: Server, hook: HookServer) -> None:
    """An upload that began with a call for a whole file, and broke off, is told to have ended."""

    async def broken() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nsome bytes'

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert (await server.alice.post("/api/files/upload", content=broken(), headers=headers)).status_code == 400
    await delivered(server)
    assert [kind for kind in hook.kinds() if kind != "post-receive"] == ["pre-create", "post-create", "post-terminate"]


@pytest.mark.parametrize("events", [("post-finish",), ("pre-create", "post-terminate"), ()])
async def test_only_what_is_wanted_is_told(open_server: OpenServer, hook: HookServer, events: tuple[str, ...]) -> None:
    """Hooks that the settings do not name are neither asked nor told, and nothing of them is written down."""
    async with open_server(**settings(hook, hook_events=events)) as server:
        sent = Tus(server.alice)
        await sent.create(len(CONTENT), CONTENT)
        await sent.delete()
        await delivered(server)
    assert hook.kinds() == list(events)


async def test_without_a_hook_nothing_is_written(open_server: OpenServer) -> None:
    """Where no hook is set nothing of all this costs a row."""
    async with open_server(dialects=every_name()) as server:
        sent = Tus(server.alice)
        await sent.create(len(CONTENT), CONTENT)
        await sent.delete()
        await server.container.uploading.hooks.progress.flush()
        assert server.rows("outbox") == []


# --- credentials -----------------------------------------------------------------------------------------------------


async def test_no_credential_leaves_or_is_written(server: Server, hook: HookServer) -> None:
    """Neither the hook nor the database gets a token, a cookie or a sudo token, wherever a client puts it."""
    hook.gate.clear()
    secrets = {
        "Cookie": "session=secret",
        "X-Sudo-Token": "secret",
        "X-Api-Key": "secret",
        "Proxy-Authorization": "Basic secret",
        "Referer": "http://page/?token=secret&page=1",
        "X-Shown": "shown",
    }
    sending = asyncio.create_task(
        server.anyone.post(
            f"/files?accessToken={server.people.alice}&plan=gold",
            headers=VERSION | {"Upload-Length": "10"} | secrets,
        )
    )
    await eventually(lambda: hook.told)
    hook.gate.set()
    assert (await sending).status_code == 201
    written = server.everything()
    await delivered(server)
    for told in hook.told:
        assert b"secret" not in told.body
        assert server.people.alice.encode() not in told.body
        assert "secret" not in str(told.headers)
        assert told.request["URI"] == "/files?accessToken=redacted&plan=gold"
        assert told.request["Header"]["X-Shown"] == ["shown"]
        assert told.request["Header"]["Referer"] == ["http://page/?token=redacted&page=1"]
    assert server.people.alice not in written
    assert "session=secret" not in written


async def test_named_headers_are_passed_on(open_server: OpenServer, hook: HookServer) -> None:
    """Headers that the operator names reach the hooks that wait, as they came; they are not written down."""
    async with open_server(**settings(hook, hook_forward_headers=("authorization", "x-tenant"))) as server:
        hook.answers["post-create"] = 500
        await Tus(server.alice).create(10, headers={"X-Tenant": "one"})
        [asked_of] = hook.of("pre-create")
        assert asked_of.headers["authorization"] == f"Bearer {server.people.alice}"
        assert asked_of.request["Header"]["Authorization"] == [f"Bearer {server.people.alice}"]
        assert asked_of.headers["x-tenant"] == "one"
        [row] = server.rows("outbox")
        assert server.people.alice not in row["payload"]
        hook.answers.clear()
        await eventually(lambda: hook.of("post-create"))
    assert all("authorization" not in told.headers for told in hook.of("post-create"))
    assert all(told.request["Header"]["X-Tenant"] == ["one"] for told in hook.of("post-create"))


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        ((), {}, "127.0.0.1:40000"),
        ((), {"X-Forwarded-For": "1.2.3.4"}, "127.0.0.1:40000"),
        (("127.0.0.0/8",), {"X-Forwarded-For": "1.2.3.4"}, "1.2.3.4"),
    ],
)
async def test_the_address_is_the_clients(
    open_server: OpenServer, hook: HookServer, trusted: tuple[str, ...], forwarded: dict[str, str], address: str
) -> None:
    """The hook gets the client's address, as far as proxies that are trusted tell it."""
    async with open_server(**settings(hook, trusted_proxies=trusted)) as server:
        await Tus(server.alice).create(10, headers=forwarded)
        [told] = hook.of("pre-create")
        assert told.request["RemoteAddr"] == address


# --- what was refused at the end -------------------------------------------------------------------------------------


async def test_tus_remembers_what_was_refused(server: Server, hook: HookServer) -> None:
    """Whoever sends the end again is told the same, by any process, and the hook is not asked again; for everybody else
    the upload is gone.
    """
    hook.answers["pre-finish"] = REFUSE
    sent = Tus(server.alice)
    await sent.create(len(CONTENT))
    answers = [await sent.patch(0, CONTENT) for _ in range(2)]
    await server.settle()
    answers.append(await sent.patch(len(CONTENT), b""))
    assert [(answer.status_code, answer.text) for answer in answers] == [(402, REASON)] * 3
    assert [answer.headers["x-plan"] for answer in answers] == ["none"] * 3
    assert len(hook.of("pre-finish")) == 1
    gone = [await sent.head(), await sent.delete(), await sent.caller.get(sent.url)]
    assert [answer.status_code for answer in gone] == [410] * 3
    theirs = await server.bob.head(sent.url, headers=VERSION)
    assert theirs.status_code == 404


async def test_files_remembers_what_was_refused(server: Server, hook: HookServer) -> None:
    """A merge that is asked for again is told the same, and its upload can be deleted no more."""
    hook.answers["pre-finish"] = REFUSE
    sent = Files(server.alice, [CONTENT])
    await sent.init()
    await sent.send(1)
    answers = [await sent.merge() for _ in range(2)]
    await server.settle()
    answers.append(await sent.merge())
    assert [(answer.status_code, REASON in answer.text) for answer in answers] == [(403, True)] * 3
    assert len(hook.of("pre-finish")) == 1
    assert (await server.alice.delete(f"/api/files/{sent.upload}")).status_code == 404


async def test_two_who_wait_are_told_the_same(server: Server, hook: HookServer) -> None:
    """Of two that reach the end at once, one asks; both get its decision."""
    hook.answers["pre-finish"] = REFUSE
    sent = Tus(server.alice)
    await sent.create(len(CONTENT))
    hook.gate.clear()
    first = asyncio.create_task(sent.patch(0, CONTENT))
    await eventually(lambda: hook.of("pre-finish"))
    second = asyncio.create_task(sent.patch(len(CONTENT), b""))
    await asyncio.sleep(0.1)
    hook.gate.set()
    assert [(answer.status_code, answer.text) for answer in await asyncio.gather(first, second)] == [(402, REASON)] * 2
    assert len(hook.of("pre-finish")) == 1
