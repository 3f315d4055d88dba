"""Common parts of both wire formats: failures of requests, and strict decoding of answers."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, TypeVar

import httpx
import msgspec

from penstock.chain.transaction import parse
from penstock.model.chain import Answer, Verdict
from penstock.model.faults import ChainUnavailable

T = TypeVar("T")

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Errors that occur before any byte of the request is sent."""


class NotSent(ChainUnavailable):
    """The request was certainly not received."""


async def sent(request: Awaitable[httpx.Response]) -> httpx.Response:
    """The answer to a request. Raises `NotSent`, `ChainUnavailable`."""
    try:
        return await request
    except _NEVER_LEFT as error:
        raise NotSent(f"the chain cannot be reached ({type(error).__name__})") from error
    except httpx.HTTPError as error:
        raise ChainUnavailable(f"the chain's answer was lost ({type(error).__name__})") from error


def read(answer: httpx.Response, shape: type[T]) -> T:
    """The answer's JSON. Raises `ChainUnavailable` for anything else."""
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChainUnavailable(f"the chain answered {answer.status_code} in a way that is not understood") from error


def shaped(value: Any, shape: type[T]) -> T:
    """The value as this shape. Raises `ChainUnavailable`."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise ChainUnavailable("the chain's answer is not understood") from error


def transaction_in(digits: str) -> bytes:
    """The bytes that these hex digits write. Raises `ChainUnavailable`."""
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise ChainUnavailable("the chain's answer is no transaction") from error


async def accepted(raw: bytes, name: object) -> Answer:
    """The verdict of a successful answer: `ACCEPTED` only if it names the transaction's id, because a gateway's page is
    a 200, too.
    """
    if name != await asyncio.to_thread(lambda: parse(raw).txid()):
        return Answer(Verdict.UNKNOWN, "the chain's answer names another transaction")
    return Answer(Verdict.ACCEPTED)


def unanswered(failure: ChainUnavailable) -> Answer:
    """The verdict on a transaction after this failure."""
    return Answer(Verdict.NOT_SENT if isinstance(failure, NotSent) else Verdict.UNKNOWN, failure.reason)


def in_groups(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """These things in their order, so many at a time."""
    return (things[start : start + size] for start in range(0, len(things), size))
