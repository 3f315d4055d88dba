"""`penstock chain`."""

import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, settings, with_container
from penstock.cli.refusals import ChainRefused, in_words
from penstock.model.chain import TxId

if TYPE_CHECKING:
    from penstock.bootstrap import Container

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
            with_container(settings(data, database), lambda container: _fetch(container, pin_id, draft))
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
    print(with_container(settings(data, database), lambda container: _transaction(container, TxId(txid))).hex())


async def _transaction(container: "Container", txid: TxId) -> bytes:
    with in_words():
        raw = await container.publishing.chain.transaction(txid)
    if raw is None:
        raise ChainRefused(f"The chain has no transaction {txid}.")
    return raw


async def _fetch(container: "Container", pin_id: str, file: IO[bytes]) -> None:
    from penstock.cli.progress import progress

    with in_words():
        content = await container.publishing.rebuilder.open(pin_id)
        with progress("fetching") as heard:
            async for piece in content.pieces:
                file.write(piece)
                heard(file.tell(), content.size)
    file.flush()
