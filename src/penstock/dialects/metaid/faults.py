"""Every fault in the words of `metaid`."""

from typing import Any

from penstock.dialects.metaid.wire import Envelope
from penstock.model import faults as f

FIELDS: dict[str, tuple[int, str, str]] = {
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


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status, code, message, data = _words(fault)
    return status, Envelope(code=code, message=message, data=data)


def _words(fault: f.Fault) -> tuple[int, int, str, Any]:
    match fault:
        case f.InputMissing(name=name):
            return _invalid(name, None, "")
        case f.InputInvalid(name=name, reason=reason, value=value):
            return _invalid(name, value, reason)
        case f.BodyMalformed():
            return 400, 400, "Request body is not valid JSON", {"field": "body", "value": None, "expected": OBJECT}
        case f.TooLarge(limit=limit):
            return 413, 1001, "File size exceeds limit", {"field": "content", "maxSize": limit}
        case f.FundsMissing(needed=needed, available=most, setting=setting) if setting:
            return 503, 1006, "Insufficient balance", {"needed": needed, "budget": most, "setting": setting}
        case f.FundsMissing(needed=needed):
            return 503, 1006, "Insufficient balance", {"needed": needed}
        case f.ChainUnavailable(reason=reason):
            return 503, 503, "Chain unavailable", {"reason": reason}
        case f.BroadcastFailed(reason=reason):
            return 503, 1007, "Transaction broadcast failed", {"reason": reason}
        case f.PublicationUnknown():
            return 404, 1008, "Task not found", None
        case f.RateLimited(retry_after=seconds):
            return 429, 1011, "Rate limit exceeded", {"retryAfter": seconds}
        case f.StorageFull(free=int(free), min_free=int(least)):
            return 507, 507, "Insufficient storage", {"free": free, "minFree": least}
        case f.QuotaExceeded(what=what, limit=limit):
            return 507, 507, "Quota exceeded", {"quota": what, "limit": limit}
        case _:
            status, message = WORDS[type(fault)]
            return status, status, message, None


def _invalid(name: str, value: str | None, reason: str) -> tuple[int, int, str, Any]:
    code, message, expected = FIELDS.get(name, (400, f"Invalid {name}", EXPECTED.get(name, reason)))
    if name == "address":
        first, either = ("m or n", "m or n") if "testnet" in reason else ("1", "1 or 3")
        is_script = "P2SH" in reason
        cannot = ": P2SH cannot be paid on this chain" if is_script else ""
        expected = f"Valid MVC address starting with {first if is_script else either}{cannot}"
    return 400, code, message, {"field": name, "value": value, "expected": expected}


WORDS: dict[type[f.Fault], tuple[int, str]] = {
    f.NotSignedIn: (401, "Unauthorized"),
    f.CredentialsWrong: (401, "Invalid credentials"),
    f.BadToken: (401, "Invalid token"),
    f.CodeWrong: (401, "Wrong code"),
    f.SecondFactorNeeded: (401, "Second factor required"),
    f.FactorActive: (409, "Second factor already active"),
    f.FactorMissing: (409, "No second factor"),
    f.SudoRequired: (403, "SUDO_TOKEN_REQUIRED"),
    f.AdminRequired: (403, "Forbidden"),
    f.AccountUnknown: (404, "Not found"),
    f.AccountTaken: (409, "Name is taken"),
    f.AccountRefused: (400, "Invalid account"),
    f.IssuerUnavailable: (503, "Sign-in unavailable"),
    f.ScopeMissing: (403, "Forbidden"),
    f.BodyTypeRefused: (400, "Request body must be JSON"),
    f.BodyCut: (400, "Request body is incomplete"),
    f.BodyTooSlow: (408, "Request timeout"),
    f.HeadTooLarge: (431, "Request header fields too large"),
    f.TransferCodingUnknown: (501, "Transfer coding not supported"),
    f.ContentCodingRefused: (415, "Content coding not supported"),
    f.UploadUnknown: (404, "Upload not found"),
    f.UploadConflict: (409, "Upload conflict"),
    f.UploadBusy: (409, "Upload is being completed"),
    f.StillSealing: (503, "Upload is being completed"),
    f.UploadCancelled: (409, "Upload was cancelled"),
    f.UploadEnded: (409, "Upload has ended"),
    f.UploadSealed: (409, "Upload is complete"),
    f.PartConflict: (409, "Part conflict"),
    f.PartDigestWrong: (400, "Part digest mismatch"),
    f.PartsMissing: (409, "Parts are missing"),
    f.SizeWrong: (400, "Size mismatch"),
    f.DigestWrong: (400, "Digest mismatch"),
    f.FileUnknown: (404, "Content not found"),
    f.FileTrashed: (404, "Content was deleted"),
    f.FileDamaged: (500, "Content on the chain does not match its index"),
    f.PictureTypeRefused: (415, "Picture type not supported"),
    f.PictureRefused: (400, "Picture cannot be used"),
    f.ContentRefused: (422, "Content not allowed"),
    f.SignatureInvalid: (403, "Invalid signature"),
    f.PicturesBusy: (503, "Too many pictures are waiting"),
    f.ScannerUnavailable: (503, "Content check unavailable"),
    f.RangeUnsatisfiable: (416, "Range not satisfiable"),
    f.PreconditionFailed: (412, "Precondition failed"),
    f.RouteUnknown: (404, "Not found"),
    f.MethodRefused: (405, "Method not allowed"),
    f.StorageFull: (507, "Insufficient storage"),
    f.TooManyVariants: (429, "Too many variants of a picture"),
    f.StorageFailed: (503, "Service unavailable"),
    f.Unexpected: (500, "Internal server error"),
}
"""The faults whose words depend on nothing else."""
