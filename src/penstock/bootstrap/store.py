"""A store on the disk: where its database lies, and what is done to it while no server runs."""

from pathlib import Path

from penstock.adapters.disk import DiskKeys, Folder, Reserve
from penstock.adapters.disk.folder import move_durably
from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.opening import upgrade
from penstock.ports import Heard
from penstock.settings import Settings


def database_path(settings: Settings, folder: Folder) -> Path:
    """Where the database lies. Raises `DatabaseRefused` for a URL that is not `sqlite:///PATH`."""
    if not settings.database:
        return folder.database
    if not settings.database.startswith("sqlite:///"):
        raise DatabaseRefused(f"{settings.database}: a database is named sqlite:///PATH.")
    return Path(settings.database.removeprefix("sqlite:///"))


def refuse_missing(path: Path, folder: Folder, *, make: bool) -> None:
    """Raise `DatabaseRefused` where an empty database would take the place of one that is lost: it would know no blob,
    and what it does not know is collected as an orphan.
    """
    if path.exists() or (make and not any((folder.path / "blobs").glob("*/*/*"))):
        return
    raise DatabaseRefused(f"There is no database {path}, and {folder.path} is a store. Bring it back from a backup.")


def open_reserve(path: Path, size: int) -> Reserve:
    """The reserve beside the database, with its last part given up if the opening needs that."""
    try:
        reserve = Reserve(path.with_name(f"{path.name}-reserve"), size)
        reserve.open_up()
    except FileNotFoundError as error:
        raise DatabaseRefused(f"{path}: there is no folder {path.parent}.") from error
    return reserve


def migrate_store(settings: Settings, heard: Heard) -> tuple[int, int, Path | None]:
    """Bring the database to this code's schema; returns the versions before and after, and where a copy of the database
    as it was lies, when it changed. Raises `FolderRefused`, and `DatabaseRefused` for what is no database, for a newer
    one, and for one that cannot be copied.
    """
    with Folder(settings.folder, alone=True, make=False) as folder:
        path = database_path(settings, folder)
        refuse_missing(path, folder, make=False)
        open_reserve(path, settings.reserve)
        return upgrade(path, move_durably, heard)


def rotate_keys(settings: Settings, *, keep: bool) -> None:
    """Sign with a new key from now on; without `keep` every address that was signed so far is void."""
    with Folder(settings.folder, make=False) as folder:
        DiskKeys(folder.path).rotate(keep=keep)
