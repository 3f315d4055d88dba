"""`python -m cluster.soak`: clients of every dialect on a cluster whose programs are killed, and nothing is lost."""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cluster.clients import PUBLICATIONS, UPLOADS, Lost, Nodes, Refused, Send, Sending, download
from cluster.cluster import Cluster
from cluster.programs import Missing, Program

CLIENTS = 16
PUBLISHERS = 2
"""How many of the clients publish: every address may begin a hundred publications a minute (metaid.md, 速率限制)."""

EVERY = 20.0
"""The time between two kills, in seconds."""

PAUSES = (0.2, 1.5)
"""How long a client rests between two files, in seconds: this is no test of speed."""

SIZES = ((20_000, 7), (300_000, 4), (1 << 20, 3), (5 << 20, 2))
"""The size of a file's parts, and how many there are at most. An S3 store copies no part below 5 MiB."""

WEIGHTS = (6, 4, 2, 1)


class Kept(NamedTuple):
    """A file that was acknowledged: its path, and what its bytes are made from again."""

    path: str
    seed: str
    part: int
    size: int


@dataclass
class Report:
    """What a soak came to. `wrong` and `lost` are sentences."""

    kept: list[Kept] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)
    blows: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """The last line."""
        why = ", ".join(f"{count} {reason}" for reason, count in self.retries.most_common()) or "none"
        blows = ", ".join(f"{count} {blow}" for blow, count in self.blows.items())
        return (
            f"{len(self.kept)} files, {len(self.lost)} lost, {len(self.wrong)} wrong; "
            f"sent again after: {why}; done to it: {blows}"
        )


class Soak:
    """Clients, and what is done to the cluster meanwhile."""

    def __init__(self, cluster: Cluster, seconds: float, say: Callable[[str], object]) -> None:
        """`say` is told of the progress."""
        self._cluster = cluster
        self._seconds = seconds
        self._say = say
        self._began = time.monotonic()
        self.report = Report()

    async def run(self) -> Report:
        """Let the clients work for this long, then download and compare everything."""
        token = await asyncio.to_thread(self._cluster.token, "soak")
        await asyncio.to_thread(self._cluster.command, "wallet", "fund")
        self._began = time.monotonic()
        blows = asyncio.create_task(self._strike())
        telling = asyncio.create_task(self._tell())
        try:
            await asyncio.gather(*(self._client(number, token) for number in range(CLIENTS)))
            await blows
            await self._compare(token)
        finally:
            blows.cancel()
            telling.cancel()
        return self.report

    @property
    def _over(self) -> float:
        """How much of the time is over, from 0."""
        return (time.monotonic() - self._began) / self._seconds

    # --- clients -----------------------------------------------------------------------------------------------------

    async def _client(self, number: int, token: str) -> None:
        """One file after the other. Even clients come through the proxy, odd ones to each node in turn."""
        dice = random.Random(number)
        nodes = Nodes(self._addresses(number), token, retries=self.report.retries)
        sends = list((PUBLICATIONS if number < PUBLISHERS else UPLOADS).items())
        count = number
        while self._over < 1:
            dialect, send = sends[count % len(sends)]
            await self._one_file(nodes, send, f"{dialect}-{number}-{count}", dice, publish=number < PUBLISHERS)
            await asyncio.sleep(dice.uniform(*PAUSES) * (5 if number < PUBLISHERS else 1))
            count += 1
        await nodes.close()

    async def _one_file(self, nodes: Nodes, send: Send, name: str, dice: random.Random, *, publish: bool) -> None:
        part, most = (50_000, 4) if publish else dice.choices(SIZES, WEIGHTS)[0]
        size = part * dice.randrange(most) + dice.randint(1, part)
        content = _content(name, size)
        parts = [content[start : start + part] for start in range(0, size, part)]
        try:
            path = await send(Sending(nodes, name, parts))
        except (Lost, Refused) as error:
            self.report.lost.append(f"{name}: {error}")
            self._say(self.report.lost[-1])
        else:
            self.report.kept.append(Kept(path, name, part, size))

    def _addresses(self, number: int) -> list[str]:
        if number % 2 == 0:
            return [self._cluster.url]
        urls = [node.url for node in self._cluster.nodes]
        return urls[number % len(urls) :] + urls[: number % len(urls)]

    async def _compare(self, token: str) -> None:
        """Download everything from each node in turn, a few files at once."""
        urls = [node.url for node in self._cluster.nodes]
        nodes = Nodes(urls, token, patience=30, retries=self.report.retries)
        turns = asyncio.Semaphore(4)

        async def compare(kept: Kept) -> None:
            try:
                async with turns:
                    got = await download(nodes, kept.path)
            except Refused as error:
                self.report.lost.append(f"{kept.seed}: {error}")
                return
            if got is None:
                self.report.lost.append(f"{kept.seed}: it was acknowledged, and is not at {kept.path}")
            elif got != _content(kept.seed, kept.size):
                self.report.wrong.append(f"{kept.seed}: other bytes at {kept.path}")

        await asyncio.gather(*map(compare, self.report.kept))
        await nodes.close()

    # --- blows -------------------------------------------------------------------------------------------------------

    async def _strike(self) -> None:
        """Kill a node every so often and start it again; after it, what is due and happens once."""
        once = deque(self._once())
        for node in itertools.cycle(self._cluster.nodes):
            await asyncio.sleep(EVERY)
            if self._over >= 1:
                return
            await self._killed("nodes killed", node)
            while once and self._over >= once[0][0]:
                _, blow = once.popleft()
                await blow()

    def _once(self) -> Sequence[tuple[float, Callable[[], Awaitable[None]]]]:
        cluster = self._cluster
        return (
            (0.15, lambda: self._killed("Redis killed", cluster.redis)),
            (0.3, lambda: self._restarted("PostgreSQL restarted", cluster.postgres)),
            (0.5, self._roll),
            (0.65, lambda: self._killed("the store killed", cluster.store)),
            (0.8, lambda: self._killed("PostgreSQL killed", cluster.postgres)),
        )

    async def _killed(self, what: str, program: Program) -> None:
        self.report.blows[what] += 1
        await asyncio.to_thread(program.kill)
        await asyncio.to_thread(program.start)

    async def _restarted(self, what: str, program: Program) -> None:
        self.report.blows[what] += 1
        await asyncio.to_thread(program.stop)
        await asyncio.to_thread(program.start)

    async def _roll(self) -> None:
        for node in self._cluster.nodes:
            await self._restarted("nodes restarted in order", node)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(10)
            report = self.report
            self._say(
                f"{time.monotonic() - self._began:5.0f} s: {len(report.kept)} files, "
                f"{sum(report.retries.values())} calls sent again, {sum(report.blows.values())} blows"
            )


def _content(seed: str, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def soak(folder: Path, minutes: float, say: Callable[[str], object] = print) -> Report:
    """Soak a cluster of its own in `folder`. Raises `Missing`."""
    with Cluster(folder, settings={"LOG_LEVEL": "warning"}) as cluster:
        return asyncio.run(Soak(cluster, 60 * minutes, say).run())


def main(arguments: Sequence[str]) -> int:
    """Soak as long as is asked; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m cluster.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    minutes = parser.parse_args(arguments).minutes
    with tempfile.TemporaryDirectory(prefix="penstock-soak-", ignore_cleanup_errors=True) as folder:
        try:
            report = soak(Path(folder), minutes, lambda text: print(text, flush=True))
        except Missing as missing:
            print(f"{missing} is missing: see 'A cluster to try' in docs/deploy.md.", file=sys.stderr)
            return 1
    print(report)
    return 1 if report.lost or report.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
