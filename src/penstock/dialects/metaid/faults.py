"""The wording of every fault in `metaid`."""

from collections.abc import Mapping
from typing import Any

from penstock.dialects.metaid.wire import Envelope
from penstock.dialects.metaid.words import worded
from penstock.http import faults as h
from penstock.http.routing.answers import fault_details
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {h.BodyTypeRefused: 400}  # metaid.md, *HTTP 状态码*: it has no 415
"""Statuses that differ from the base table."""

CODES: Mapping[type[f.Fault], int] = {
    f.TooLarge: 1001,
    f.FundsMissing: 1006,
    f.BroadcastFailed: 1007,
    f.PublicationUnknown: 1008,
    f.RateLimited: 1011,
}
"""The codes (metaid.md, *错误码*); where it has none, the status is the code (RULINGS, `metaid`)."""

FIELDS: Mapping[str, tuple[int, str, str]] = {
    "address": (1002, "Invalid address format", "Valid MVC address"),
    "metaId": (1003, "Invalid metaId", "SHA-256 of the address, in lowercase hex"),
    "content": (1004, "Invalid base64 content", "Standard base64 with padding, without whitespace"),
    "chain": (1005, "Chain not supported", "mvc"),
    "operation": (1009, "Invalid operation", "create, modify or revoke"),
    "contentType": (1010, "Invalid contentType", "type/subtype;binary, or a text type"),
}
"""The code, the message and what was expected, of each parameter that has a code of its own (metaid.md, *错误码*)."""

EXPECTED = {
    "fileName": "The name of the file",
    "path": "A path such as /file for create, @<pinId> for modify and revoke",
    "feeRate": "A whole number of satoshi per byte, at least 1",
    "limit": "A whole number from 1 to 100",
    "cursor": "A whole number, at least 0",
}

OBJECT = "One JSON object, with at most 64 KiB beside its content"

WORDS: Mapping[type[f.Fault], str] = {
    f.NotSignedIn: "Unauthorized",
    f.CredentialsWrong: "Invalid credentials",
    f.BadToken: "Invalid token",
    f.CodeWrong: "Wrong code",
    f.SecondFactorNeeded: "Second factor required",
    f.FactorActive: "Second factor already active",
    f.FactorMissing: "No second factor",
    f.SudoRequired: "SUDO_TOKEN_REQUIRED",
    f.AdminRequired: "Forbidden",
    f.AccountUnknown: "Not found",
    f.AccountTaken: "Name is taken",
    f.AccountRefused: "Invalid account",
    f.IssuerUnavailable: "Sign-in unavailable",
    f.ScopeMissing: "Forbidden",
    h.BodyTypeRefused: "Request body must be JSON",
    f.BodyCut: "Request body is incomplete",
    h.BodyTooSlow: "Request timeout",
    h.HeadTooLarge: "Request header fields too large",
    h.TransferCodingUnknown: "Transfer coding not supported",
    h.ContentCodingRefused: "Content coding not supported",
    f.UploadUnknown: "Upload not found",
    f.UploadConflict: "Upload conflict",
    f.UploadBusy: "Upload is being completed",
    f.StillSealing: "Upload is being completed",
    f.OffsetWrong: "Wrong offset",
    f.AppendCutOff: "Another request goes on with this upload",
    f.SizeConflict: "Upload was declared with different parameters",
    f.UploadCancelled: "Upload was cancelled",
    f.UploadEnded: "Upload has ended",
    f.UploadJoined: "The upload is put together from others and takes no bytes",
    f.UploadSealed: "Upload is complete",
    f.PartConflict: "Part conflict",
    f.PartDigestWrong: "Part digest mismatch",
    f.PartsMissing: "Parts are missing",
    f.SizeWrong: "Size mismatch",
    f.DigestWrong: "Digest mismatch",
    f.FileUnknown: "Content not found",
    f.FileTrashed: "Content was deleted",
    f.FolderUnknown: "Folder not found",
    f.FolderTrashed: "Folder was deleted",
    f.FolderBusy: "Folder is being moved",
    f.NameTaken: "Name is taken",
    f.Outdated: "Changed meanwhile",
    f.ShareUnknown: "Link not found",
    f.SharePasswordWrong: "Wrong password",
    f.DownloadsSpent: "No downloads left",
    f.UploadRequestUnknown: "Upload request not found",
    f.KeyReused: "Key was used for another request",
    f.JobRunning: "Job of this kind is running",
    f.JobUnknown: "Job not found",
    f.WebhookUnknown: "Webhook not found",
    f.DeliveryUnknown: "Delivery not found",
    f.KeyInUse: "Request of this key is under way",
    f.FileDamaged: "Content on the chain does not match its index",
    f.PictureTypeRefused: "Picture type not supported",
    f.PictureRefused: "Picture cannot be used",
    f.ContentRefused: "Content not allowed",
    f.SignatureInvalid: "Invalid signature",
    f.PicturesBusy: "Too many pictures are waiting",
    f.ScannerUnavailable: "Content check unavailable",
    f.UploadRefused: "Upload refused",
    f.HookUnavailable: "Upload check unavailable",
    h.RangeUnsatisfiable: "Range not satisfiable",
    h.PreconditionFailed: "Precondition failed",
    h.RouteUnknown: "Not found",
    h.MethodRefused: "Method not allowed",
    f.StorageFull: "Insufficient storage",
    f.TooManyVariants: "Too many variants of a picture",
    f.StorageFailed: "Service unavailable",
    f.Unexpected: "Internal server error",
    f.TooLarge: "File size exceeds limit",
    f.QuotaExceeded: "Quota exceeded",
    f.RateLimited: "Rate limit exceeded",
    f.LimiterUnavailable: "Rate limits unavailable",
    f.FundsMissing: "Insufficient balance",
    f.BroadcastFailed: "Transaction broadcast failed",
    f.ChainUnavailable: "Chain unavailable",
    f.PublicationUnknown: "Task not found",
    h.BodyMalformed: "Request body is not valid JSON",
}
"""The message of each fault, except those of a parameter."""

_STATUS = {**STATUS, **DIFFERENCES}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status = _STATUS[type(fault)]
    code, message, data = _words(fault, status)
    return status, Envelope(code=code, message=message, data=data)


def _words(fault: f.Fault, status: int) -> tuple[int, str, dict[str, Any] | None]:
    match fault:
        case f.InputMissing(name=name):
            return _invalid(name, None, "")
        case f.InputInvalid(name=name, reason=reason, value=value):
            return _invalid(name, value, reason)
        case _:
            return CODES.get(type(fault), status), WORDS[type(fault)], _data(fault)


def _data(fault: f.Fault) -> dict[str, Any] | None:
    match fault:
        case h.BodyMalformed():
            return {"field": "body", "value": None, "expected": OBJECT}
        case f.TooLarge(limit=limit):
            return {"field": "content", "maxSize": limit}
        case f.FundsMissing(needed=needed, available=most, setting=setting) if setting:
            return {"needed": needed, "budget": most, "setting": setting}
        case f.FundsMissing(needed=needed):
            return {"needed": needed}
        case f.ChainUnavailable(reason=reason):
            return {"reason": reason}
        case f.BroadcastFailed(reason=reason):
            return {"reason": worded(reason)}
        case f.RateLimited(retry_after=seconds):
            return {"retryAfter": seconds}
        case _:
            return fault_details(fault) or None


def _invalid(name: str, value: str | None, reason: str) -> tuple[int, str, dict[str, Any]]:
    code, message, expected = FIELDS.get(name, (400, f"Invalid {name}", EXPECTED.get(name, reason)))
    if name == "address":
        first, either = ("m or n", "m or n") if "testnet" in reason else ("1", "1 or 3")
        is_script = "P2SH" in reason
        cannot = ": P2SH cannot be paid on this chain" if is_script else ""
        expected = f"Valid MVC address starting with {first if is_script else either}{cannot}"
    return code, message, {"field": name, "value": value, "expected": expected}
