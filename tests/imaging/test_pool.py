"""The pool: `Pictures` in processes, and what may happen to them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop

from penstock.adapters.pictures import PicturePool, RenderLimits
from penstock.model.faults import PictureRefused, PicturesBusy, TooLarge
from penstock.model.image import Format, Recipe
from tests.imaging import bombs
from tests.imaging.processes import children, ended, environment, files, peak
from tests.imaging.samples import encoded, noisy
from tests.ports.pictures import PicturesSpec, drawn, pieces
from tests.support.waiting import eventually

SMALL = drawn()
ASTRAY = (sys.executable, str(Path(__file__).with_name("stray.py")))


class TestPicturePool(PicturesSpec):
    @pytest.fixture
    async def pictures(self) -> AsyncIterator[PicturePool]:
        pool = PicturePool(workers=2)
        yield pool
        await pool.close()
        assert children() == []


async def make(pool: PicturePool, picture: bytes = SMALL) -> None:
    """One picture, made without a fault."""
    await pool.render("me", pieces(picture), len(picture), [Recipe()])


async def until(count: int) -> list[int]:
    """Wait for this many workers; who they are."""
    async with asyncio.timeout(30):
        while len(found := children()) != count:  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.01)
    return found


async def endless() -> AsyncIterator[bytes]:
    """A picture that never comes to its end."""
    yield SMALL
    await asyncio.sleep(1000)


async def test_lazy_and_bounded() -> None:
    """No process is started before it is needed, and never more than allowed; the others wait."""
    pool = PicturePool(workers=2)
    assert children() == []
    await make(pool)
    [first] = children()
    await asyncio.gather(*(make(pool) for _ in range(8)))
    assert first in children()
    assert len(children()) == 2
    await pool.close()
    assert children() == []


async def test_as_many_as_cores() -> None:
    """Without a number there is a worker for each core at most."""
    pool = PicturePool()
    await asyncio.gather(*(make(pool) for _ in range(12)))
    assert len(children()) <= len(os.sched_getaffinity(0))
    await pool.close()


async def test_a_worker_is_replaced_after_its_jobs() -> None:
    """A worker retires after so many jobs, refused ones among them."""
    pool = PicturePool(RenderLimits(jobs=2), workers=1)
    seen = list[int]()
    for picture in (SMALL, SMALL, SMALL, SMALL[:999], SMALL):
        try:
            await make(pool, picture)
        except PictureRefused:
            assert len(picture) == 999
        seen += children()
    assert len(set(seen)) == len(seen) == 3  # those of the first, the third and the fifth job
    await pool.close()


async def test_time_is_limited() -> None:
    """A job that takes too long is refused and its worker ended; the next one is done by another."""
    pool = PicturePool(RenderLimits(seconds=0.3), workers=1, command=(*ASTRAY, "hang"))
    with pytest.raises(PictureRefused, match="too long"):
        await make(pool)
    assert children() == []
    await pool.close()
    pool = PicturePool(RenderLimits(seconds=1), workers=1)
    with pytest.raises(PictureRefused, match="too long"):
        await pool.render("me", endless(), 10_000_000, [Recipe()])
    await make(pool)
    await pool.close()


async def test_drawings_have_a_budget_of_their_own() -> None:
    """A drawing that asks for endless work is ended after the processor's time for drawings, not for pictures."""
    pool = PicturePool(RenderLimits(seconds=1000, drawing=1), workers=1)
    async with asyncio.timeout(120):
        with pytest.raises(PictureRefused, match="time"):
            await make(pool, bombs.COSTLY["svg of endless filters"])
    await make(pool)
    await pool.close()


async def test_pictures_take_turns() -> None:
    """Somebody's one picture is made before the rest of somebody else's many; none is read before its turn."""
    begun, gate = list[str](), asyncio.Event()

    async def telling(name: str) -> AsyncIterator[bytes]:
        begun.append(name)
        await gate.wait()
        yield SMALL

    async def mark() -> bytes:
        begun.append("mark")
        return SMALL

    pool = PicturePool(workers=1)
    jobs = [pool.render(name[0], telling(name), len(SMALL), [Recipe()]) for name in ("a0", "a1", "a2")]
    tasks = [asyncio.create_task(job) for job in jobs]
    await eventually(lambda: begun == ["a0"], 30)
    tasks.append(asyncio.create_task(pool.render("b", telling("b0"), len(SMALL), [Recipe()], watermark=mark)))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    assert begun == ["a0", "mark", "b0", "a1", "a2"]
    await pool.close()


async def test_the_queue_is_bounded() -> None:
    """Whoever finds no place to wait in is told when to ask again, and nothing of the picture is read."""
    pool = PicturePool(workers=1, waiting=1)
    held = asyncio.create_task(pool.render("a", endless(), 10_000_000, [Recipe()]))
    await until(1)
    waiting = asyncio.create_task(make(pool))
    await asyncio.sleep(0)
    with pytest.raises(PicturesBusy) as refused:
        await make(pool)
    assert refused.value.retry_after == 5
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    await waiting
    await make(pool)
    await pool.close()


@pytest.mark.parametrize("how", ["exit", "babble", "promise", "invent", "stutter"])
async def test_a_worker_that_goes_astray(how: str) -> None:
    """A worker that dies, or says what is no answer, costs one refusal, and is not asked again."""
    pool = PicturePool(RenderLimits(seconds=20), workers=1, command=(*ASTRAY, how))
    for _ in range(2):
        with pytest.raises(PictureRefused, match="than there is"):
            await make(pool)
        assert children() == []
    await pool.close()


async def test_a_worker_that_does_not_start() -> None:
    """When no worker can be started, that is not blamed on the picture."""
    pool = PicturePool(workers=1, command=(*ASTRAY, "mute"))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no picture worker"):
            await make(pool)
    await pool.close()


async def test_a_killed_worker_harms_its_job_alone() -> None:
    """When one of two workers is killed in the middle of a job, the other job is done, and so are all that follow."""
    pool = PicturePool(workers=2)
    held = asyncio.create_task(pool.render("me", endless(), 10_000_000, [Recipe()]))
    [victim] = await until(1)
    others = asyncio.gather(*(make(pool) for _ in range(5)))
    await until(2)
    os.kill(victim, signal.SIGKILL)
    await others
    await make(pool)
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    await asyncio.gather(*(make(pool) for _ in range(5)))
    await pool.close()


async def test_a_worker_killed_at_work() -> None:
    """The job of a worker that is killed (by the kernel, when memory is short) is refused."""

    async def deadly() -> AsyncIterator[bytes]:
        yield SMALL[:1000]
        [victim] = children()
        os.kill(victim, signal.SIGKILL)
        await until(0)
        yield SMALL[1000:]

    pool = PicturePool(workers=1)
    with pytest.raises(PictureRefused):
        await pool.render("me", deadly(), len(SMALL), [Recipe()])
    await make(pool)
    await pool.close()


async def test_a_worker_killed_while_idle() -> None:
    """A worker that died between two jobs is not asked again."""
    pool = PicturePool(workers=1)
    await make(pool)
    [idle] = children()
    os.kill(idle, signal.SIGKILL)
    await until(0)
    await make(pool)
    await pool.close()


async def test_memory_is_limited() -> None:
    """A picture that takes more memory than there is is refused, and no worker ever held more."""
    pool = PicturePool(RenderLimits(memory=200 << 20), workers=1)
    large = encoded(noisy(40, 40).resize((8000, 8000)), "PNG", compress_level=1)
    with pytest.raises(PictureRefused, match="memory"):
        await make(pool, large)
    assert all(peak(worker) < 200 << 20 for worker in children())
    await make(pool)
    await pool.close()


async def test_bytes_are_limited() -> None:
    """A file that is larger than a picture may be is refused before its first byte is asked for."""
    pool = PicturePool(RenderLimits(size=1000))
    with pytest.raises(TooLarge) as refused:
        await make(pool)
    assert refused.value.limit == 1000
    assert children() == []


@pytest.mark.parametrize("pause", [0, 0.1, 0.5])
async def test_closing_in_the_middle(pause: float) -> None:
    """A pool that closes leaves no process, blames no picture, and starts nothing again."""
    pool = PicturePool(workers=2)
    held = asyncio.create_task(pool.render("me", endless(), 10_000_000, [Recipe()]))
    work = encoded(noisy(3000, 3000), "BMP")
    working = asyncio.create_task(pool.render("me", pieces(work), len(work), [Recipe(format=Format.PNG)] * 9))
    await until(2)
    await asyncio.sleep(pause)
    await pool.close()
    assert children() == []
    held.cancel()
    with pytest.raises(RuntimeError, match="closed"):
        await working
    with pytest.raises(RuntimeError, match="closed"):
        await make(pool)


async def test_closing_while_a_worker_starts() -> None:
    """A worker that is being started when the pool closes does not outlive it."""
    pool = PicturePool(workers=1)
    starting = asyncio.create_task(make(pool))
    await asyncio.sleep(0)
    await pool.close()
    assert children() == []
    with pytest.raises(RuntimeError, match="closed"):
        await starting


def test_workers_end_with_their_server() -> None:
    """When the server is killed, its workers find the end of their input and go."""
    server = """
import asyncio
from tests.imaging.test_pool import PicturePool, make
async def serve():
    pool = PicturePool(workers=1)
    await make(pool)
    print("made", flush=True)
    await asyncio.sleep(1000)
asyncio.run(serve())
"""
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"made\n"
        [worker] = children(process.pid)
        process.kill()
        process.wait()
    asyncio.run(_gone(worker))


async def _gone(process: int) -> None:
    async with asyncio.timeout(30):
        while not ended(process):  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.01)


def test_on_the_loop_of_the_server() -> None:
    """All of it works on uvloop as well."""

    async def everything() -> None:
        await test_lazy_and_bounded()
        await test_time_is_limited()
        await test_a_killed_worker_harms_its_job_alone()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(everything())


async def test_a_worker_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the server, with its passwords, stays with the server; so do its files."""
    monkeypatch.setenv("PENSTOCK_S3_SECRET", "hush")
    pool = PicturePool(workers=1)
    ours = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(ours, True)
    await make(pool)
    [worker] = children()
    assert b"hush" not in environment(worker)
    assert __file__ not in files(worker)
    os.close(ours)
    await pool.close()
