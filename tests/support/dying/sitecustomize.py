"""A process that dies of itself. Python imports this module when its folder stands in PYTHONPATH, before anything else.

PENSTOCK_TEST_DIE names a step, `module:Class.method:before`, `:after`, or `:found` for after a call that returned
something, and perhaps which of these calls (`:2`): there the process sends itself SIGKILL.
"""

import functools
import importlib
import inspect
import itertools
import os
import signal
from collections.abc import Callable
from typing import Any


def _die_at(step: str) -> None:
    module, path, when, *which = step.split(":")
    owner, method = path.split(".")
    found = getattr(importlib.import_module(module), owner)
    setattr(found, method, _mortal(getattr(found, method), when, int(which[0]) if which else 1))


def _mortal(lived: Callable[..., Any], when: str, fatal: int) -> Callable[..., Any]:
    calls = itertools.count(1)

    def meet(moment: str) -> None:
        if moment == when and next(calls) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def met(result: Any) -> Any:
        meet("after")
        if result:
            meet("found")
        return result

    @functools.wraps(lived)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        meet("before")
        return met(await lived(*arguments, **named))

    @functools.wraps(lived)
    def called(*arguments: Any, **named: Any) -> Any:
        meet("before")
        return met(lived(*arguments, **named))

    return awaited if inspect.iscoroutinefunction(lived) else called


if "PENSTOCK_TEST_DIE" in os.environ:
    _die_at(os.environ["PENSTOCK_TEST_DIE"])
