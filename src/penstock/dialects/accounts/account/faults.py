"""The wording of every fault at `/account/*` and `/auth/*`."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from penstock.dialects.accounts.account.wire import AccountError
from penstock.http.routing.chinese import CHINESE, storage_full
from penstock.http.routing.dialect_app import Wording
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

CODES: Mapping[type[f.Fault], str] = {f.NotSignedIn: "ZC_ERROR_NEED_LOGIN", f.SudoRequired: "SUDO_TOKEN_REQUIRED"}
"""The codes of faults that clients distinguish within one status."""


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    kind = type(fault)
    return STATUS[kind], AccountError(message=_message(fault), code=CODES.get(kind, UNSET))


def _message(fault: f.Fault) -> str:
    match fault:
        case f.AccountRefused(reason=reason):
            return f"账户信息无效: {reason}"
        case f.StorageFull(free=int(free), min_free=int(least)):
            return storage_full(free, least)
        case _:
            return CHINESE[type(fault)]


WORDING = Wording(word, AccountError)
