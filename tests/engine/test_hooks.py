"""A hook decides once, whoever seals, and whatever dies in between."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from penstock.engine.sealing import LEASE
from penstock.model.faults import QuotaExceeded, UploadRefused
from penstock.model.principal import Quota
from tests.engine.conftest import Opener
from tests.ports.records import Clock
from tests.support.doubles import CrashPlan, Sabotage
from tests.support.engine import EngineServer
from tests.support.hooks import PASS, SECRET, HookServer, Reaction, Told, serve_hooks
from tests.support.waiting import eventually, settled

CONTENT = b"nothing to see"
REFUSE = {"RejectUpload": True}


@pytest.fixture
def hook() -> Iterator[HookServer]:
    with serve_hooks() as served:
        yield served


@pytest.fixture
def asked(hook: HookServer) -> dict[str, Any]:
    """The settings of a server that asks the hook, and tells it nothing."""
    return {"hook_url": hook.url, "hook_secret": SECRET, "hook_events": ("pre-create", "pre-finish")}


async def test_an_approval_survives_a_crash(
    hook: HookServer, asked: dict[str, Any], another: Opener, clock: Clock
) -> None:
    """A process that dies when the hook has let an upload pass is followed by one that does not ask again."""
    plan = CrashPlan(frozenset({"sealing.publish"}), 0)
    dying, next_one = another("one", wrap=plan.wrap, **asked), another("two", **asked)
    upload = await dying.open(1, len(CONTENT))
    await dying.send(upload, 0, CONTENT)
    with pytest.raises(Sabotage):
        await dying.seal(upload, 1)
    clock.advance(LEASE)
    assert await next_one.content(await next_one.seal(upload, 1)) == CONTENT
    assert len(hook.of("pre-finish")) == 1


async def test_a_refusal_survives_a_crash(
    hook: HookServer, asked: dict[str, Any], another: Opener, clock: Clock
) -> None:
    """A process that dies before the refusal is on record is followed by one that asks again, under the same id."""
    plan = CrashPlan(frozenset({"sealing.reject"}), 0)
    dying, next_one = another("one", wrap=plan.wrap, **asked), another("two", **asked)
    hook.answers["pre-finish"] = REFUSE
    upload = await dying.open(1, len(CONTENT))
    await dying.send(upload, 0, CONTENT)
    with pytest.raises(Sabotage):
        await dying.seal(upload, 1)
    clock.advance(LEASE)
    for _ in range(2):
        with pytest.raises(UploadRefused):
            await next_one.seal(upload, 1)
    assert len({told.id for told in hook.of("pre-finish")}) == 1
    assert len(hook.of("pre-finish")) == 2
    await next_one.sealer.close()
    assert next_one.blob_files() == []


async def test_a_late_refusal_takes_nothing_away(
    hook: HookServer, asked: dict[str, Any], another: Opener, clock: Clock
) -> None:
    """A sealer that lost its lease while the hook thought, and is told no, does not touch what another, that was told
    yes, has made a file.
    """
    late = threading.Event()
    first = iter([True])

    def decide(told: Told) -> Reaction:
        if not next(first, False):
            return PASS
        late.wait(10)
        return REFUSE

    hook.answers["pre-finish"] = decide
    slow, quick = another("one", **asked), another("two", **asked)
    upload = await slow.open(1, len(CONTENT))
    await slow.send(upload, 0, CONTENT)
    sealing = asyncio.create_task(slow.seal(upload, 1))
    await eventually(lambda: hook.of("pre-finish"))
    clock.advance(LEASE)
    file = await quick.seal(upload, 1)
    late.set()
    assert (await sealing).id == file.id
    await slow.sealer.close()
    assert await quick.content(file) == CONTENT


async def test_a_hook_that_thinks_keeps_the_lease(
    hook: HookServer, asked: dict[str, Any], another: Opener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the hook is asked, nobody else takes the upload over, however long that takes."""
    monkeypatch.setattr("penstock.engine.sealing.LEASE", 0.3)

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.02)
            clock.advance(0.02)

    def slowly(told: Told) -> Reaction:
        time.sleep(1)
        return PASS

    one, two = another("one", **asked), another("two", **asked)
    upload = await one.open(1, len(CONTENT))
    await one.send(upload, 0, CONTENT)
    hook.answers["pre-finish"] = slowly
    ticking = asyncio.create_task(tick())
    files = await asyncio.gather(one.seal(upload, 1), two.seal(upload, 1))
    await settled(ticking)
    assert files[0].id == files[1].id
    assert len(hook.of("pre-finish")) == 1


async def test_quotas_come_first(hook: HookServer, asked: dict[str, Any], another: Opener) -> None:
    """Whoever has no room for an upload is refused without a word to the hook."""
    server: EngineServer = another("one", quota=Quota(uploads=1), **asked)
    await server.open(key="one")
    with pytest.raises(QuotaExceeded):
        await server.open(key="two")
    assert len(hook.of("pre-create")) == 1


async def test_processes_that_begin_one_upload_ask_once(
    hook: HookServer, asked: dict[str, Any], another: Opener
) -> None:
    """However many processes get the first parts of one upload, the hook is asked once, and they get the same one."""
    servers = [another(name, **asked) for name in ("one", "two", "three")]
    uploads = await asyncio.gather(*(server.open(key="k") for server in servers for _ in range(3)))
    assert len({upload.id for upload in uploads}) == 1
    assert len(hook.of("pre-create")) == 1


async def test_a_process_that_died_asking_holds_nobody_up(
    hook: HookServer, asked: dict[str, Any], another: Opener, clock: Clock
) -> None:
    """Another asks when the time of a question has run out."""
    plan = CrashPlan(frozenset({"uploads.check"}), 0)
    dying, next_one = another("one", wrap=plan.wrap, **asked), another("two", **asked)
    with pytest.raises(Sabotage):
        await dying.open(key="k")
    opening = asyncio.create_task(next_one.open(key="k"))
    await asyncio.sleep(0.1)
    assert not opening.done()
    clock.advance(60)
    assert (await opening).key == "k"
