"""Every fault in the words of `pocket`."""

from typing import Any

from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

from .wire import PocketError


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    kind = type(fault)
    return STATUS[kind], PocketError(kind.__name__, _message(fault))


def _message(fault: f.Fault) -> str:
    match fault:
        case f.StorageFull(free=int(free), min_free=int(least)):
            return f"{free} bytes are free, {least} are to stay so."
        case f.QuotaExceeded(what=what, limit=limit):
            return f"At most {limit} {what}."
        case _:
            return type(fault).__doc__ or ""
