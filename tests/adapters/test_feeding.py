"""Many files are digested together, each as if it were alone."""

import asyncio
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from penstock import multibuffer
from penstock.adapters.disk import Feeder
from penstock.adapters.disk.feeding import NICER
from penstock.adapters.disk.files import PIECE
from penstock.ports import BytesMissing, Digest
from tests.support.bytes import noise
from tests.support.waiting import eventually

LENGTHS = [0, 1, 63, 64, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7]


@pytest.fixture(params=[1, 2, 3])
def feeder(request: pytest.FixtureRequest) -> Iterator[Feeder]:
    with closing(Feeder(request.param)) as feeder:
        yield feeder


class Gate:
    """A hasher that holds its thread until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def update(self, piece: memoryview, /) -> None:
        self.reached.set()
        assert self.opened.wait(10)


def file_of(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("native", [True, False], ids=["native", "hashlib"])
async def test_many_at_once(feeder: Feeder, tmp_path: Path, native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their lengths and number, all have the digests that hashlib gives them."""
    if not native:
        monkeypatch.setattr(multibuffer, "_native", None)
    contents = [noise(length, seed) for seed in range(6) for length in LENGTHS]
    paths = [file_of(tmp_path, str(number), content) for number, content in enumerate(contents)]

    async def digests(path: str, length: int, start: int) -> tuple[str, str]:
        md5, sha256 = multibuffer.md5(), hashlib.sha256()
        middle = (start + length) // 2
        await feeder.feed(path, start, middle, [[md5, sha256]])
        await asyncio.gather(feeder.feed(path, middle, length, [[md5]]), feeder.feed(path, middle, length, [[sha256]]))
        return md5.hexdigest(), sha256.hexdigest()

    for start in (0, 1):
        found = await asyncio.gather(
            *(
                digests(path, len(content), min(start, len(content)))
                for path, content in zip(paths, contents, strict=True)
            )
        )
        cut = [content[start:] for content in contents]
        assert found == [(hashlib.md5(part).hexdigest(), hashlib.sha256(part).hexdigest()) for part in cut]


async def test_what_waits_goes_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that looks takes all that waits, as far as there are lanes; a lone file waits for nobody."""
    monkeypatch.setattr(multibuffer, "width", lambda: 8)
    seen: list[int] = []
    update_all = multibuffer.update_all

    def noting(pieces: Iterator[tuple[Digest, memoryview]]) -> None:
        taken = list(pieces)
        seen.append(len(taken))
        update_all(taken)

    monkeypatch.setattr(multibuffer, "update_all", noting)
    path, gate = file_of(tmp_path, "file", b"x" * 1000), Gate()
    with closing(Feeder(1)) as feeder:
        first = asyncio.create_task(feeder.feed(path, 0, 1000, [[gate]]))
        await eventually(gate.reached.is_set)
        others = [asyncio.create_task(feeder.feed(path, 0, 1000, [[multibuffer.md5()]])) for _ in range(10)]
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(first, *others)
        await feeder.feed(path, 0, 1000, [[multibuffer.md5()]])
    assert seen == [1, 8, 2, 1]


async def test_threads_share(tmp_path: Path) -> None:
    """A file that keeps one thread busy does not hold up another that came with it."""
    path, gate, free = file_of(tmp_path, "file", b"x" * 1000), Gate(), multibuffer.md5()
    with closing(Feeder(2)) as feeder:
        held = asyncio.create_task(feeder.feed(path, 0, 1000, [[gate]]))
        await asyncio.wait_for(feeder.feed(path, 0, 1000, [[free]]), 10)
        assert not held.done()
        gate.opened.set()
        await held
    assert free.hexdigest() == hashlib.md5(b"x" * 1000).hexdigest()


async def test_errors_are_those_of_one_file(feeder: Feeder, tmp_path: Path) -> None:
    """A file that is short or not there fails alone."""
    path, good = file_of(tmp_path, "file", b"x" * 1000), multibuffer.md5()
    found = await asyncio.gather(
        feeder.feed(path, 0, 1001, [[multibuffer.md5()]]),
        feeder.feed(path, 0, 1000, [[good]]),
        feeder.feed(str(tmp_path / "absent"), 0, 1000, [[multibuffer.md5()]]),
        feeder.feed(str(tmp_path / "absent"), 0, 0, [[multibuffer.md5()]]),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in found] == [BytesMissing, type(None), FileNotFoundError, FileNotFoundError]
    assert good.hexdigest() == hashlib.md5(b"x" * 1000).hexdigest()


async def test_what_is_given_up_while_it_waits_is_not_read(tmp_path: Path) -> None:
    """Nor does it keep what waits behind it."""
    path, gate, untouched, behind = file_of(tmp_path, "file", b"x" * 1000), Gate(), multibuffer.md5(), multibuffer.md5()
    with closing(Feeder(1)) as feeder:
        first = asyncio.create_task(feeder.feed(path, 0, 1000, [[gate]]))
        await eventually(gate.reached.is_set)
        given_up = asyncio.create_task(feeder.feed(path, 0, 1000, [[untouched]]))
        last = asyncio.create_task(feeder.feed(path, 0, 1000, [[behind]]))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        gate.opened.set()
        await asyncio.gather(first, last)
    assert untouched.hexdigest() == hashlib.md5().hexdigest()
    assert behind.hexdigest() == hashlib.md5(b"x" * 1000).hexdigest()


async def test_bytes_are_read_once_for_all_groups(
    feeder: Feeder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many groups of hashers there are, each gets every byte in order, and the file is read once."""
    content, read, real = noise(3 * PIECE + 17), 0, os.preadv

    def preadv(handle: int, buffers: list[memoryview], offset: int, flags: int = 0) -> int:
        nonlocal read
        got = real(handle, buffers, offset, flags)
        read += got
        return got

    monkeypatch.setattr(os, "preadv", preadv)
    md5, sha256, sha1 = multibuffer.md5(), hashlib.sha256(), hashlib.sha1()
    await feeder.feed(file_of(tmp_path, "file", content), 1, len(content), [[md5], [sha256], [sha1]])
    assert read == len(content) - 1
    wanted = [kind(content[1:]).hexdigest() for kind in (hashlib.md5, hashlib.sha256, hashlib.sha1)]
    assert [md5.hexdigest(), sha256.hexdigest(), sha1.hexdigest()] == wanted


async def test_a_hasher_that_fails(feeder: Feeder, tmp_path: Path) -> None:
    """Its feed fails, and the threads go on."""

    class Broken:
        def update(self, piece: memoryview, /) -> None:
            raise ValueError("broken")

    path = file_of(tmp_path, "file", b"x" * 1000)
    for _ in range(5):
        with pytest.raises(ValueError, match="broken"):
            await feeder.feed(path, 0, 1000, [[Broken()]])
        with pytest.raises(ValueError, match="broken"):
            await feeder.feed(path, 0, 1000, [[multibuffer.md5()], [Broken()]])
    good = multibuffer.md5()
    await feeder.feed(path, 0, 1000, [[good]])
    assert good.hexdigest() == hashlib.md5(b"x" * 1000).hexdigest()


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of single threads are Linux's")
async def test_digests_step_back(tmp_path: Path) -> None:
    """The threads that digest leave the processor to the event loop when both want it."""
    seen: list[int] = []

    class Looking:
        def update(self, _: memoryview, /) -> None:
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    with closing(Feeder(1)) as feeder:
        await feeder.feed(file_of(tmp_path, "a", b"a"), 0, 1, [[Looking()]])
    assert seen == [min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICER)]
