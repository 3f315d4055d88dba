"""`penstock chain`."""

import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, settings, with_works

if TYPE_CHECKING:
    from penstock.bootstrap import Works

app = typer.Typer(help="What is on the chain.", no_args_is_help=True)


@app.command()
def fetch(
    pin_id: Annotated[str, typer.Argument(metavar="PINID", help="The PIN's id.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the file goes.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Rebuild a file from transactions alone. It is there whole, with every digest right, or not at all."""
    with tempfile.NamedTemporaryFile(prefix=f".{output.name}.", dir=output.parent, delete=False) as draft:
        try:
            with_works(settings(data, database), lambda works: _fetch(works, pin_id, draft))
            Path(draft.name).replace(output)
        finally:
            Path(draft.name).unlink(missing_ok=True)


@app.command()
def tx(
    txid: Annotated[str, typer.Argument(metavar="TXID", help="The transaction's id.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Print a raw transaction, in hex."""
    from penstock.bootstrap.press import read_transaction

    print(with_works(settings(data, database), lambda works: read_transaction(works.press, txid)).hex())


async def _fetch(works: "Works", pin_id: str, file: IO[bytes]) -> None:
    from penstock.bootstrap.press import in_words
    from penstock.cli.progress import progress

    with in_words():
        content = await works.press.rebuilder.open(pin_id)
        with progress("fetching") as heard:
            async for piece in content.pieces:
                file.write(piece)
                heard(file.tell(), content.size)
    file.flush()
