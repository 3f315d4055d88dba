"""Refusals in the API documentation, each fault in a sentence: by the engine's use case, and by the kind of call."""

from penstock.http import faults as h
from penstock.http.routing.dialect_app import BYTES, Call, DialectApp
from penstock.model import faults as f
from penstock.model.principal import Scope

Refusals = dict[f.Fault, str]

MIB = 1 << 20
_LARGE = f.TooLarge(100 * MIB)
_FULL = f.StorageFull(free=300 * MIB, min_free=512 * MIB)
_BYTES = f.QuotaExceeded("bytes", 1024 * MIB)
_FILES = f.QuotaExceeded("files", 1000)
_UPLOADS = f.QuotaExceeded("uploads", 4000)
_HELD: Refusals = {_FULL: "The disk has no room.", _BYTES: "It is more than is left of the caller's quota of bytes."}

TAKING: Refusals = {_LARGE: "More bytes than the limit allows."} | _HELD
"""Refusals of calls that receive bytes."""

ASKING: Refusals = {
    f.UploadRefused(): "The operator's hook refuses the upload, where there is one.",
    f.HookUnavailable(): "The hook gives no answer, where there is one.",
}
"""Refusals of calls that a hook may be asked about."""

OPENING: Refusals = TAKING | ASKING | {_UPLOADS: "The caller has as many unfinished uploads as it may."}
"""Refusals of calls that open an upload."""

KEEPING: Refusals = _HELD | ASKING | {_FILES: "The caller has as many files as it may."}
"""Refusals of calls that record a file."""

SEALING: Refusals = KEEPING | {
    f.ContentRefused("Eicar-Signature"): "The scanner refuses the content, where there is one.",
    f.ScannerUnavailable(): "The scanner gives no answer, where there is one.",
}
"""Refusals of calls that seal an upload."""

WAITING: Refusals = {f.StillSealing(5): "It takes longer than a call may wait, and goes on: ask again."}
"""The refusal of calls that wait for a long seal."""

DELIVERING: Refusals = {
    h.RangeUnsatisfiable([("Content-Range", "bytes */11")]): "No requested byte exists.",
    h.PreconditionFailed(): "A condition of the request (`If-Match`, `If-Unmodified-Since`) does not hold.",
    f.FileDamaged(): "The stored bytes are known to be wrong.",
}
"""Refusals of downloads."""

GUESSING: Refusals = {
    f.RateLimited(60): "Too many attempts: ask again after `Retry-After` seconds.",
    f.LimiterUnavailable(5): "Attempts cannot be counted: ask again after `Retry-After` seconds.",
}
"""The refusals of repeated attempts at passwords and codes."""

EVERYWHERE: Refusals = {
    f.BodyCut(): "the body ends early",
    h.BodyTooSlow(): "the body takes too long",
    f.TooLarge(MIB): "what is read as a whole is too large",
    h.ContentCodingRefused(): "the body is compressed",
    h.HeadTooLarge(): "the headers are too large",
    f.Unexpected(): "a defect of the server",
    h.TransferCodingUnknown(): "the body has an unknown framing",
    f.StorageFailed(): "the store or the database cannot",
    _FULL: "what is to be written down has no room",
}
"""Refusals of any call, each in half a sentence."""

_MALFORMED: Refusals = {h.BodyMalformed("not well-formed"): "The body cannot be read."}
_JSON: Refusals = _MALFORMED | {f.InputInvalid("body", "Expected `object`, got `array`"): "The body has another shape."}
_FORM: Refusals = _MALFORMED | {h.BodyTypeRefused(): "The body is no form."}


def refusals_of(dialect: DialectApp, call: Call) -> Refusals:
    """Every documented refusal of a call; the wording of its `Doc` comes first."""
    named = {type(fault) for fault in call.doc.faults}
    implied = _before_the_call(dialect, call) | _of_the_body(call) | _of_the_answer(call)
    return {fault: sentence for fault, sentence in implied.items() if type(fault) not in named} | dict(call.doc.faults)


def is_delivery(call: Call) -> bool:
    """Whether a call delivers bytes, whole or in ranges."""
    return call.doc.answer is BYTES


def _before_the_call(dialect: DialectApp, call: Call) -> Refusals:
    if call.scope is None:
        return {}
    refused: Refusals = {
        f.NotSignedIn(): "A page of another origin shows no token."
        if dialect.authenticator.open
        else "There is no token.",
        f.BadToken(): "The token is unknown, expired or revoked, or its user is disabled.",
        f.ScopeMissing(call.scope): f"The token lacks the scope `{call.scope}`.",
    }
    if call.linked:
        refused[f.SignatureInvalid()] = "The address is not signed for this, or its time is over."
    return refused | ({f.IssuerUnavailable(): "The issuer shows no keys."} if dialect.authenticator.federated else {})


def _of_the_body(call: Call) -> Refusals:
    places = {parameter.place for parameter in call.doc.parameters}
    malformed = _FORM if places & {"form", "field"} else _JSON if call.doc.body not in {None, BYTES} else {}
    takes_bytes = call.doc.body is BYTES or any(parameter.kind is BYTES for parameter in call.doc.parameters)
    if not takes_bytes:
        return malformed
    return malformed | ({_LARGE: TAKING[_LARGE]} if call.scope is Scope.READ else TAKING)


def _of_the_answer(call: Call) -> Refusals:
    return DELIVERING if is_delivery(call) else {}
