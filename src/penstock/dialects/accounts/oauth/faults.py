"""The wording of every fault in OAuth 2.0."""

from collections.abc import Mapping
from typing import Any

from penstock.dialects.accounts.oauth.wire import OAuthError
from penstock.dialects.accounts.words import storage_full
from penstock.http import faults as h
from penstock.http.routing.dialect_app import Wording
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {
    f.CredentialsWrong: 400,  # RFC 6749 §5.2: invalid_grant, as the next two
    f.CodeWrong: 400,
    f.SecondFactorNeeded: 400,
    h.BodyTypeRefused: 400,  # RFC 6749 §5.2: invalid_request, *otherwise malformed*
}
"""Statuses that differ from the base table."""

BY_STATUS = {
    401: "invalid_token",
    403: "access_denied",
    404: "not_found",
    429: "slow_down",
    500: "server_error",
    503: "temporarily_unavailable",
    507: "temporarily_unavailable",
}
"""The error of a status (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 8628 §3.5); of any other, `invalid_request`."""

ERRORS: Mapping[type[f.Fault], str] = {
    f.NotSignedIn: "invalid_client",
    f.CredentialsWrong: "invalid_grant",
    f.CodeWrong: "invalid_grant",
    f.SecondFactorNeeded: "invalid_grant",
    f.ScopeMissing: "insufficient_scope",
}
"""The errors of faults that share a status with others."""

WORDS: Mapping[type[f.Fault], str] = {
    f.CredentialsWrong: "The name or the password is wrong.",
    f.RateLimited: "Too many attempts.",
    h.RouteUnknown: "There is nothing at this address.",
    h.MethodRefused: "The method is not allowed.",
    f.TooLarge: "The request is too large.",
}

_STATUS = {**STATUS, **DIFFERENCES}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status = _STATUS[type(fault)]
    error = ERRORS.get(type(fault), BY_STATUS.get(status, "invalid_request"))
    description = WORDS.get(type(fault), plain(error))
    match fault:
        case f.StorageFull(free=int(free), min_free=int(least)):
            description = storage_full(free, least)
    return status, OAuthError(error=error, error_description=description)


def plain(error: str) -> str:
    """An error's name as a sentence."""
    return error.replace("_", " ").capitalize() + "."


WORDING = Wording(word, OAuthError)
