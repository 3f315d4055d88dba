"""Answers in JSON, and the headers that a fault carries whoever words it."""

from typing import Any

import msgspec
from starlette.responses import Response

from penstock.model.faults import (
    BadToken,
    Fault,
    MethodRefused,
    NotSignedIn,
    RangeUnsatisfiable,
    RateLimited,
    ScopeMissing,
)


def json_answer(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The payload (anything msgspec encodes) as a JSON response."""
    return Response(msgspec.json.encode(payload), status, headers, media_type="application/json")


def fault_headers(fault: Fault) -> dict[str, str]:
    """Headers that RFC 9110, RFC 6585 and RFC 6750 ask for beside the room's words."""
    match fault:
        case MethodRefused(allow=allow):
            return {"Allow": ", ".join(allow)}
        case NotSignedIn():
            return {"WWW-Authenticate": "Bearer"}
        case BadToken():
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        case ScopeMissing(scope=scope):
            return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        case RateLimited(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case RangeUnsatisfiable(headers=headers):
            return dict(headers)
        case _:
            return {}
