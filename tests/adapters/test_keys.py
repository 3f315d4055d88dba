"""Signing keys in the data folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from penstock.adapters.disk import DiskKeys


def test_there_is_always_a_key_and_it_stays(tmp_path: Path) -> None:
    """The first use makes a key that only the owner can read; later uses find it."""
    first = DiskKeys(tmp_path).all()
    assert len(first) == 1
    assert list(DiskKeys(tmp_path).all()) == list(first)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Of many first uses at once, one makes the key and all have it."""
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: DiskKeys(tmp_path).all()[0], range(32)))
    assert len(set(found)) == 1


def test_a_rotation_is_seen_by_those_who_run(tmp_path: Path) -> None:
    """A rotation puts a new key first and keeps the others; forgetting leaves the new one alone."""
    running, command = DiskKeys(tmp_path), DiskKeys(tmp_path)
    [first] = running.all()
    command.rotate(keep=True)
    second, kept = running.all()
    assert (kept, second == first) == (first, False)
    command.rotate(keep=False)
    [third] = running.all()
    assert third not in {first, second}
