"""`penstock backup` and `penstock restore`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from penstock.bootstrap import Copied, Heard, back_up
from penstock.bootstrap import restore as restore_backup
from penstock.cli.common import Data, Database, settings
from penstock.settings import load


def backup(
    folder: Annotated[Path, typer.Argument(help="Where the backup is kept.", metavar="DIR")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Bring a backup up to date, while the server runs. Exit code 1 when a blob is missing or damaged."""
    with _progress("backing up") as heard:
        copied = asyncio.run(back_up(settings(data, database), folder, heard))
    _tell(copied, f"{copied.new} of {copied.blobs} blobs were new ({copied.bytes} bytes); {copied.removed} removed")
    print("Unfinished uploads are not in it.")


def restore(
    folder: Annotated[Path, typer.Argument(help="The backup.", metavar="DIR")],
    data: Data = None,
) -> None:
    """Make a new store of a backup. Exit code 1 when a blob is missing or damaged."""
    target = load({"data": data}).folder
    with _progress("restoring") as heard:
        copied = restore_backup(folder, target, heard)
    _tell(copied, f"{copied.new} blobs ({copied.bytes} bytes) in {target}")


def _tell(copied: Copied, summary: str) -> None:
    for location in copied.wrong:
        print(f"{location}: missing or damaged")
    print(f"{summary}; {'every one verified' if not copied.wrong else f'{len(copied.wrong)} wrong'}")
    if copied.wrong:
        raise typer.Exit(1)


@contextmanager
def _progress(what: str) -> Iterator[Heard]:
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
