"""Waiting for what goes on beside the test."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from inspect import isawaitable
from typing import Any


async def eventually(condition: Callable[[], object], within: float = 5.0) -> None:
    """Wait until the condition holds, which may have to be asked for."""
    async with asyncio.timeout(within):
        while not await _holds(condition):  # noqa: ASYNC110  # what is waited for is the engine's, and rings no bell
            await asyncio.sleep(0.002)


async def _holds(condition: Callable[[], object]) -> bool:
    found = condition()
    return bool(await found if isawaitable(found) else found)


async def settled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their end."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(BaseException):
            await task
