"""The wording of every fault in `oss`: HTTP status, symbolic name, sentence."""

from collections.abc import Mapping
from typing import Any

from penstock.dialects.oss.wire import Envelope, now
from penstock.http import faults as h
from penstock.http.routing.answers import fault_details
from penstock.http.routing.chinese import CHINESE, QUOTAS
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {
    h.BodyTypeRefused: 400,  # oss.md, *错误码参考*: 415 is of a file's type; a request of another is INVALID_PARAMETER
    f.ContentRefused: 400,  # oss.md, *错误码参考*: INVALID_FILE_TYPE
}
"""Statuses that differ from the base table."""

INVALID_MD5 = "INVALID_MD5"
BY_STATUS = {
    400: "INVALID_PARAMETER",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "FILE_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "GATEWAY_TIMEOUT",
    409: "FILE_CONFLICT",
    412: "PRECONDITION_FAILED",
    413: "FILE_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    416: "RANGE_NOT_SATISFIABLE",
    422: "INVALID_PARAMETER",
    429: "TOO_MANY_REQUESTS",
    431: "INVALID_PARAMETER",
    500: "INTERNAL_ERROR",
    501: "INVALID_PARAMETER",
    503: "SERVICE_UNAVAILABLE",
    507: "INSUFFICIENT_STORAGE",
}
"""The symbolic names (oss.md, *错误码参考*; where it has none, HTTP's own)."""

NAMES: Mapping[type[f.Fault], str] = {
    f.DigestWrong: INVALID_MD5,
    f.PartDigestWrong: INVALID_MD5,
    f.PictureRefused: "INVALID_FILE_TYPE",
    f.ContentRefused: "INVALID_FILE_TYPE",
    f.SecondFactorNeeded: "SECOND_FACTOR_REQUIRED",
    f.SudoRequired: "SUDO_TOKEN_REQUIRED",
    f.SignatureInvalid: "SIGNATURE_INVALID",
    f.AccountUnknown: "NOT_FOUND",
    h.RouteUnknown: "NOT_FOUND",
    f.AccountTaken: "CONFLICT",
    f.FactorActive: "CONFLICT",
    f.FactorMissing: "CONFLICT",
    f.QuotaExceeded: "QUOTA_EXCEEDED",
}
"""The symbolic names of faults that share a status with others."""

WORDS: Mapping[type[f.Fault], str] = {
    h.BodyTypeRefused: "Content-Type必须是multipart/form-data",
    f.UploadConflict: "文件已存在",
    f.UploadSealed: "文件已存在",
    f.UploadBusy: "分片正在合并",
    f.StillSealing: "分片正在合并",
    f.PartConflict: "分片已合并",
    f.PartDigestWrong: "文件MD5校验失败",
    f.PictureTypeRefused: "不支持的文件类型",
}
"""The wording of faults whose facts are not disclosed."""

_STATUS = {**STATUS, **DIFFERENCES}
_WORDS = {**CHINESE, **WORDS}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status = _STATUS[type(fault)]
    message, data = _words(fault)
    return status, Envelope(code=status, message=message, data=data, error=_name(fault, status), timestamp=now())


def _name(fault: f.Fault, status: int) -> str:
    match fault:
        case f.InputInvalid(name="identifier"):
            return INVALID_MD5
        case _:
            return NAMES.get(type(fault), BY_STATUS[status])


def _words(fault: f.Fault) -> tuple[str, dict[str, Any] | None]:
    message, data = _WORDS[type(fault)], fault_details(fault) or None
    match fault:
        case f.InputMissing(name=name):
            return f"缺少参数: {name}", None
        case f.InputInvalid(name="identifier"):
            return "MD5值格式错误", None
        case f.InputInvalid(name=name):
            return f"请求参数错误: {name}", data
        case f.PartsMissing(missing=missing):
            # 1-based on the wire (oss.md, FileChunkVo); 0-based inside.
            return message, {"missing": [number + 1 for number in missing]}
        case f.DigestWrong(expected=expected, actual=actual) | f.PartDigestWrong(expected=expected, actual=actual):
            return message, {"expected": expected, "actual": actual}
        case f.TooLarge(limit=limit) | f.TooManyVariants(limit=limit):
            return message, {"limit": limit}
        case f.PictureRefused(reason=reason):
            return message, {"reason": reason}
        case f.QuotaExceeded(what=what):
            return QUOTAS[what], data
        case _:
            return message, data
