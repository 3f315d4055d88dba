"""The wording of every fault in `instant`."""

from collections.abc import Mapping
from typing import Any

from penstock.dialects.instant.wire import Envelope
from penstock.http import faults as h
from penstock.http.routing.answers import fault_details
from penstock.http.routing.chinese import CHINESE, QUOTAS
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {
    h.BodyTypeRefused: 400,  # RULINGS, `instant`: a form that is not there lacks its parameters
    f.PartsMissing: 400,  # RULINGS, `instant`, *merge*
    f.SizeWrong: 422,  # RULINGS, `instant`, *merge*
    f.DigestWrong: 422,  # RULINGS, `instant`, *merge*
}
"""Statuses that differ from the base table."""

WORDS: Mapping[type[f.Fault], str] = {
    f.SudoRequired: "SUDO_TOKEN_REQUIRED",
    h.BodyTypeRefused: "参数缺失",
    f.UploadUnknown: "上传不存在",
}
"""The wording of faults whose facts are not disclosed."""

_STATUS = {**STATUS, **DIFFERENCES}
_WORDS = {**CHINESE, **WORDS}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status = _STATUS[type(fault)]
    message, data = _words(fault)
    return status, Envelope(code=status, message=message, data=data)


def _words(fault: f.Fault) -> tuple[str, dict[str, Any]]:
    message = _WORDS[type(fault)]
    match fault:
        case f.InputInvalid(name="index", reason="not a whole number"):
            return "index必须为数字", {}
        case f.PartsMissing(missing=missing):
            return f"分片{missing[0]}不存在", {"missing": missing}
        case (
            f.SizeWrong(expected=expected, actual=actual)
            | f.DigestWrong(expected=expected, actual=actual)
            | f.PartDigestWrong(expected=expected, actual=actual)
        ):
            return message, {"expected": expected, "actual": actual}
        case f.TooLarge(limit=limit):
            return message, {"limit": limit}
        case f.QuotaExceeded(what=what):
            return QUOTAS[what], fault_details(fault)
        case _:
            return message, fault_details(fault)
