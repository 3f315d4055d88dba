"""A store on the disk: the path of its database, and maintenance while no server runs."""

from pathlib import Path

from penstock.adapters.disk import DiskKeys, DiskReserve, Folder
from penstock.adapters.disk.folder import move_durably
from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.opening import upgrade
from penstock.ports import Heard
from penstock.settings import Settings


def database_path(settings: Settings, folder: Folder) -> Path:
    """The path of the database. Raises `DatabaseRefused` for a URL that is not `sqlite:///PATH`."""
    if not settings.database:
        return folder.database
    if not settings.database.startswith("sqlite:///"):
        raise DatabaseRefused(f"{settings.database}: a database is named sqlite:///PATH.")
    return Path(settings.database.removeprefix("sqlite:///"))


def refuse_missing(path: Path, folder: Folder, *, make: bool) -> None:
    """Raise `DatabaseRefused` where an empty database would replace a lost one: its blobs would have no records, and be
    collected as orphans.
    """
    if path.exists() or (make and not any((folder.path / "blobs").glob("*/*/*"))):
        return
    raise DatabaseRefused(f"There is no database {path}, and {folder.path} is a store. Bring it back from a backup.")


def open_reserve(path: Path, size: int) -> DiskReserve:
    """The disk reserve, with its last part released if opening the database needs it."""
    try:
        reserve = DiskReserve(path.with_name(f"{path.name}-reserve"), size)
        reserve.open_up()
    except FileNotFoundError as error:
        raise DatabaseRefused(f"{path}: there is no folder {path.parent}.") from error
    return reserve


def migrate_store(settings: Settings, heard: Heard) -> tuple[int, int, Path | None]:
    """Migrate the database to the current schema; returns the versions before and after, and the path of a copy of the
    old database, if it changed. Raises `FolderRefused`, and `DatabaseRefused` for a file that is no database, a
    newer one, and one that cannot be copied.
    """
    with Folder(settings.folder, alone=True, make=False) as folder:
        path = database_path(settings, folder)
        refuse_missing(path, folder, make=False)
        open_reserve(path, settings.reserve)
        return upgrade(path, move_durably, heard)


def rotate_keys(settings: Settings, *, keep: bool) -> None:
    """Rotate the signing key; without `keep` every URL signed so far becomes invalid."""
    with Folder(settings.folder, make=False) as folder:
        DiskKeys(folder.path).rotate(keep=keep)
