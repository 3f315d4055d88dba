"""Signing keys in the data folder."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.adapters.disk import DiskKeys


def test_there_is_always_a_key_and_it_stays(tmp_path: Path) -> None:
    """The first use makes a key that only the owner can read; later uses find it."""
    first = DiskKeys(tmp_path).all()
    assert len(first) == 1
    assert list(DiskKeys(tmp_path).all()) == list(first)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_what_exists_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An opening writes nothing where there is a key: on a full disk it could not."""
    first = DiskKeys(tmp_path).all()
    monkeypatch.setattr(os, "fsync", _full)
    assert list(DiskKeys(tmp_path).all()) == list(first)


def test_a_key_that_finds_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft that the disk has no room for is removed."""
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="No space"):
        DiskKeys(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Of many first uses at once, one makes the key and all have it."""
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: DiskKeys(tmp_path).all()[0], range(32)))
    assert len(set(found)) == 1


async def test_a_rotation_is_seen_by_those_who_run(tmp_path: Path) -> None:
    """A rotation puts a new key first and keeps the others; forgetting leaves the new one alone."""
    running, command = DiskKeys(tmp_path), DiskKeys(tmp_path)
    [first] = running.all()
    await command.rotate(keep=True)
    second, kept = running.all()
    assert (kept, second == first) == (first, False)
    await command.rotate(keep=False)
    [third] = running.all()
    assert third not in {first, second}
