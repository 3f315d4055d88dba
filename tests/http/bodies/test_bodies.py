"""Bodies within bounds, and what a parameter may be."""

import asyncio
import threading
from typing import Any

import msgspec
import pytest
from starlette.requests import Request

from penstock.http.bodies import reading as bodies
from penstock.http.bodies.reading import Bodies
from penstock.http.bodies.values import plain_text, whole_number, within
from penstock.http.faults import BodyMalformed, BodyTooSlow
from penstock.model.faults import BodyCut, InputInvalid, TooLarge


class Shape(msgspec.Struct):
    """What the JSON of these tests may hold."""

    size: int = 0
    names: list[str] = []


def request_of(*messages: Any, length: str | None = None, pause: float = 0.0) -> Request:
    waiting = list(messages)

    async def receive() -> Any:
        await asyncio.sleep(pause)
        return waiting.pop(0)

    headers = [(b"content-length", length.encode())] if length is not None else []
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def body(content: bytes, more: bool = False) -> Any:
    return {"type": "http.request", "body": content, "more_body": more}


async def test_a_body_comes_in_pieces() -> None:
    """Pieces pass as they come; empty ones are left out."""
    request = request_of(body(b"a", True), body(b"", True), body(b"bc", True), body(b""))
    assert [piece async for piece in Bodies(9, 9).stream(request)] == [b"a", b"bc"]


async def test_a_body_that_is_cut_says_so() -> None:
    """A client that hangs up has not sent its body."""
    request = request_of(body(b"a", True), {"type": "http.disconnect"})
    with pytest.raises(BodyCut):
        await Bodies(9, 9).whole(request, 100)


@pytest.mark.parametrize("patience", [(0.01, 9.0), (9.0, 0.01)], ids=["idle", "total"])
async def test_patience_ends(patience: tuple[float, float]) -> None:
    """A pause longer than the one limit, or a body longer than the other, is given up."""
    with pytest.raises(BodyTooSlow):
        await Bodies(*patience).whole(request_of(*[body(b"a", True)] * 9, pause=0.05), 100)


@pytest.mark.parametrize(("size", "allowed"), [(1, False), (100, True)], ids=["dribbling", "slow"])
async def test_a_small_body_may_not_dribble(monkeypatch: pytest.MonkeyPatch, size: int, allowed: bool) -> None:
    """Bytes that come one by one end a small body soon; a client that is only slow is waited for."""
    monkeypatch.setattr(bodies, "SMALL_SECONDS", 0.1)
    monkeypatch.setattr(bodies, "SLOWEST", 400)
    request = request_of(*[body(b"x" * size, True)] * 9, body(b""), pause=0.05)
    if allowed:
        assert len(await Bodies(9, 9).whole(request, 1 << 20)) == 9 * size
    else:
        with pytest.raises(BodyTooSlow):
            await Bodies(9, 9).whole(request, 1 << 20)


@pytest.mark.parametrize(("names", "here"), [(10, True), (200_000, False)], ids=["small", "large"])
async def test_no_large_json_is_decoded_on_the_loop(names: int, here: bool) -> None:
    """A text above 256 KB is decoded on a thread of its own, right or wrong."""
    threads = set()

    class Noted(Shape):
        """Tells where it was made."""

        def __post_init__(self) -> None:
            threads.add(threading.get_ident())

    content = msgspec.json.encode({"size": 1, "names": ["ab"] * names})
    assert (await Bodies(9, 9).json(request_of(body(content)), Noted, 1 << 24)).size == 1
    assert threads == ({threading.get_ident()} if here else threads - {threading.get_ident()})
    assert threads
    with pytest.raises(InputInvalid):
        await Bodies(9, 9).json(request_of(body(b'{"names": [1,' + b"1," * names + b"1]}")), Noted, 1 << 24)


async def test_a_body_has_a_limit() -> None:
    """One byte too many is refused, by its declaration before anything is read, or as it comes."""
    assert await Bodies(9, 9).whole(request_of(body(b"abc"), length="3"), 3) == b"abc"
    for request in (request_of(length="4"), request_of(body(b"ab", True), body(b"cd"))):
        with pytest.raises(TooLarge):
            await Bodies(9, 9).whole(request, 3)


@pytest.mark.parametrize(
    ("content", "fault", "name"),
    [
        (b"{", BodyMalformed, ""),
        (b"\xff", BodyMalformed, ""),
        (b'{"names": ["\\ud800"]}', BodyMalformed, ""),
        (b'{"x":' + b"[" * 100_000, BodyMalformed, ""),
        (b"[]", InputInvalid, "body"),
        (b'{"size": "x"}', InputInvalid, "size"),
        (b'{"size": 1.5}', InputInvalid, "size"),
        (b'{"names": [1]}', InputInvalid, "names[0]"),
    ],
)
async def test_json_that_does_not_fit_is_refused(content: bytes, fault: type[Exception], name: str) -> None:
    """Text that is no JSON is malformed; a value of another type is named."""
    with pytest.raises(fault) as refused:
        await Bodies(9, 9).json(request_of(body(content)), Shape)
    assert getattr(refused.value, "name", "") == name


@pytest.mark.parametrize("content", [b"", b"{}", b'{"other": 1}'])
async def test_json_may_say_nothing(content: bytes) -> None:
    """An empty body and an empty object both leave everything out; what is unknown is passed over."""
    assert await Bodies(9, 9).json(request_of(body(content)), Shape) == Shape()


async def test_numbers_may_be_digits() -> None:
    """A number in JSON may be a string of digits."""
    assert (await Bodies(9, 9).json(request_of(body(b'{"size": "12"}')), Shape)).size == 12


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1e3", " 1", "0x1", "٣", "²", "1_0", "9" * 20, "9" * 5000, "11"]
)
def test_what_is_no_whole_number_within_bounds(text: str) -> None:
    """Only ASCII digits are a number, and only within its bounds."""
    with pytest.raises(InputInvalid):
        whole_number(text, "n", 0, 10)


def test_bounds_belong_to_their_range() -> None:
    """The least and the most are both within; leading zeros change nothing."""
    assert (whole_number("0", "n", 0, 10), whole_number("010", "n", 0, 10), within(10, "n", 0, 10)) == (0, 10, 10)


@pytest.mark.parametrize("text", ["", "x" * 11, "a\0", "a\n", "a\x7f", "a\x9b", "a\ud800"])
def test_what_is_no_plain_text(text: str) -> None:
    """Control characters, lone surrogates, nothing at all and too much are refused."""
    with pytest.raises(InputInvalid):
        plain_text(text, "t", 10)


def test_plain_text_is_any_other() -> None:
    """Every script is plain text, and so are dots and slashes."""
    assert [plain_text(text, "t", 10) for text in ("../x", "文件", "é \u202e")] == ["../x", "文件", "é \u202e"]
