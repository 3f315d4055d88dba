"""The wording of every fault in `tus`: the protocol has statuses alone, so each has one sentence."""

from collections.abc import Mapping
from typing import Any

from penstock.dialects.tus.wire import Refusal
from penstock.http.routing.english import sentence
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {
    f.PartDigestWrong: 460,  # tus 1.0.0, *Checksum*
    f.UploadRefused: 400,  # as tusd, unless the hook says otherwise
    f.UploadCancelled: 410,  # *Termination*: it is known to be gone
    f.UploadEnded: 410,
    f.UploadSealed: 403,
}
"""Statuses that differ from the base table."""

_STATUS = {**STATUS, **DIFFERENCES}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    return _STATUS[type(fault)], Refusal(sentence(fault))
