"""Webhooks over HTTP: where they go, and where never."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from penstock.adapters.hooks import HttpReceiver
from penstock.ports import Undelivered
from tests.support.changes import Slow
from tests.support.hooks import SECRET
from tests.support.receiver import WebhookReceiver, receiving

PRIVATE = "a private address"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as served:
        yield served


@pytest.fixture
async def sender() -> AsyncIterator[HttpReceiver]:
    """One that goes to private addresses, too, as that of the tests is."""
    made = HttpReceiver(private=True, timeout=1.0)
    yield made
    await made.close()


@pytest.fixture
async def careful() -> AsyncIterator[HttpReceiver]:
    made = HttpReceiver(private=False, timeout=1.0)
    yield made
    await made.close()


Resolve = Callable[[list[list[str]]], list[str]]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Lets names lead to these addresses, each time they are looked up to the next of them; which names that were."""

    def lead(answers: list[list[str]]) -> list[str]:
        asked: list[str] = []

        async def getaddrinfo(_: Any, host: str, port: int, **__: Any) -> list[Any]:
            asked.append(host)
            found = answers[min(len(asked), len(answers)) - 1]
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in address], socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo)
        return asked

    return lead


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where connections are made to; nothing leaves this machine."""
    made: list[str] = []

    async def connect(_: Any, host: str, *__: Any) -> Any:
        made.append(host)
        raise httpcore_refused()

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", connect)
    return made


def httpcore_refused() -> Exception:
    import httpcore

    return httpcore.ConnectError("not in a test")


async def post(sender: HttpReceiver, url: str) -> int:
    return await sender.post(url, [SECRET], "event", b'{"id":"event"}')


async def test_it_is_sent_and_signed(sender: HttpReceiver, receiver: WebhookReceiver) -> None:
    """The body arrives as it is, under the id of its event, with the host of its address."""
    for _ in range(2):
        assert await post(sender, receiver.url) == 204
    for heard in receiver.heard:
        assert (heard.body, heard.id, heard.headers["content-type"]) == (
            b'{"id":"event"}',
            "event",
            "application/json",
        )
        assert heard.headers["host"] in receiver.url
        assert heard.headers["webhook-signature"].startswith("v1,")


async def test_a_redirect_is_not_followed(sender: HttpReceiver, receiver: WebhookReceiver) -> None:
    """What is answered is its status, and nobody goes where it leads."""
    receiver.answer = lambda _: (307, {"Location": receiver.url})
    assert await post(sender, receiver.url) == 307
    assert len(receiver.heard) == 1


async def test_a_slow_one_has_its_time(sender: HttpReceiver, receiver: WebhookReceiver) -> None:
    """Whoever does not answer in time has not heard it."""
    receiver.answer = Slow(2)
    with pytest.raises(Undelivered, match="within 1 s"):
        await post(sender, receiver.url)


async def test_an_endless_answer_is_not_read(sender: HttpReceiver) -> None:
    """What an answer says does not matter, however much that is."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                await writer.drain()
        except OSError:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await post(sender, f"http://127.0.0.1:{port}/") == 200


@pytest.mark.parametrize("where", ["http://127.0.0.1:9/", "http://[::1]:9/", "http://localhost:9/", "http://0x7f.1:9/"])
async def test_never_to_a_private_address(careful: HttpReceiver, connected: list[str], where: str) -> None:
    """However it is written, and whatever it was when it was saved."""
    with pytest.raises(Undelivered, match=PRIVATE):
        await post(careful, where)
    assert connected == []


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1%lo", "64:ff9b::a00:1"])
async def test_a_name_that_leads_to_one(
    careful: HttpReceiver, resolving: Resolve, connected: list[str], address: str
) -> None:
    """A name is what it leads to."""
    resolving([[address]])
    with pytest.raises(Undelivered, match=PRIVATE):
        await post(careful, "https://hooks.example/")
    assert connected == []


async def test_a_name_that_changes(careful: HttpReceiver, resolving: Resolve, connected: list[str]) -> None:
    """A name is looked up once for each connection, which goes to the address that was found good: what the name leads
    to a moment later makes no difference, and to the next connection it does.
    """
    asked = resolving([["1.1.1.1"], ["127.0.0.1"]])
    with pytest.raises(Undelivered, match="not in a test"):
        await post(careful, "https://hooks.example/")
    assert (asked, connected) == (["hooks.example"], ["1.1.1.1"])
    with pytest.raises(Undelivered, match=PRIVATE):
        await post(careful, "https://hooks.example/")
    assert (asked, connected) == (["hooks.example"] * 2, ["1.1.1.1"])


async def test_of_several_addresses_the_good_ones(
    careful: HttpReceiver, resolving: Resolve, connected: list[str]
) -> None:
    """Each address of a name is looked at by itself, and each good one is tried."""
    resolving([["127.0.0.1", "1.1.1.1", "::1", "2606:4700::1111"]])
    with pytest.raises(Undelivered, match="not in a test"):
        await post(careful, "https://hooks.example/")
    assert connected == ["1.1.1.1", "2606:4700::1111"]


async def test_no_proxy_of_the_environment(
    careful: HttpReceiver, receiver: WebhookReceiver, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would connect to anywhere."""
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, receiver.url)
    with pytest.raises(Undelivered, match=PRIVATE):
        await post(careful, "http://127.0.0.1:9/")
    assert (connected, receiver.heard) == ([], [])


@pytest.mark.parametrize(
    "url", ["http://no-such-name.invalid/", "gopher://1.1.1.1/", "http:///", "http://127.0.0.1:9/"]
)
async def test_nobody_there(sender: HttpReceiver, url: str) -> None:
    """Where nobody can be told, that is said."""
    with pytest.raises(Undelivered):
        await post(sender, url)
