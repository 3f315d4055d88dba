"""`penstock backup` and `penstock restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, settings
from penstock.settings import load

if TYPE_CHECKING:
    from penstock.bootstrap import Copied


def backup(
    folder: Annotated[Path, typer.Argument(help="Where the backup is kept.", metavar="DIR")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Bring a backup up to date, while the server runs. Exit code 1 when a blob is missing or damaged."""
    import asyncio

    from penstock.bootstrap import back_up
    from penstock.cli.progress import progress

    with progress("backing up") as heard:
        copied = asyncio.run(back_up(settings(data, database), folder, heard))
    _tell(copied, f"{copied.new} of {copied.blobs} blobs were new ({copied.bytes} bytes); {copied.removed} removed")
    print("Unfinished uploads are not in it.")


def restore(
    folder: Annotated[Path, typer.Argument(help="The backup.", metavar="DIR")],
    data: Data = None,
) -> None:
    """Make a new store of a backup. Exit code 1 when a blob is missing or damaged."""
    from penstock.bootstrap import restore as restore_backup
    from penstock.cli.progress import progress

    target = load({"data": data}).folder
    with progress("restoring") as heard:
        copied = restore_backup(folder, target, heard)
    _tell(copied, f"{copied.new} blobs ({copied.bytes} bytes) in {target}")


def _tell(copied: "Copied", summary: str) -> None:
    for location in copied.wrong:
        print(f"{location}: missing or damaged")
    print(f"{summary}; {'every one verified' if not copied.wrong else f'{len(copied.wrong)} wrong'}")
    if copied.wrong:
        raise typer.Exit(1)
