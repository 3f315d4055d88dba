"""Answers in JSON, and what a fault carries whoever words it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from penstock.http.faults import MethodRefused, RangeUnsatisfiable
from penstock.model.event import Reply
from penstock.model.faults import (
    BadToken,
    ChainUnavailable,
    Fault,
    InputInvalid,
    LimiterUnavailable,
    NotSignedIn,
    PicturesBusy,
    QuotaExceeded,
    RateLimited,
    ScopeMissing,
    StillSealing,
    StorageFailed,
    StorageFull,
    UploadRefused,
)

CHAIN_RETRY = "30"
"""`Retry-After`, in seconds, while the chain does not answer."""

STORAGE_RETRY = "5"
"""`Retry-After`, in seconds, while the store does not do its work."""

MAX_REASON = 500
"""The most characters of what a hook says that are repeated."""


class _Json(Response):
    media_type = "application/json"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; nothing else belongs to it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


def rfc3339(seconds: float) -> str:
    """Unix seconds as several dialects write a time: RFC 3339 in UTC, to the second, with Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_answer(
    payload: Any, status: int = 200, headers: dict[str, str] | None = None, media_type: str | None = None
) -> Response:
    """The payload (anything msgspec encodes) as a JSON response."""
    return _Json(msgspec.json.encode(payload), status, headers, media_type)


def verbatim(reply: Reply, usual: Response) -> Response:
    """A refusal as a hook words it; what it leaves open is as usual."""
    body, headers = bytes(usual.body), dict(usual.headers)
    if reply.body:
        body, headers = reply.body.encode(errors="replace"), {"content-type": "text/plain; charset=utf-8"}
    headers |= {name.lower(): value for name, value in reply.headers.items()}
    headers["content-length"] = str(len(body))
    return Response(body, reply.status or usual.status_code, headers)


def fault_headers(fault: Fault) -> dict[str, str]:
    """The headers that RFC 9110, RFC 6585 and RFC 6750 require of a response to this fault."""
    match fault:
        case MethodRefused(allow=allow):
            return {"Allow": ", ".join(allow)}
        case NotSignedIn():
            return {"WWW-Authenticate": "Bearer"}
        case BadToken():
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        case ScopeMissing(scope=scope):
            return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        case (
            RateLimited(retry_after=seconds)
            | StillSealing(retry_after=seconds)
            | PicturesBusy(retry_after=seconds)
            | LimiterUnavailable(retry_after=seconds)
        ):
            return {"Retry-After": str(seconds)}
        case ChainUnavailable():
            return {"Retry-After": CHAIN_RETRY}
        case StorageFailed():
            return {"Retry-After": STORAGE_RETRY}
        case RangeUnsatisfiable(headers=headers):
            return dict(headers)
        case _:
            return {}


def fault_details(fault: Fault) -> dict[str, Any]:
    """The data of a fault, for envelopes that have a data field whose content their contract leaves open."""
    match fault:
        case InputInvalid(name=name, reason=reason):
            return {"field": name, "reason": reason}
        case StorageFull(free=int(free), min_free=int(least)):
            return {"free": free, "minFree": least}
        case QuotaExceeded(what=what, limit=limit):
            return {"quota": what, "limit": limit}
        case UploadRefused(reply=Reply(body=str(reason))) if 0 < len(reason) <= MAX_REASON:
            return {"reason": reason}
        case _:
            return {}
