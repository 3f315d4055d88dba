"""The data folder: its stamp, its lock, and where it may not lie."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from penstock.adapters.disk import Folder, FolderRefused, folder
from penstock.adapters.disk.folder import FORMAT, file_system_of, make_folders, write_durably

MOUNTS = r"""
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
22 21 0:5 / /dev rw - devtmpfs devtmpfs rw
30 21 0:40 / /mnt/share rw,relatime - nfs4 server:/export rw
31 30 0:41 / /mnt/share/local rw - xfs /dev/vdb rw
32 21 0:42 / /mnt/with\040space\134x rw master:3 propagate_from:1 - cifs //server/x rw
33 21 0:43 / /mnt/文件 rw - fuse.sshfs host: rw
34 21 0:44 / /mnt/over rw - nfs server:/x rw
35 34 0:45 / /mnt/over rw - ext4 /dev/vdc rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home/data", "ext4"),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/deep/er", "nfs4"),
        ("/mnt/shared", "ext4"),
        ("/mnt/share/local/data", "xfs"),
        ("/mnt/with space\\x/data", "cifs"),
        ("/mnt/文件/data", "fuse.sshfs"),
        ("/mnt/over/data", "ext4"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    """The innermost and newest mount holds the path, however its name is written."""
    assert file_system_of(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder on a network file system is refused before anything is written."""
    monkeypatch.setattr(folder, "file_system_of", lambda *_: "nfs4")
    with pytest.raises(FolderRefused, match="network file system"):
        Folder(tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_new_folder_is_stamped(tmp_path: Path) -> None:
    """A new folder is for its owner alone and says which layout it has; opening it again changes nothing."""
    for _ in range(2):
        with Folder(tmp_path / "a" / "data") as made:
            assert (made.path / "format").read_text() == f"{FORMAT}\n"
            assert made.path.stat().st_mode & 0o777 == 0o700
            assert {path.name for path in made.path.iterdir()} == {"format", "lock"}


def test_old_drafts_are_removed(tmp_path: Path) -> None:
    """An opening removes the drafts that a crash left; not young ones, which somebody may be at, and nothing else."""
    Folder(tmp_path).close()
    old = [tmp_path / f".keys.json.{uuid4().hex}", tmp_path / f".probe-{uuid4().hex}", tmp_path / ".keys.json.mine"]
    young = tmp_path / f".keys.json.{uuid4().hex}"
    for path in (*old, young):
        path.touch()
    for path in old:
        os.utime(path, (0, 0))
    Folder(tmp_path).close()
    assert {path.name for path in tmp_path.iterdir()} == {"format", "lock", young.name, old[2].name}


@pytest.mark.parametrize(
    ("stamp", "said"), [(f"{FORMAT + 1}", "newer"), ("hello", "Penstock folder"), ("", "Penstock")]
)
def test_a_layout_that_is_not_known_is_refused(tmp_path: Path, stamp: str, said: str) -> None:
    """A folder of a later Penstock, or of something else, is refused and left alone; its lock is free again."""
    (tmp_path / "format").write_text(stamp)
    for _ in range(2):
        with pytest.raises(FolderRefused, match=said):
            Folder(tmp_path, alone=True)
    assert (tmp_path / "format").read_text() == stamp


def test_servers_share_and_a_migration_is_alone(tmp_path: Path) -> None:
    """Any number hold the folder together, or one holds it alone."""
    with Folder(tmp_path), Folder(tmp_path), pytest.raises(FolderRefused, match="is using"):
        Folder(tmp_path, alone=True)
    with Folder(tmp_path, alone=True):
        for alone in (True, False):
            with pytest.raises(FolderRefused):
                Folder(tmp_path, alone=alone)
    Folder(tmp_path).close()


def test_a_durable_write_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written replaces what was there in one step, with its bytes and its name synced."""
    path = tmp_path / "f"
    write_durably(path, b"first")
    monkeypatch.setattr("os.fsync", _fail)
    with pytest.raises(OSError, match="sync"):
        write_durably(path, b"second")
    assert path.read_bytes() == b"first"
    monkeypatch.undo()
    write_durably(path, b"third")
    assert path.read_bytes() == b"third"


def _fail(_: int) -> None:
    raise OSError("sync")


def test_folders_are_made_for_us_alone(tmp_path: Path) -> None:
    """Every folder that is made on the way has mode 0700; those that are there stay."""
    make_folders(tmp_path / "a" / "b" / "c")
    make_folders(tmp_path / "a" / "b" / "c")
    for path in (tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"):
        assert path.stat().st_mode & 0o777 == 0o700
