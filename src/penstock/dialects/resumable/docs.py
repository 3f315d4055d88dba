"""The API documentation of `resumable`."""

from penstock.dialects.resumable.wire import PARTIAL_TYPE, FileMade
from penstock.http import faults as h
from penstock.http.docs import story
from penstock.http.docs.refusals import OPENING, SEALING, TAKING, WAITING, Refusals
from penstock.http.routing.dialect_app import BYTES, EMPTY, Doc, Parameter
from penstock.model import faults as f
from penstock.model.ids import FileId

_UPLOAD_ID = Parameter("upload_id", "path", str, "The last part of the `Location` that a creation answered.")
_COMPLETE = "Whether the request brings the end of the whole: `?1` or `?0`."
_LENGTH = Parameter("Upload-Length", "header", int, "The size of the whole, in bytes.", required=False)
_DIGEST = Parameter("Repr-Digest", "header", str, "The SHA-256 of the whole (RFC 9530).", required=False)
_UNKNOWN: Refusals = {
    f.UploadUnknown(): "The caller has no such upload.",
    f.UploadCancelled(): "It was cancelled, or its file was removed.",
}
_WRONG: Refusals = {
    f.InputInvalid("Repr-Digest", "not a dictionary of digests"): "A header is wrong.",
    f.DigestWrong("00", "01"): "The whole does not have the digest that was stated.",
    f.SizeConflict(11): "The lengths that were told, and the bytes that came, are not the same.",
    f.AppendCutOff(): "Another request goes on with this upload; what came of this one is kept.",
}

CREATE = Doc(
    "Upload a file, at once or to be gone on with.",
    FileMade,
    (
        Parameter("Upload-Complete", "header", str, _COMPLETE, required=False, example="?1"),
        Parameter("Content-Disposition", "header", str, "The file's name.", False, f'inline; filename="{story.NAME}"'),
        _LENGTH,
        _DIGEST,
    ),
    BYTES,
    OPENING | SEALING | WAITING | _WRONG,
    about="With `?0` the answer has no body: its `Location` is where the upload goes on. Clients that name the version "
    "of the draft that they speak get that address in an interim answer (104) before their bytes are here. "
    f"{story.HOW_TO_MAKE}",
    status=201,
)
STATUS = Doc("How far an upload is.", EMPTY, (_UPLOAD_ID,), faults=_UNKNOWN, status=204)
APPEND = Doc(
    "Append bytes, the last ones with `?1`. Then the answer is that of a plain upload.",
    FileMade,
    (
        _UPLOAD_ID,
        Parameter("Upload-Offset", "header", int, "Where they begin: what the server told last.", example=0),
        Parameter("Upload-Complete", "header", str, _COMPLETE, example="?1"),
        Parameter("Content-Type", "header", str, "The type of an append.", example=PARTIAL_TYPE),
        _LENGTH,
        _DIGEST,
    ),
    BYTES,
    TAKING
    | SEALING
    | WAITING
    | _UNKNOWN
    | _WRONG
    | {
        h.BodyTypeRefused(): f"The body is no `{PARTIAL_TYPE}`.",
        f.InputMissing("Upload-Offset"): "A header is missing.",
        f.OffsetWrong(5, 0): "The upload goes on at another offset.",
        f.UploadSealed(FileId("1")): "The upload is complete.",
        f.UploadBusy(): "It is being made a file.",
    },
    about="With `?0` the answer is 204, without a body.",
    status=201,
)
CANCEL = Doc(
    "End an upload, finished or not; its bytes are removed.",
    EMPTY,
    (
        _UPLOAD_ID,
        Parameter("X-Sudo-Token", "header", str, "A sudo token, where one is asked for.", required=False),
    ),
    faults=_UNKNOWN | {f.UploadBusy(): "It is being made a file.", f.SudoRequired(): "A sudo token is required."},
    status=204,
)
DOWNLOAD = Doc(
    "A finished upload, whole or in ranges; of an unfinished one how far it is, without a body.",
    BYTES,
    (_UPLOAD_ID,),
    faults=_UNKNOWN,
)
