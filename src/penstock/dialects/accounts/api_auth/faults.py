"""The wording of every fault at `/api/auth/*`."""

from typing import Any

from penstock.dialects.accounts.api_auth.wire import Envelope, now
from penstock.http.routing.answers import fault_details
from penstock.http.routing.chinese import CHINESE
from penstock.http.routing.dialect_app import Wording
from penstock.http.routing.statuses import STATUS
from penstock.identity.factors import METHODS
from penstock.model import faults as f


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    message, data = _words(fault)
    return STATUS[type(fault)], Envelope(False, message, data, now())


def _words(fault: f.Fault) -> tuple[str, dict[str, Any] | None]:
    message = CHINESE[type(fault)]
    match fault:
        case f.InputMissing(name=name):
            return f"缺少参数: {name}", None
        case f.InputInvalid(name=name):
            return f"参数错误: {name}", fault_details(fault)
        case f.BadToken():
            return "登录已失效", None
        case f.SecondFactorNeeded(challenge=challenge, seconds=seconds):
            return message, {"challenge_id": challenge, "expires_in": seconds, "available_methods": METHODS}
        case _:
            return message, fault_details(fault) or None


WORDING = Wording(word, Envelope)
