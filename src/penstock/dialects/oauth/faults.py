"""Every fault in the words of OAuth 2.0."""

from typing import Any

from penstock.dialects.oauth.wire import Refused
from penstock.model import faults as f

STATUS: dict[type[f.Fault], tuple[int, str]] = {
    f.NotSignedIn: (401, "invalid_client"),
    f.BadToken: (401, "invalid_token"),
    f.IssuerUnavailable: (503, "temporarily_unavailable"),
    f.CredentialsWrong: (400, "invalid_grant"),
    f.CodeWrong: (400, "invalid_grant"),
    f.SecondFactorNeeded: (400, "invalid_grant"),
    f.SudoRequired: (403, "access_denied"),
    f.AdminRequired: (403, "access_denied"),
    f.AccountUnknown: (404, "not_found"),
    f.AccountTaken: (409, "invalid_request"),
    f.FactorActive: (409, "invalid_request"),
    f.FactorMissing: (409, "invalid_request"),
    f.ScopeMissing: (403, "insufficient_scope"),
    f.TooLarge: (413, "invalid_request"),
    f.BodyTooSlow: (408, "invalid_request"),
    f.HeadTooLarge: (431, "invalid_request"),
    f.TransferCodingUnknown: (501, "invalid_request"),
    f.ContentCodingRefused: (415, "invalid_request"),
    f.RateLimited: (429, "slow_down"),
    f.TooManyVariants: (429, "slow_down"),
    f.RouteUnknown: (404, "not_found"),
    f.MethodRefused: (405, "invalid_request"),
    f.FileUnknown: (404, "not_found"),
    f.UploadUnknown: (404, "not_found"),
    f.PublicationUnknown: (404, "not_found"),
    f.FileTrashed: (404, "not_found"),
    f.RangeUnsatisfiable: (416, "invalid_request"),
    f.PreconditionFailed: (412, "invalid_request"),
    f.StorageFull: (507, "temporarily_unavailable"),
    f.QuotaExceeded: (507, "temporarily_unavailable"),
    f.StorageFailed: (503, "temporarily_unavailable"),
    f.PicturesBusy: (503, "temporarily_unavailable"),
    f.ScannerUnavailable: (503, "temporarily_unavailable"),
    f.StillSealing: (503, "temporarily_unavailable"),
    f.ChainUnavailable: (503, "temporarily_unavailable"),
    f.BroadcastFailed: (503, "temporarily_unavailable"),
    f.FundsMissing: (503, "temporarily_unavailable"),
    f.FileDamaged: (500, "server_error"),
    f.Unexpected: (500, "server_error"),
}
"""What is not plainly a bad request (RFC 6749 §5.2)."""

WORDS: dict[type[f.Fault], str] = {
    f.CredentialsWrong: "The name or the password is wrong.",
    f.RateLimited: "Too many attempts.",
    f.RouteUnknown: "There is nothing at this address.",
    f.MethodRefused: "The method is not allowed.",
    f.TooLarge: "The request is too large.",
}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status, error = STATUS.get(type(fault), (400, "invalid_request"))
    said = WORDS.get(type(fault), plain(error))
    match fault:
        case f.StorageFull(free=int(free), min_free=int(least)):
            said = f"Storage full: {free} bytes are free, {least} are to stay so."
    return status, Refused(error=error, error_description=said)


def plain(error: str) -> str:
    """An error's name as a sentence."""
    return error.replace("_", " ").capitalize() + "."
