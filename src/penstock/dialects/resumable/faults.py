"""The wording of every fault in `resumable`: a problem (RFC 9457), of the draft's own types where it has one."""

from collections.abc import Mapping

from penstock.dialects.resumable.wire import Problem
from penstock.http.routing.english import sentence
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

TYPES = "https://iana.org/assignments/http-problem-types#"
"""What the draft's types begin with (§7)."""

DIFFERENCES: Mapping[type[f.Fault], int] = {
    f.UploadCancelled: 410,  # it is known to be gone
    f.UploadEnded: 410,
    f.UploadRefused: 400,  # as tusd has it, where the hook says nothing else
    f.UploadSealed: 400,  # §7.3
    f.SizeConflict: 400,  # §7.2
}
"""Statuses that differ from the base table."""

_STATUS = {**STATUS, **DIFFERENCES}


def word(fault: f.Fault) -> tuple[int, Problem]:
    """The HTTP status and the problem of a fault."""
    status, title = _STATUS[type(fault)], sentence(fault)
    match fault:
        case f.OffsetWrong(expected=expected, provided=provided):
            return status, Problem(title, status, f"{TYPES}mismatching-upload-offset", expected, provided)
        case f.UploadSealed():
            return status, Problem(title, status, f"{TYPES}completed-upload")
        case f.SizeConflict() | f.SizeWrong():
            return status, Problem(title, status, f"{TYPES}inconsistent-upload-length")
        case _:
            return status, Problem(title, status)
