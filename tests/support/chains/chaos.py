"""By hand: `python -m tests.support.chains.chaos --events 300 [--seed N] [--txindex] [--workers N]`.

A live server on a real node, and whatever may happen to both while files are published; then quiet, until everything is
buried or has failed. The blocks are the witness of what became of what was promised.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from penstock.model.chain import Coin, Network, TxId
from penstock.publishing.plans import DUST
from tests.dialects.metaid.client import CHUNKED, DIRECT
from tests.support.bytes import noise
from tests.support.chains.node import NodeFailed, RealNode
from tests.support.chains.plant import OLD, PATIENCE, Blocks, Plant

COINS = 60
"""How many coins the wallet has."""

AGAIN = 0.2
"""After how many seconds a client asks again that was not answered."""

MAX_RUN = 900.0
"""How long, in seconds, everything may take to be buried or to fail."""


@dataclass
class Wish:
    """A file that somebody wants to be published, and what was said to it."""

    number: int
    content: bytes
    path: str
    promised: str = ""
    task: str = ""
    refused: str = ""

    @property
    def digest(self) -> str:
        """By which it is found."""
        return sha256(self.content).hexdigest()


@dataclass
class Chaos:
    """The events, and who publishes meanwhile."""

    plant: Plant
    rng: random.Random
    wishes: list[Wish] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    over: bool = False

    def run(self, events: int) -> None:
        """Let so many things happen."""
        kinds: dict[Callable[[], object], int] = {
            self.publish_direct: 35,
            self.publish_chunked: 12,
            self.mine: 18,
            self.forget: 9,
            self.reorganise: 9,
            self.kill: 8,
            self.stop_the_node: 4,
            self.spend: 5,
        }
        with ThreadPoolExecutor(4) as people:
            self.people, self.asking = people, list[Future[None]]()
            for _ in range(events):
                event = self.rng.choices(list(kinds), list(kinds.values()))[0]
                self.happened[event.__name__] += 1
                event()
                time.sleep(self.rng.choice((0, 0.05, 0.2, 0.6)))
            self.quieten()

    # --- events ------------------------------------------------------------------------------------------------------

    def publish_direct(self) -> None:
        self._ask(DIRECT, self.rng.randrange(400, 4000))

    def publish_chunked(self) -> None:
        self._ask(CHUNKED, self.rng.randrange(1 << 20, 7 << 20))

    def mine(self) -> None:
        self.plant.node.mine(1)

    def forget(self) -> None:
        self.plant.node.forget()

    def reorganise(self) -> None:
        self.plant.node.turn(self.rng.randint(1, 3), keep=self.rng.random() < 0.5)

    def kill(self) -> None:
        self.plant.server.kill()
        for behind in (self.mine, self.forget, self.reorganise):  # its back
            if self.rng.random() < 0.3:
                behind()
        self.plant.server.start()

    def stop_the_node(self) -> None:
        self.plant.node.stop()
        time.sleep(self.rng.uniform(0.2, 2))
        self.plant.node.start()

    def spend(self) -> None:
        """A free coin, the one that is next; or one that a publication has spent, which was forgotten."""
        if self.rng.random() < 0.5:
            self._spend("SELECT * FROM coins WHERE state = 'free' ORDER BY value")
            return
        self.plant.server.kill()
        self.plant.node.forget()
        self._spend(_UNBURIED_COINS)
        self.plant.server.start()

    def _spend(self, sql: str) -> None:
        """The first of these that is there to be spent."""
        for row in self.plant.rows(sql):
            try:
                self.plant.spend(Coin(TxId(row["txid"]), row["vout"], row["value"]))
            except NodeFailed:
                continue
            return

    # --- people ------------------------------------------------------------------------------------------------------

    def _ask(self, path: str, size: int) -> None:
        number = len(self.wishes)
        wish = Wish(number, noise(size, number), path)
        self.wishes.append(wish)
        self.asking.append(self.people.submit(self._persist, wish))

    def _persist(self, wish: Wish) -> None:
        """Ask until there is an answer: the same thing again, as clients do."""
        while True:
            try:
                answer = self.plant.post(wish.content, f"{wish.number}", wish.path)
                said = answer.json()
            except (httpx.TransportError, ValueError):
                said = {"code": -1, "message": "no answer"}
            if said["code"] == 0:
                wish.promised = said["data"].get("txId", "")
                wish.task = said["data"].get("taskId", "")
                wish.refused = ""
                return
            wish.refused = f"{said['code']} {said['message']} {said.get('data')}"
            if self.over:
                return
            time.sleep(AGAIN)

    # --- afterwards --------------------------------------------------------------------------------------------------

    def quieten(self) -> None:
        """Everybody is answered, and everything is buried or has failed."""
        print("quiet", flush=True)
        deadline = time.monotonic() + PATIENCE
        while not all(asked.done() for asked in self.asking):
            self.over = time.monotonic() > deadline
            time.sleep(0.1)
        for asked in self.asking:
            asked.result()
        self.settle()

    def settle(self) -> None:
        """Mine until nothing is left to wait for."""
        deadline = time.monotonic() + MAX_RUN
        while self.plant.rows(_OPEN) and time.monotonic() < deadline:
            self.plant.node.mine(1)
            time.sleep(1)

    def retry(self) -> None:
        """Whoever was told of a failure tries again."""
        self.asking.clear()
        self.over = False
        with ThreadPoolExecutor(1) as people:
            for wish in self.wishes:
                if wish.task and self.plant.task(wish.task)["status"] == "failed":
                    self.plant.retry(wish.task)
                elif wish.path == DIRECT:
                    self.asking.append(people.submit(self._persist, wish))
            self.quieten()

    def report(self, title: str, *, books: bool = False) -> bool:
        """What became of it all; whether nothing is wrong, with the `books`, too: coins that somebody else has spent
        and that nobody has chosen since stay on record until a rescan.
        """
        blocks = self.plant.blocks()
        published, chunks = blocks.published(), blocks.chunks()
        states = {row["sha256"]: row for row in self.plant.rows(_STATES)}
        counts: Counter[str] = Counter()
        for wish in self.wishes:
            times, state = published[wish.digest], states.get(wish.digest)
            promised = bool(wish.promised) or (state is not None and state["stage"] == "completed")
            reason = state["message"] if state is not None and state["failed_at"] is not None else None
            failed = reason is not None
            counts["promised"] += promised or failed
            counts["confirmed"] += times > 0 and not failed
            counts["failed with a reason"] += bool(reason)
            counts["never taken"] += bool(wish.refused)
            if times > 1:
                counts["paid twice"] += 1
                print("paid twice:", wish.number, wish.path, wish.digest)
            if times == 0 and not failed and not wish.refused:
                counts["lost"] += 1
                print("lost:", wish.number, wish.path, wish.digest, tuple(state) if state else None)
            if times > 0 and failed:
                counts["failed though it is there"] += 1
                print("failed though it is there:", wish.number, tuple(state) if state else None)
            if times and state is not None and not failed:
                self._check_content(wish, blocks, state, counts)
        counts["chunks paid twice"] = sum(times > 1 for times in chunks.values())
        self.plant.server.command("wallet", "balance")  # looks whether what was lost is there after all
        open_ = [tuple(row) for row in self.plant.rows(_OPEN)]
        lock = self.plant.key.address(Network.TESTNET).script
        there = {coin for coin in blocks.unspent(lock) if coin.value >= DUST}
        free = set(self.plant.free())
        wrong = ("paid twice", "lost", "wrong content", "failed though it is there")
        right = not (any(counts[name] for name in wrong) or open_ or (books and free != there))
        print(f"--- {title}: {dict(counts)}")
        print(f"open: {open_}")
        print(f"balance: {sum(c.value for c in free)} on record, {sum(c.value for c in there)} on the chain", end="; ")
        print(f"on record only {sorted(free - there, key=str)}, on the chain only {sorted(there - free, key=str)}")
        print("reasons:", Counter(row["message"][:60] for row in states.values() if row["failed_at"] is not None))
        sys.stdout.flush()
        return right

    def _check_content(self, wish: Wish, blocks: Blocks, state: Any, counts: Counter[str]) -> None:
        try:
            if blocks.content(f"{state['result']}i0") == wish.content:
                return
        except Exception as error:
            print("unreadable:", wish.number, wish.path, state["result"], repr(error))
        counts["wrong content"] += 1


_UNBURIED_COINS = """
SELECT * FROM coins WHERE state IN ('spent', 'held', 'inner') AND publication_id IN (
    SELECT id FROM publications WHERE buried_at IS NULL AND failed_at IS NULL
) ORDER BY RANDOM()
"""
_OPEN = "SELECT id, method, stage, message FROM publications WHERE buried_at IS NULL AND failed_at IS NULL"
_STATES = """
SELECT sha256, stage, failed_at, buried_at, message, (
    SELECT txid FROM plans WHERE publication_id = publications.plan_of AND role IN ('pin', 'index')
) AS result FROM publications ORDER BY created_at
"""


def main() -> int:
    """Run it, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    parser.add_argument("--txindex", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"seed {asked.seed}, in {folder}", flush=True)
    node = RealNode(folder / "node", f"-txindex={int(asked.txindex)}").start()
    plant = Plant(node, folder, workers=asked.workers)
    try:
        plant.server.start()
        node.mine(COINS, plant.key.address(Network.TESTNET).text)
        node.mine(OLD)
        plant.server.command("wallet", "rescan")
        chaos = Chaos(plant, random.Random(asked.seed))
        chaos.run(asked.events)
        print("happened:", dict(chaos.happened))
        right = chaos.report("after the events")
        chaos.retry()
        right &= chaos.report("after whoever failed tried again")
        plant.server.command("wallet", "rescan")
        right &= chaos.report("after a rescan", books=True)
        return 0 if right else 1
    finally:
        plant.close()
        node.close()


if __name__ == "__main__":
    sys.exit(main())
