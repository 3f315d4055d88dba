"""The reserve: what is given up on a full disk, to whom, and when it is had again."""

import errno
import os
from pathlib import Path

import pytest

from penstock.adapters.disk import DiskReserve, Space, space
from penstock.adapters.disk.space import OPENING
from penstock.model.faults import StorageFailed, StorageFull

SIZE = 3 * OPENING


class Disk:
    """A disk whose free space is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 1 << 40
        monkeypatch.setattr(space, "_free", lambda folder: self.free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_the_reserve_is_taken_once_there_is_room(tmp_path: Path, disk: Disk) -> None:
    """The reserve is taken whole where that leaves room for an opening, else only what an opening needs, else not."""
    reserve, path = DiskReserve(tmp_path / "r", SIZE), tmp_path / "r"
    disk.free = OPENING
    assert (reserve.spent(), path.exists()) == (True, False)
    disk.free = 2 * OPENING
    assert (reserve.spent(), path.stat().st_size) == (True, OPENING)
    disk.free = SIZE
    assert (reserve.spent(), path.stat().st_size) == (False, SIZE)
    assert path.stat().st_blocks * 512 >= SIZE
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_reserve_is_given_up_in_two_steps(tmp_path: Path, disk: Disk) -> None:
    """What removes gets all but the last of it, once; an opening gets that, where nothing else is free."""
    reserve, path = DiskReserve(tmp_path / "r", SIZE), tmp_path / "r"
    reserve.keep()
    reserve.open_up()
    assert path.stat().st_size == SIZE
    disk.free = 0
    assert reserve.give_up()
    assert path.stat().st_size == OPENING
    assert not reserve.give_up()
    assert reserve.spent()
    reserve.open_up()
    assert not path.exists()
    disk.free = 2 * OPENING
    reserve.close()
    assert path.stat().st_size == OPENING


def test_no_reserve(tmp_path: Path, disk: Disk) -> None:
    """A reserve of no bytes is never spent, and makes no file."""
    reserve = DiskReserve(tmp_path / "r", 0)
    disk.free = 0
    assert not reserve.spent()
    reserve.open_up()
    reserve.close()
    assert not reserve.give_up()
    assert list(tmp_path.iterdir()) == []


def test_a_reserve_that_somebody_else_was_faster_than(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reserve that finds less room than there seemed to be holds nothing, and is had later."""
    reserve = DiskReserve(tmp_path / "r", SIZE)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as filled:
        filled.setattr(os, "posix_fallocate", full)
        assert reserve.spent()
    assert (tmp_path / "r").stat().st_size == 0
    assert not reserve.spent()


def test_space_tells_its_numbers(tmp_path: Path, disk: Disk) -> None:
    """A disk with too little room says how much is free and how much is to stay so; other errors are not of room."""
    room = Space(tmp_path, 100)
    disk.free = 150
    room.check(50)
    with pytest.raises(StorageFull) as refusal:
        room.check(51)
    assert (refusal.value.free, refusal.value.min_free) == (150, 100)
    with pytest.raises(StorageFull) as refusal, room.as_faults():
        raise OSError(errno.EDQUOT, "")
    assert (refusal.value.free, refusal.value.min_free) == (150, 100)
    with pytest.raises(StorageFailed), room.as_faults():
        raise OSError(errno.EIO, "")
    with pytest.raises(FileNotFoundError), room.as_faults(FileNotFoundError):
        raise FileNotFoundError
