"""Quotas against a naive model: one step after the other exactly, and many at once without ever passing a limit."""

import asyncio
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.adapters.sql.database import SqliteDatabase, connect
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.model.faults import ContentRefused, Fault, QuotaExceeded, TooLarge
from penstock.model.file import File
from penstock.model.ids import FileId, Location, UploadId
from penstock.model.principal import Quota
from penstock.model.upload import Declared, Upload
from penstock.ports import Opening
from tests.ports.records import ALICE, DIALECT, LEASE, TTL, Clock, digests, new_file, part, upload_at
from tests.support.sql import SqlUploading

QUOTA = Quota(bytes=100, files=6, uploads=5)
MAX_BYTES, MAX_FILES, MAX_UPLOADS = 100, 6, 5
LIVE = "uploads.state IN ('open', 'sealing', 'placing') AND (uploads.state <> 'open' OR uploads.expires_at > :now)"


@dataclass
class Repositories:
    """The same records as two processes see them, and as they lie there."""

    clock: Clock
    uploads: list[SqlUploading]
    files: list[SqlFiles]
    upkeep: list[SqlUpkeep]
    records: sqlite3.Connection

    def counted(self) -> tuple[int, int, int]:
        """Bytes, files and live uploads, counted row by row."""
        now = {"now": self.clock()}
        [stored, files] = self.records.execute(
            "SELECT COALESCE(SUM(size), 0), count(*) FROM files JOIN blobs ON blobs.sha256 = files.sha256"
        ).fetchone()
        [staged] = self.records.execute(
            f"SELECT COALESCE(SUM(length), 0) FROM parts JOIN uploads ON uploads.id = upload_id WHERE {LIVE}", now
        ).fetchone()
        [live] = self.records.execute(f"SELECT count(*) FROM uploads WHERE {LIVE}", now).fetchone()
        return stored + staged, files, live

    def check(self) -> None:
        """No limit is passed, and what is kept of the files is what the files are."""
        self.records.execute("BEGIN")
        bytes_, files, live = self.counted()
        kept = self.records.execute("SELECT COALESCE(SUM(bytes), 0), COALESCE(SUM(files), 0) FROM usage").fetchone()
        stored = self.records.execute(
            "SELECT COALESCE(SUM(size), 0) FROM files JOIN blobs ON blobs.sha256 = files.sha256"
        ).fetchone()
        self.records.execute("COMMIT")
        assert (bytes_ <= MAX_BYTES, files <= MAX_FILES, live <= MAX_UPLOADS) == (True, True, True)
        assert tuple(kept) == (stored[0], files)


@contextmanager
def repositories(empty: Path) -> Iterator[Repositories]:
    """Two handles on a new database."""
    with tempfile.TemporaryDirectory() as folder:
        path, clock = Path(folder) / "penstock.db", Clock()
        shutil.copy(empty, path)
        databases = [SqliteDatabase(path, durable=False, clock=clock) for _ in range(2)]
        records = connect(path, durable=False)
        yield Repositories(
            clock,
            [SqlUploading(database, QUOTA) for database in databases],
            [SqlFiles(database, QUOTA) for database in databases],
            [SqlUpkeep(database) for database in databases],
            records,
        )
        records.close()
        for database in databases:
            database.close()


# --- many at once ----------------------------------------------------------------------------------------------------


async def live_through(repositories: Repositories, seed: int, sizes: list[int]) -> None:
    """One client among many: it opens, sends, seals, claims and removes, and takes a refusal as it comes."""
    chance, which = random.Random(seed), seed % 2
    uploads, files = repositories.uploads[which], repositories.files[1 - which]

    async def step(act: Awaitable[object]) -> None:
        try:
            await act
        finally:
            repositories.check()

    with suppress(QuotaExceeded, TooLarge):
        declared = Declared("a", size=sum(sizes) if chance.random() < 0.5 else None)
        upload = await uploads.open(Opening(upload_at(repositories.clock(), declared=declared), "one"))
        repositories.check()
        try:
            for number, size in enumerate(sizes):
                await step(uploads.commit_part(upload.id, part(number, length=size), TTL, "one"))
            await uploads.freeze(upload.id, Declared("a", total=len(sizes)), None, "s", LEASE)
            found = digests(f"{seed % 3}-{sum(sizes)}", sum(sizes))
            await step(uploads.decide(upload.id, found, "s"))
            published = await uploads.publish(upload.id, Location(f"at-{seed}"), found, new_file(str(seed)), "s")
        finally:
            await uploads.thaw(upload.id, "s")
            if chance.random() < 0.7:
                await step(uploads.expire(upload.id))
        repositories.check()
        await step(files.claim(ALICE, DIALECT, published.file.blob.sha256, new_file(f"claim-{seed}")))
        if chance.random() < 0.5:
            await step(files.remove(ALICE, published.file.id))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=3), min_size=32, max_size=32), st.randoms(use_true_random=False))
def test_no_limit_is_ever_passed(empty: Path, sizes: list[list[int]], chance: random.Random) -> None:
    """32 clients at once, in two processes, whatever they send: after every transaction every limit holds."""

    async def run() -> None:
        order = list(enumerate(sizes))
        chance.shuffle(order)
        with repositories(empty) as both:
            await asyncio.gather(*(live_through(both, seed, each) for seed, each in order))
            both.check()

    asyncio.run(run())


# --- one after the other ---------------------------------------------------------------------------------------------


@dataclass
class SpooledBody:
    """An upload as the model has it. `place`: it is in placing."""

    parts: dict[int, int] = field(default_factory=dict)
    ends: float = 0.0
    place: bool = False


@dataclass
class Model:
    """What there should be: live uploads, and the sizes of files by their ids, with when they went to the trash."""

    uploads: dict[UploadId, SpooledBody] = field(default_factory=dict)
    files: dict[FileId, tuple[int, float | None]] = field(default_factory=dict)
    here: dict[FileId, File] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        staged = sum(sum(held.parts.values()) for held in self.uploads.values())
        return staged + sum(size for size, _ in self.files.values())

    @property
    def promised(self) -> int:
        return len(self.files) + sum(held.place for held in self.uploads.values())

    def late(self, now: float) -> None:
        """Forget open uploads whose time has run out."""
        self.uploads = {name: held for name, held in self.uploads.items() if held.place or held.ends > now}

    def bytes_refused(self, growth: int, alone: int) -> type[Fault] | None:
        if growth <= 0 or self.bytes + growth <= MAX_BYTES:
            return None
        return TooLarge if alone > MAX_BYTES else QuotaExceeded


async def outcome(act: Awaitable[object]) -> tuple[type[Fault] | None, object]:
    """What was refused, or what came of it."""
    try:
        return None, await act
    except (QuotaExceeded, TooLarge) as refusal:
        return type(refusal), None


class Walk:
    """Steps that are taken in the repositories and in the model."""

    def __init__(self, both: Repositories) -> None:
        self.both, self.model, self.count = both, Model(), 0

    async def step(self, name: str, size: int, pick: int) -> None:
        """One step through one of the two processes; afterwards the records are as the model says."""
        self.count += 1
        self.model.late(self.both.clock())
        await getattr(self, name)(size, pick)
        self.model.late(self.both.clock())
        model = self.model
        assert self.both.counted() == (model.bytes, len(model.files), len(model.uploads)), name
        self.both.check()

    @property
    def uploads(self) -> SqlUploading:
        return self.both.uploads[self.count % 2]

    @property
    def files(self) -> SqlFiles:
        return self.both.files[self.count % 2]

    def picked(self, pick: int, *, place: bool) -> UploadId | None:
        found = [name for name, held in self.model.uploads.items() if held.place is place]
        return found[pick % len(found)] if found else None

    async def open(self, size: int, pick: int) -> None:
        declared = size if pick % 2 else None
        now = self.both.clock()
        full = QuotaExceeded if len(self.model.uploads) >= MAX_UPLOADS else None
        expected = full or self.model.bytes_refused(declared or 0, declared or 0)
        wanted = upload_at(now, declared=Declared("a", size=declared))
        refused, made = await outcome(self.uploads.open(Opening(wanted, "one")))
        assert refused is expected
        if isinstance(made, Upload):
            self.model.uploads[made.id] = SpooledBody(ends=now + TTL)

    async def send(self, size: int, pick: int) -> None:
        upload = self.picked(pick, place=False)
        if upload is None:
            return
        held, number = self.model.uploads[upload], pick % 3
        growth = size - held.parts.get(number, 0)
        expected = self.model.bytes_refused(growth, sum(held.parts.values()) + growth)
        sent = part(number, f"{self.count}", length=size)
        refused, _ = await outcome(self.uploads.commit_part(upload, sent, TTL, "one"))
        assert refused is expected
        if refused is None:
            held.parts[number], held.ends = size, self.both.clock() + TTL

    async def decide(self, size: int, pick: int) -> None:
        upload = self.picked(pick, place=False)
        if upload is None:
            return
        held = self.model.uploads[upload]
        total = len(held.parts)
        if sorted(held.parts) != list(range(total)):
            return
        expected = QuotaExceeded if self.model.promised >= MAX_FILES else None
        await self.uploads.freeze(upload, Declared("a", total=total), None, "s", LEASE)
        found = digests(f"{sorted(held.parts.items())}", sum(held.parts.values()))
        refused, _ = await outcome(self.uploads.decide(upload, found, "s"))
        assert refused is expected
        await self.uploads.thaw(upload, "s")
        held.place = refused is None

    async def publish(self, size: int, pick: int) -> None:
        upload = self.picked(pick, place=True)
        if upload is None:
            return
        held = self.model.uploads.pop(upload)
        found = digests(f"{sorted(held.parts.items())}", sum(held.parts.values()))
        made = await self.uploads.publish(upload, Location(f"at-{upload}"), found, new_file(upload), "s")
        self.model.files[made.file.id], self.model.here[made.file.id] = (found.size, None), made.file

    async def reject(self, size: int, pick: int) -> None:
        upload = self.picked(pick, place=True)
        if upload is not None and pick % 4 == 0:
            await self.uploads.reject(upload, "s", ContentRefused("a virus"))
            del self.model.uploads[upload]

    async def cancel(self, size: int, pick: int) -> None:
        upload = self.picked(pick, place=False)
        if upload is not None:
            await self.uploads.cancel(upload)
            del self.model.uploads[upload]

    async def expire(self, size: int, pick: int) -> None:
        upload = self.picked(pick, place=False)
        if upload is not None:
            assert await self.uploads.expire(upload)
            del self.model.uploads[upload]

    async def wait(self, size: int, pick: int) -> None:
        self.both.clock.advance(TTL / 2)
        if pick % 2:
            await self.both.upkeep[0].expire_uploads()

    async def claim(self, size: int, pick: int) -> None:
        if not self.model.here:
            return
        blob = list(self.model.here.values())[pick % len(self.model.here)].blob
        full = QuotaExceeded if self.model.promised >= MAX_FILES else None
        expected = full or self.model.bytes_refused(blob.size, blob.size)
        refused, made = await outcome(self.files.claim(ALICE, DIALECT, blob.sha256, new_file(f"{self.count}")))
        assert refused is expected
        if isinstance(made, File):
            self.model.files[made.id], self.model.here[made.id] = (blob.size, None), made

    async def remove(self, size: int, pick: int) -> None:
        if not self.model.here:
            return
        file = list(self.model.here)[pick % len(self.model.here)]
        assert await self.files.remove(ALICE, file)
        del self.model.files[file], self.model.here[file]

    async def purge(self, size: int, pick: int) -> None:
        now = self.both.clock()
        if pick % 2:
            await self.both.upkeep[1].trash_older(0)
            self.model.files = {
                name: (size, now if since is None else since) for name, (size, since) in self.model.files.items()
            }
        else:
            gone = [
                name for name, (_, since) in self.model.files.items() if since is not None and since <= now - TTL / 2
            ]
            assert await self.both.upkeep[1].purge_trash(TTL / 2) == len(gone)
            for name in gone:
                del self.model.files[name], self.model.here[name]


STEPS = ("open", "send", "decide", "publish", "reject", "cancel", "expire", "wait", "claim", "remove", "purge")
OFTEN = ("open", "send", "send", "send", "decide", "decide", "publish", "publish", "claim")


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS + OFTEN), st.integers(0, 30) | st.integers(0, 120), st.integers(0, 11)),
        max_size=60,
    )
)
def test_every_step_is_as_the_model_says(empty: Path, steps: list[tuple[str, int, int]]) -> None:
    """Whatever the order, each step is refused exactly when the model says so, and the sums are the model's."""

    async def run() -> None:
        with repositories(empty) as both:
            walk = Walk(both)
            for step in steps:
                await walk.step(*step)

    asyncio.run(run())
