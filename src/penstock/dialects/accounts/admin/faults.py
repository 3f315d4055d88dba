"""The wording of every fault at `/admin/*`."""

import re
from collections.abc import Mapping
from typing import Any

from penstock.dialects.accounts.admin.wire import AdminError
from penstock.dialects.accounts.words import storage_full
from penstock.http.routing.dialect_app import Wording
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

CODES: Mapping[type[f.Fault], str] = {f.SudoRequired: "SUDO_TOKEN_REQUIRED"}
"""Codes that are not the fault's own name in capitals."""


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    kind = type(fault)
    name = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__)
    code = CODES.get(kind, name.replace(" ", "_").upper())
    return STATUS[kind], AdminError(code=code, message=_reason(fault) or f"{name.capitalize()}.")


def _reason(fault: f.Fault) -> str | None:
    match fault:
        case f.AccountRefused(reason=reason) | f.AccountUnknown(reason=reason) | f.AccountTaken(reason=reason):
            return reason
        case f.StorageFull(free=int(free), min_free=int(least)):
            return storage_full(free, least)
        case f.InputMissing(name=name):
            return f"{name} is missing."
        case f.InputInvalid(name=name, reason=reason):
            return f"{name}: {reason}."
        case _:
            return None


WORDING = Wording(word, AdminError)
