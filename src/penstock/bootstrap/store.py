"""A store on the disk: the path of its database, and maintenance while no server runs."""

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from penstock.adapters.disk import DiskReserve, Folder
from penstock.adapters.disk.folder import move_durably
from penstock.adapters.sql.database import DatabaseRefused
from penstock.adapters.sql.opening import upgrade
from penstock.pools import run_apart
from penstock.ports import Heard
from penstock.settings import Settings


def is_shared(settings: Settings) -> bool:
    """Whether the database is one that many nodes share."""
    return settings.database.startswith(("postgresql://", "postgres://"))


def database_path(settings: Settings, folder: Folder) -> Path:
    """The path of a database that is a file. Raises `DatabaseRefused` for a URL that is not `sqlite:///PATH`."""
    if not settings.database:
        return folder.database
    if not settings.database.startswith("sqlite:///"):
        scheme = settings.database.partition(":")[0]
        raise DatabaseRefused(f"{scheme}: a database is named sqlite:///PATH or postgresql://USER@HOST/NAME.")
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
    newer one, and one that cannot be copied. One that nodes share is not copied, and may be in use.
    """
    if is_shared(settings):
        from penstock.adapters.sql.postgresql import upgrade as upgrade_shared

        return *run_apart(upgrade_shared(settings.database, pooled=settings.database_pooled, heard=heard)), None
    with Folder(settings.folder, alone=True, make=False) as folder:
        path = database_path(settings, folder)
        refuse_missing(path, folder, make=False)
        open_reserve(path, settings.reserve)
        return upgrade(path, move_durably, heard)


def open_folder(settings: Settings, *, make: bool) -> Folder:
    """The data folder. Raises `FolderRefused`. Where records are shared, a command that finds none has one for as long
    as it runs: it may need no bytes, and if it does, they are looked for (`Storage.check`).
    """
    if make or not is_shared(settings) or (settings.folder / "format").exists():
        return Folder(settings.folder, make=make)
    return PassingFolder(Path(mkdtemp(prefix="penstock-")))


class PassingFolder(Folder):
    """A folder that goes with its use."""

    def close(self) -> None:
        """Let go of it, and remove it."""
        super().close()
        rmtree(self.path, ignore_errors=True)
