"""`penstock wallet`."""

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, Json, SecretFile, print_listing, settings, with_container
from penstock.cli.refusals import ChainRefused, in_words
from penstock.model.audit import COMMAND_LINE, Act
from penstock.model.chain import COIN, TxId

if TYPE_CHECKING:
    from penstock.bootstrap import Container, PublishingServices
    from penstock.ports import Balance
    from penstock.publishing.rescan import Result

app = typer.Typer(help="What pays for publications.", no_args_is_help=True)


@app.command()
def new(data: Data = None, database: Database = None, secret_file: SecretFile = None) -> None:
    """Make the wallet's key and print its address. A wallet that is there already is left alone."""
    print(with_container(settings(data, database, secret_file=secret_file), _new))


@app.command()
def address(data: Data = None, database: Database = None, secret_file: SecretFile = None) -> None:
    """Print the address that the wallet is paid at, alone."""
    print(with_container(settings(data, database, secret_file=secret_file), _address))


@app.command()
def balance(
    data: Data = None, database: Database = None, secret_file: SecretFile = None, as_json: Json = False
) -> None:
    """Ask the chain, and show what the wallet has, in coins and in satoshi."""
    balance = with_container(settings(data, database, secret_file=secret_file), _balance)
    amounts = {name: getattr(balance, name) for name in ("free", "held", "pending")}
    rows = [(name, f"{value / COIN:.8f}", value) for name, value in amounts.items()]
    print_listing(("state", "coins", "satoshi"), rows, as_json)


@app.command("fund")
def fund_wallet(
    txid: Annotated[
        str | None, typer.Argument(metavar="[TXID]", help="The transaction that paid, for a chain behind a node.")
    ] = None,
    data: Data = None,
    database: Database = None,
    secret_file: SecretFile = None,
) -> None:
    """On the embedded chain: 100 coins from its faucet. On a real one: take up what somebody sent."""
    came = with_container(
        settings(data, database, secret_file=secret_file),
        lambda container: _funded(container, TxId(txid) if txid else None),
    )
    print(f"{came} new {'coin' if came == 1 else 'coins'}")


@app.command()
def rescan(
    start: Annotated[
        int | None, typer.Option("--from", min=0, metavar="HEIGHT", help="The first block to read.", show_default="0")
    ] = None,
    data: Data = None,
    database: Database = None,
    secret_file: SecretFile = None,
) -> None:
    """Read the chain anew, for books that are older than the chain: the wallet's coins, and the publications that it
    paid for. It may be interrupted, and goes on where it was.
    """
    rescan = with_container(
        settings(data, database, secret_file=secret_file), lambda container: _rescanned(container, start)
    )
    print(f"{rescan.coins} new coins, {rescan.publications} new publications")


async def _rescanned(container: "Container", start: int | None) -> "Result":
    from penstock.cli.progress import counted

    with in_words(), counted("reading blocks") as heard:
        result = await container.publishing.rescan.run(start, heard)
    await container.engine.audit.note(
        COMMAND_LINE, Act.WALLET_USED, "rescan", f"{result.coins} new coins, {result.publications} new publications"
    )
    return result


async def _new(container: "Container") -> str:
    if await container.publishing.vault.exists():
        raise ChainRefused("There is a wallet already; whoever needs another one moves wallet.json away.")
    address = await _address(container)
    await container.engine.audit.note(COMMAND_LINE, Act.WALLET_USED, address, "a new key")
    return address


async def _funded(container: "Container", txid: TxId | None) -> int:
    came = await fund(container.publishing, txid)
    await container.engine.audit.note(COMMAND_LINE, Act.WALLET_USED, txid or "", f"{came} new coins")
    return came


async def fund(publishing: "PublishingServices", txid: TxId | None) -> int:
    """Let the faucet of the embedded chain pay the wallet, or take up what was paid on another one; returns how many
    coins came. Raises `ChainRefused`, `WalletLocked`.
    """
    wallet = publishing.publisher.wallet
    if publishing.devchain is not None and txid is not None:
        raise ChainRefused("The embedded chain has a faucet; it takes no transaction's id.")
    with in_words():
        if publishing.devchain is not None:
            await publishing.devchain.fund(await wallet.address())
        return await wallet.receive(txid) if txid is not None else await wallet.refresh()


async def _address(container: "Container") -> str:
    return (await container.publishing.publisher.wallet.address()).text


async def _balance(container: "Container") -> "Balance":
    wallet = container.publishing.publisher.wallet
    with in_words():
        await wallet.refresh()
    return await wallet.balance()
