"""`penstock copy`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, SecretFile, settings
from penstock.model.faults import Refusal

if TYPE_CHECKING:
    from penstock.bootstrap.copy_records import CopiedRecords
    from penstock.engine.relocation import Relocated

_POSTGRES = ("postgresql://", "postgres://")
_SQLITE = "sqlite:///"


class CopyRefused(Refusal):
    """The command makes no sense; the text says why."""


def copy(
    source: Annotated[
        str, typer.Option("--from", help="A database, or where bytes lie: a data folder or s3://….", metavar="URL")
    ],
    target: Annotated[str, typer.Option("--to", help="The same at another place.", metavar="URL")],
    data: Data = None,
    database: Database = None,
    secret_file: SecretFile = None,
) -> None:
    """Carry an installation to another database, or its bytes to another store, while no server runs. Exit code 1
    when something is missing or damaged. An interrupted run goes on where it was.
    """
    if _is_database(source) and _is_database(target):
        _copy_records(source, target, data, database, secret_file)
    elif _is_store(source) and _is_store(target):
        _copy_bytes(source, target, data, database)
    else:
        raise CopyRefused(
            "Copy a database (sqlite:///PATH, postgresql://…) to a database, or bytes (a data folder, s3://…) to bytes."
        )


def _copy_records(source: str, target: str, data: str | None, database: str | None, secret_file: str | None) -> None:
    import asyncio

    from penstock.bootstrap.copy_records import grow, shrink
    from penstock.cli.progress import counted_stages

    if database is not None:
        raise CopyRefused("--database says where the records are when bytes are copied; here it is --from and --to.")
    if source.startswith(_SQLITE) == target.startswith(_SQLITE):
        raise CopyRefused("Copy from SQLite to PostgreSQL, or back. Of one kind, its own tools make a copy.")
    path = Path((source if source.startswith(_SQLITE) else target).removeprefix(_SQLITE))
    chosen = settings(data or str(path.parent), None, secret_file=secret_file)
    with counted_stages() as heard:
        work = grow(chosen, path, target, heard) if source.startswith(_SQLITE) else shrink(chosen, source, path, heard)
        copied = asyncio.run(work)
    _tell_records(copied)


def _tell_records(copied: "CopiedRecords") -> None:
    if copied.finished and copied.different:
        raise CopyRefused(
            f"It was copied before, and one of the two was used since: they differ in {', '.join(copied.different)}. "
            "To copy anew, make an empty database."
        )
    if copied.different:
        raise CopyRefused(f"The copy differs in {', '.join(copied.different)}. Run the same command again.")
    before = "; it was copied before" if copied.finished else ", with the keys and the wallet"
    print(f"{copied.rows} records in {copied.tables} tables are the same in both{before}")


def _copy_bytes(source: str, target: str, data: str | None, database: str | None) -> None:
    import asyncio

    from penstock.bootstrap.copy_bytes import copy_bytes
    from penstock.cli.progress import stages

    folders = [place for place in (source, target) if not place.startswith("s3://")]
    if len(folders) == 2:
        raise CopyRefused("A data folder is copied by `penstock backup`, or moved by `mv`.")
    if folders and data is not None and Path(data).absolute() != Path(folders[0]).absolute():
        raise CopyRefused(f"--data {data} is another folder than {folders[0]}.")
    chosen = settings(folders[0] if folders else data, database)
    with stages() as heard:
        relocated = asyncio.run(copy_bytes(chosen, _bucket(source), _bucket(target), heard))
    if relocated is None:
        print(f"The bytes lie in {target} already")
    else:
        _tell_bytes(source, relocated)


def _tell_bytes(source: str, relocated: "Relocated") -> None:
    for sha256 in relocated.damaged:
        print(f"blob {sha256}: missing or damaged")
    sound = f"{len(relocated.damaged)} wrong" if relocated.damaged else "every one verified"
    print(f"{relocated.brought} of {relocated.blobs} blobs were brought now ({relocated.bytes} bytes in all); {sound}")
    if relocated.unfinished:
        print(f"{relocated.unfinished} unfinished uploads have expired: their clients begin anew")
    print(f"What lies in {source} is as it was; no server uses it any more")
    if relocated.damaged:
        raise typer.Exit(1)


def _is_database(url: str) -> bool:
    return url.startswith((_SQLITE, *_POSTGRES))


def _bucket(place: str) -> str:
    """The URL of a bucket; nothing for a data folder."""
    return place if place.startswith("s3://") else ""


def _is_store(url: str) -> bool:
    return url.startswith("s3://") or "://" not in url
