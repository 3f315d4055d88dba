"""Waiting for what goes on beside the test."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any


async def eventually(condition: Callable[[], object], within: float = 5.0) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # what is waited for is the engine's, and rings no bell
            await asyncio.sleep(0.002)


async def settled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their end."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(BaseException):
            await task
