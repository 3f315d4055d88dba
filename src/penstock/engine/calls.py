"""The request on whose behalf the engine works, for what is told to others.

It goes beside the calls and not through them: what needs it are a few places far below every dialect, in tasks that
outlive the request, and only where an operator has a hook.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from penstock.model.event import Call

_CALL: ContextVar[Callable[[], Call] | None] = ContextVar("call", default=None)


@contextmanager
def answering(call: Callable[[], Call]) -> Iterator[None]:
    """What is done within the context, and by tasks that begin there, is done for this request. It is described only
    when somebody is told.
    """
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)


def current_call() -> Call | None:
    """The request that is answered; None in the background."""
    call = _CALL.get()
    return None if call is None else call()
