"""What was answered with success is buried in the chain of a real node, whatever the node forgets: whole, paid once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from penstock.model.chain import Network
from tests.support.bytes import noise
from tests.support.chains.node import real_node
from tests.support.chains.plant import DEEP, OLD, Plant

pytestmark = pytest.mark.long

LARGE = (2 << 20) + 1000
"""Two chunks."""


@contextmanager
def planted(folder: Path, *flags: str) -> Iterator[Plant]:
    """A server on a node, with a coin."""
    with real_node(folder / "node", *flags) as node:
        made = Plant(node, folder)
        try:
            made.server.start()
            made.fund()
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """On a node without an index of transactions."""
    with planted(tmp_path_factory.mktemp("chain")) as made:
        yield made


def test_what_is_forgotten_is_buried_in_the_end(plant: Plant) -> None:
    """Forgotten twice while the server runs, and once while it does not."""
    plant.direct(noise(3000, 1))
    plant.chunked(noise(LARGE, 2))
    for _ in range(2):
        plant.node.forget()
        plant.waits(*plant.planned())
    plant.server.kill()
    plant.node.forget()
    plant.server.start()
    plant.waits(*plant.planned())
    plant.bury()


def test_a_turned_chain(plant: Plant) -> None:
    """Three blocks are turned away, with what was in them and without it."""
    plant.direct(noise(3000, 3))
    plant.chunked(noise(LARGE, 4))
    for keep in (True, False):
        for _ in range(3):
            plant.node.mine(1)
        plant.node.turn(3, keep=keep)
    plant.bury()


def test_killed_in_the_middle_while_blocks_come(plant: Plant) -> None:
    """The server is killed in the middle of a task, and the node mines what it has; after the start it goes on."""
    content = noise(10 << 20, 5)
    task = plant.submit(content)
    plant.begun(task, 2)
    plant.server.kill()
    plant.node.mine(2)
    plant.server.start()
    plant.completed(task, content)
    plant.bury()


def test_a_coin_that_somebody_else_has_spent(plant: Plant) -> None:
    """Nobody hears of it, whether that is mined already or not: another one is taken."""
    plant.fund(2)
    for seed, mined in ((6, 0), (7, 1)):
        plant.spend(plant.free()[0])
        plant.node.mine(mined)
        plant.direct(noise(3000, seed))
    plant.bury()


def test_a_coin_that_is_there_after_all(plant: Plant) -> None:
    """What had spent it is forgotten, and the wallet has it again when it looks."""
    plant.fund()
    plant.spend(plant.free()[0])
    plant.direct(noise(3000, 19))
    plant.node.forget()
    plant.server.command("wallet", "balance")
    plant.bury()


def test_a_conflict_that_is_buried(plant: Plant) -> None:
    """What was answered with success fails when its coin is spent by something else that is buried; a retry pays anew,
    and what was paid for with its change comes into a block all the same.
    """
    plant.fund(2)
    contents = noise(3000, 8), noise(LARGE, 9)
    direct = plant.direct(contents[0])
    task = plant.submit(contents[1])
    index = plant.completed(task, contents[1])
    plant.server.kill()
    plant.node.forget()
    plant.spend(plant.coin_of(direct))
    plant.node.mine(DEEP)
    plant.server.start()
    plant.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM publications WHERE failed_at IS NOT NULL)")
    del plant.made[direct], plant.made[index]
    plant.direct(contents[0])
    plant.retry(task)
    plant.completed(task, contents[1])
    plant.bury()


@pytest.mark.on_folder("a cluster is backed up by the means of its database and its store")
def test_a_backup_that_is_brought_back(plant: Plant) -> None:
    """After a rescan the same upload answers the same transaction and pays nothing, what was under way when the copy
    was made is what it became, and the next publication works.
    """
    contents = [noise(3000, 10), noise(3000, 11), noise(LARGE, 12), noise(6 << 20, 13)]
    task = plant.submit(contents[3])
    plant.begun(task, 1)
    plant.server.kill()
    backup = plant.server.data.with_suffix(".backup")
    copytree(plant.server.data, backup)
    plant.server.start()
    made = [plant.direct(contents[0]), plant.direct(contents[1]), plant.chunked(contents[2])]
    made.append(plant.completed(task, contents[3]))
    plant.node.mine(1)
    made.append(plant.direct(noise(3000, 14)))
    plant.server.stop()
    rmtree(plant.server.data)
    backup.rename(plant.server.data)
    plant.server.command("wallet", "rescan")
    plant.server.start()
    again = [plant.direct(contents[0]), plant.direct(contents[1]), plant.chunked(contents[2])]
    assert [*again, plant.completed(task, contents[3]), plant.direct(noise(3000, 14))] == made
    plant.direct(noise(3000, 15))
    plant.bury()


def test_a_coinbase_that_is_too_young(plant: Plant) -> None:
    """It is pending, and is free once it is old enough."""
    folder = plant.server.data.parent / "poor"
    folder.mkdir()
    poor = Plant(plant.node, folder)
    poor.server.start()
    [block] = poor.node.mine(1, poor.key.address(Network.TESTNET).text)
    poor.server.command("wallet", "fund", poor.coinbase(block).txid)
    assert "pending" in poor.server.command("wallet", "balance")
    assert poor.post(noise(3000, 16)).json()["code"] == 1006
    poor.node.mine(OLD)
    poor.until("SELECT 1 FROM coins WHERE state = 'unripe'")
    poor.direct(noise(3000, 16))
    poor.bury()
    poor.close()


def test_a_fee_that_has_risen_in_the_middle(plant: Plant) -> None:
    """The task says what rate would do, and at that rate what the chain has not taken is built anew."""
    content = noise(10 << 20, 20)
    task = plant.submit(content)
    plant.begun(task, 2)
    plant.server.kill()
    plant.node.mine(1)
    plant.node.forget("-minrelaytxfee=0.00002")
    plant.server.start()
    failed = plant.finished(task)
    assert failed["message"].endswith("insufficient priority; retry with a feeRate of at least 2"), failed
    plant.retry(task, feeRate=2)
    plant.completed(task, content)
    plant.node.forget()
    plant.bury()


def test_what_the_server_reads_back(tmp_path: Path) -> None:
    """On a node with an index of transactions the server itself reads back whatever is buried."""
    with planted(tmp_path, "-txindex=1") as plant:
        plant.direct(noise(3000, 17))
        plant.chunked(noise(LARGE, 17))
        plant.node.forget()
        plant.bury()
        for txid, content in plant.made.items():
            assert plant.content(f"{txid}i0").content == content


def test_what_a_node_without_an_index_lacks(plant: Plant) -> None:
    """Chunks that are mined it cannot find, which is said: ask again, elsewhere perhaps."""
    txid = plant.chunked(noise(LARGE, 18))
    plant.bury()
    answer = plant.content(f"{txid}i0")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "lacks the chunk" in answer.text
