"""Two processes on one folder against a naive model, through any sequence of events that hypothesis can think of."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from penstock.adapters.disk import staging as disk_staging
from penstock.engine import hashing, receiving
from penstock.engine.fsck import Condition
from penstock.model.faults import (
    BodyCut,
    DigestWrong,
    Fault,
    FileUnknown,
    PartConflict,
    PartsMissing,
    SizeWrong,
    UploadCancelled,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.file import File
from penstock.model.layout import missing
from penstock.model.upload import Declared, Upload
from penstock.ports import Committed
from tests.ports.records import Clock
from tests.support.bodies import Body
from tests.support.engine import ALICE, DIALECT, GRACE, TTL, EngineServer, open_engine_server
from tests.support.waiting import eventually

T = TypeVar("T")

CONTENTS = [b"", b"a", b"B" * 10, b"c" * 10, b"D" * 25, b"e" * 64, bytes(range(100)), b"F" * 4096, b"g" * 5000]
LAPSE = 6.0
"""Longer than any lease."""


@dataclass
class Model:
    """What an upload should be. `state` is open, sealed, removed (its file is), cancelled or gone."""

    upload: Upload
    expires: float
    parts: dict[int, bytes] = field(default_factory=dict)
    state: str = "open"
    file: File | None = None


@dataclass
class Slow:
    """A part whose client takes its time."""

    server: int
    model: Model
    number: int
    body: Body
    given: bytes
    told: int | None
    task: asyncio.Task[Any]


class UploadMachine(RuleBasedStateMachine):
    """Anything, in any order, through two processes that may die at any moment."""

    uploads = Bundle("uploads")
    which = st.integers(0, 1)
    numbers = st.integers(0, 4)
    contents = st.sampled_from(CONTENTS)

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(receiving, "GROWTH", 8)
        self.patch.setattr(hashing, "POLL_FIRST", 0.001)
        self.patch.setattr(hashing, "POLL_LAST", 0.002)
        self.patch.setattr(hashing, "IDLE_POLLS", 1 << 40)
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.path = Path(tempfile.mkdtemp(prefix="machine-"))
        self.servers: list[EngineServer] = []
        self.models: list[Model] = []
        self.slow: list[Slow] = []
        self.files: list[tuple[File, bytes]] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the loop run until the work is done."""

        async def limited() -> T:
            async with asyncio.timeout(20):
                return await work

        return self.runner.run(limited())

    @initialize()
    def start(self) -> None:
        async def begin() -> None:
            self.servers = [open_engine_server(self.path, self.clock) for n in range(2)]

        self.run(begin())

    def teardown(self) -> None:
        async def end() -> None:
            for slow in self.slow:
                slow.body.vanish(BodyCut())
                with suppress(Fault):
                    await slow.task
            for server in self.servers:
                await server.close()

        self.run(end())
        self.runner.close()
        self.patch.undo()
        shutil.rmtree(self.path)

    # --- events ------------------------------------------------------------------------------------------------------

    @rule(
        target=uploads,
        server=which,
        size=st.none() | st.integers(0, 300),
        total=st.none() | st.integers(1, 5),
        part_size=st.none() | st.integers(1, 100),
        needs_md5=st.booleans(),
    )
    def opens(self, server: int, size: int | None, total: int | None, part_size: int | None, needs_md5: bool) -> Model:
        """Somebody opens an upload and may declare anything about it."""
        made = self.run(self.servers[server].open(total, size, part_size=part_size, needs_md5=needs_md5))
        model = Model(made, self.clock() + TTL)
        self.models.append(model)
        return model

    @rule(model=uploads, server=which, number=numbers, content=contents, told=st.booleans(), slack=st.none() | which)
    def sends(self, model: Model, server: int, number: int, content: bytes, told: bool, slack: int | None) -> None:
        """A part comes, in one go, with its length or a bound of it or neither."""
        most = None if slack is None else len(content) + 10 * slack
        self.expect_part(
            model, number, content, self.servers[server].send(model.upload, number, content, told=told, most=most)
        )

    @rule(model=uploads, server=which, number=numbers, given=contents, told=st.none() | st.integers(0, 200))
    def begins(self, model: Model, server: int, number: int, given: bytes, told: int | None) -> None:
        """A part begins to come and stops in the middle."""
        if model.state != "open":
            return

        async def begin() -> Slow:
            body = Body()
            task = asyncio.create_task(self.servers[server].send(model.upload, number, body.__aiter__(), most=told))
            body.give(given)
            await eventually(lambda: body.idle or task.done())
            return Slow(server, model, number, body, given, told, task)

        self.slow.append(self.run(begin()))

    @precondition(lambda self: self.slow)
    @rule(data=st.data(), rest=contents)
    def ends(self, data: st.DataObject, rest: bytes) -> None:
        """A slow part comes to its end."""
        slow = self.slow.pop(data.draw(st.integers(0, len(self.slow) - 1), "which"))
        slow.body.give(rest)
        slow.body.end()

        async def finish() -> Any:
            return await slow.task

        self.expect_part(slow.model, slow.number, slow.given + rest, finish())

    @precondition(lambda self: self.slow)
    @rule(data=st.data(), cancelled=st.booleans())
    def vanishes(self, data: st.DataObject, cancelled: bool) -> None:
        """The client of a slow part goes away; nothing of it stays."""
        slow = self.slow.pop(data.draw(st.integers(0, len(self.slow) - 1), "which"))

        async def finish() -> None:
            if cancelled:
                slow.task.cancel()
            else:
                slow.body.vanish(BodyCut())
            with pytest.raises((BodyCut, asyncio.CancelledError)):
                await slow.task

        self.run(finish())

    @precondition(
        lambda self: all(model.expires > self.clock() + 3 * LAPSE for model in self.models if model.state == "open")
    )
    @rule(model=uploads, server=which, total=st.integers(0, 5), wrong=st.sampled_from(["", "", "", "size", "md5"]))
    def seals(self, model: Model, server: int, total: int, wrong: str) -> None:
        """Somebody says that the upload is complete, and may be wrong about it."""
        content = b"".join(model.parts.get(number, b"") for number in range(total))
        said = Declared(
            "a.bin",
            size=len(content) + 1 if wrong == "size" else len(content),
            total=total,
            md5=hashlib.md5(b"other" if wrong == "md5" else content).hexdigest(),  # type: ignore[arg-type]
        )
        fault = self.refusal_of_seal(model, total, wrong)
        sealing = self.seal(self.servers[server], model, said)
        if fault is not None:
            with pytest.raises(fault) as refusal:
                self.run(sealing)
            if isinstance(refusal.value, PartsMissing):
                assert refusal.value.missing == missing(sorted(model.parts), total)
            return
        file = self.run(sealing)
        if model.file is None:
            self.files.append((file, content))
            assert file.blob.sha256 == hashlib.sha256(content).hexdigest()
            assert file.blob.md5 == hashlib.md5(content).hexdigest()
            assert file.blob.size == len(content)
        else:
            assert file.id == model.file.id
        model.state, model.file = "sealed", file

    async def seal(self, server: EngineServer, model: Model, said: Declared) -> File:
        """Seal, but do not wait for a hasher that will never answer, because the clock stands still here."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                return await server.sealer.seal(model.upload.id, said)
        self.clock.advance(LAPSE)
        return await server.sealer.seal(model.upload.id, said)

    def refusal_of_seal(self, model: Model, total: int, wrong: str) -> type[Fault] | None:
        match model.state:
            case "cancelled":
                return UploadCancelled
            case "gone":
                return UploadUnknown
            case "sealed":
                return None
            case "removed":
                return FileUnknown
        if missing(sorted(model.parts), total):
            return PartsMissing
        return {"size": SizeWrong, "md5": DigestWrong}.get(wrong)

    @rule(model=uploads, server=which)
    def cancels(self, model: Model, server: int) -> None:
        """Somebody gives the upload up."""
        cancelling = self.servers[server].engine.uploads.cancel(model.upload)
        if model.state in {"open", "cancelled"}:
            self.run(cancelling)
            model.state = "cancelled"
        else:
            with pytest.raises(UploadUnknown if model.state == "gone" else UploadSealed):
                self.run(cancelling)

    @rule(server=which)
    def crashes(self, server: int) -> None:
        """A process is killed and started again: its requests die, nobody tidies up after them."""

        async def crash() -> None:
            with pytest.MonkeyPatch.context() as dying:
                dying.setattr(disk_staging.DiskSink, "_give_back", disk_staging.DiskSink._close)
                for slow in [slow for slow in self.slow if slow.server == server]:
                    slow.task.cancel()
                    with suppress(asyncio.CancelledError, Fault):
                        await slow.task
                    self.slow.remove(slow)
            await self.servers[server].close()
            self.servers[server] = open_engine_server(self.path, self.clock)

        self.run(crash())

    @precondition(
        lambda self: all(model.expires > self.clock() + 3 * LAPSE for model in self.models if model.state == "open")
    )
    @rule()
    def waits(self) -> None:
        """Every lease lapses."""
        self.clock.advance(LAPSE)

    @rule(server=which, past=st.sampled_from([0.0, GRACE + 1, TTL + 1]))
    def keeps_up(self, server: int, past: float) -> None:
        """Time passes, and the background work is done."""
        self.clock.advance(past)
        for model in self.models:
            if model.expires <= self.clock():
                model.state = "gone"
        self.run(self.servers[server].upkeep.once(orphans=not self.slow))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), server=which)
    def removes(self, data: st.DataObject, server: int) -> None:
        """An owner removes a file."""
        file, _ = self.files.pop(data.draw(st.integers(0, len(self.files) - 1), "which"))
        self.run(self.servers[server].engine.catalog.remove(ALICE, file.id))
        for model in self.models:
            if model.state == "sealed" and model.file == file:
                model.state = "removed"

    # --- what must hold ----------------------------------------------------------------------------------------------

    def expect_part(self, model: Model, number: int, content: bytes, work: Coroutine[Any, Any, Any]) -> None:
        """A part that ends now becomes what the model says."""
        held = model.parts.get(number)
        match model.state:
            case "open":
                outcome = self.run(work)
                expected = Committed.NEW if held is None else Committed.SAME if held == content else Committed.REPLACED
                assert outcome.committed is expected
                model.parts[number], model.expires = content, self.clock() + TTL
            case "sealed" | "removed":
                with suppress(PartConflict, UploadUnknown):
                    assert self.run(work).committed is Committed.SAME
                    assert held == content
            case _:
                with pytest.raises(Fault):
                    self.run(work)

    @invariant()
    def records_are_the_model(self) -> None:
        """Every live upload has just the parts that were acknowledged, with their bytes, no two in one place."""
        if self.servers:
            self.run(self.check_parts())

    async def check_parts(self) -> None:
        for model in self.models:
            if model.state != "open":
                continue
            server = self.servers[0]
            rows = await server.parts(model.upload)
            assert {row.number: await server.staged(model.upload, row) for row in rows} == model.parts
            extents = sorted(
                (path, start, start + row.length)
                for row in rows
                for path, start in [server.place(model.upload, row)]
                if row.length
            )
            for (path, _, stop), (next_path, start, _) in pairwise(extents):
                assert path != next_path or stop <= start, "two parts lie in one place"
            now = await server.engine.uploads.find(ALICE, DIALECT, model.upload.id)
            assert (now.received, now.bytes) == (len(rows), sum(row.length for row in rows))

    @invariant()
    def files_are_whole(self) -> None:
        """Every file has the bytes it was sealed with."""
        if self.servers:
            self.run(self.check_files())

    async def check_files(self) -> None:
        for file, content in self.files:
            found = await self.servers[1].engine.catalog.file(ALICE, file.id)
            assert await self.servers[1].content(found) == content

    @rule(server=which)
    def checks(self, server: int) -> None:
        """fsck finds nothing wrong."""
        for checked in self.run(self.servers[server].checked()):
            assert checked.condition in {Condition.SOUND, Condition.UNREFERENCED}, checked


TestUploads = UploadMachine.TestCase
TestUploads.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
