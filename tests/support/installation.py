"""An installation that has something of everything, and what its users see of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from penstock.bootstrap import application, open_container, running
from penstock.settings import settings_type
from tests.dialects.files.client import send_file
from tests.dialects.instant.client import Instant
from tests.dialects.metaid.client import content, direct, fund
from tests.dialects.oss.client import image, process
from tests.dialects.scratch.client import Scratch
from tests.support.backing import FolderPlace
from tests.support.bytes import noise
from tests.support.pictures import photo
from tests.support.server import People, Server

EVERYTHING: dict[str, Any] = {"dialects": ("scratch", "instant", "files", "oss", "metaid"), "open": ("metaid",)}
"""What a server of it speaks."""

AGAIN = [noise(70_000, "instant"), b"end"]


@dataclass
class Installation:
    """What was put into it: addresses that a user opens, those that anybody does, a session's token and a PIN."""

    opened: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    session: str = ""
    pin: str = ""


async def grow_up(server: Server) -> Installation:
    """Put something of everything into a server's store."""
    made, alice = Installation(), server.alice
    await send_file(alice, b"to be thrown away", "old.bin")
    await server.container.storage.upkeep.trash_older(0)
    file = await Scratch(alice, [noise(300_000, "one"), noise(300_000, "two"), b""], key="whole").whole()
    made.opened.append(f"/api/scratch/download/{file['id']}")
    for size in (0, 1, 100_000, 3_000_000):
        sent = await send_file(alice, noise(size, "files"), "名字.bin")
        made.opened.append(f"/api/files/{sent['id']}/download")
    await Instant(alice, AGAIN, key="instant").whole()
    made.opened.append("/api/file/download/instant")
    picture = await image(alice, photo(640, 480))
    made.signed += [picture["path"], picture["thumbnailPath"]]
    variant = await process(alice, photo(640, 480), width=80)
    made.signed.append(variant.json()["data"]["path"])
    payload = {"username": "alice", "password": "a password"}
    await server.anyone.post("/api/auth/login", json=payload | {"password": "wrong"})
    made.session = (await server.anyone.post("/api/auth/login", json=payload)).json()["data"]["accessToken"]
    await fund(server)
    made.pin = f"{(await direct(alice, noise(5000, 'published')))['txId']}i0"
    assert (await Scratch(alice, [b"begun", b"never ended"], key="unfinished").send(0)).is_success
    await server.settle()
    return made


async def seen(server: Server, made: Installation) -> dict[str, Any]:
    """What its users see."""
    session = server.caller(server_session := made.session)
    answers = {address: await server.alice.get(address) for address in made.opened}
    answers |= {address: await server.anyone.get(address) for address in made.signed}
    answers |= {server_session: await session.get(made.opened[1]), made.pin: await content(server.anyone, made.pin)}
    assert {answer.status_code for answer in answers.values()} == {200}, _statuses(answers)
    claimed = await Instant(server.alice, AGAIN, key="instant").claim()
    wallet = server.container.publishing.publisher.wallet
    return {name: answer.content for name, answer in answers.items()} | {
        "claimed": claimed.json(),
        "wallet": (await wallet.address()).text,
        "balance": await wallet.balance(),
        "bob's": [(await server.bob.get(address)).status_code for address in made.opened],
    }


def _statuses(answers: dict[str, httpx.Response]) -> dict[str, int]:
    return {name: answer.status_code for name, answer in answers.items()}


@asynccontextmanager
async def serving(people: People, **settings: Any) -> AsyncIterator[Server]:
    """A server on an installation that is there."""
    defaults: dict[str, Any] = {"min_free": 0, "reserve": 0, "durability": "process", "upkeep_interval": 3600.0}
    container = await asyncio.to_thread(
        lambda: open_container(settings_type()(**{**defaults, **EVERYTHING, **settings}), make=False)
    )
    try:
        await container.storage.check()
    except BaseException:
        await container.close()
        raise
    async with running(container):
        yield Server(container, application(container), people, FolderPlace(container.settings.folder))
