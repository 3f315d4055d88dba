"""Every fault in the words of `admin`."""

import re
from typing import Any

from penstock.dialects.admin.wire import Refused
from penstock.model import faults as f

STATUS: dict[type[f.Fault], int] = {
    f.NotSignedIn: 401,
    f.BadToken: 401,
    f.CredentialsWrong: 401,
    f.CodeWrong: 401,
    f.SecondFactorNeeded: 401,
    f.ScopeMissing: 403,
    f.SudoRequired: 403,
    f.AdminRequired: 403,
    f.SignatureInvalid: 403,
    f.RouteUnknown: 404,
    f.AccountUnknown: 404,
    f.UploadUnknown: 404,
    f.FileUnknown: 404,
    f.FileTrashed: 404,
    f.PublicationUnknown: 404,
    f.MethodRefused: 405,
    f.BodyTooSlow: 408,
    f.HeadTooLarge: 431,
    f.TransferCodingUnknown: 501,
    f.ContentCodingRefused: 415,
    f.AccountTaken: 409,
    f.FactorActive: 409,
    f.FactorMissing: 409,
    f.UploadConflict: 409,
    f.UploadBusy: 409,
    f.UploadCancelled: 409,
    f.UploadEnded: 409,
    f.UploadSealed: 409,
    f.PartConflict: 409,
    f.PartsMissing: 409,
    f.PreconditionFailed: 412,
    f.TooLarge: 413,
    f.BodyTypeRefused: 415,
    f.PictureTypeRefused: 415,
    f.RangeUnsatisfiable: 416,
    f.ContentRefused: 422,
    f.RateLimited: 429,
    f.TooManyVariants: 429,
    f.FileDamaged: 500,
    f.Unexpected: 500,
    f.IssuerUnavailable: 503,
    f.PicturesBusy: 503,
    f.ScannerUnavailable: 503,
    f.StillSealing: 503,
    f.ChainUnavailable: 503,
    f.BroadcastFailed: 503,
    f.FundsMissing: 503,
    f.StorageFailed: 503,
    f.StorageFull: 507,
    f.QuotaExceeded: 507,
}
"""What is not plainly a bad request."""

CODES: dict[type[f.Fault], str] = {f.SudoRequired: "SUDO_TOKEN_REQUIRED"}
"""Codes that are not the fault's own name in capitals."""


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    kind = type(fault)
    name = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__)
    code = CODES.get(kind, name.replace(" ", "_").upper())
    return STATUS.get(kind, 400), Refused(code=code, message=_reason(fault) or f"{name.capitalize()}.")


def _reason(fault: f.Fault) -> str | None:
    match fault:
        case f.AccountRefused(reason=reason) | f.AccountUnknown(reason=reason) | f.AccountTaken(reason=reason):
            return reason
        case f.StorageFull(free=int(free), min_free=int(least)):
            return f"Storage full: {free} bytes are free, {least} are to stay so."
        case f.InputMissing(name=name):
            return f"{name} is missing."
        case f.InputInvalid(name=name, reason=reason):
            return f"{name}: {reason}."
        case _:
            return None
