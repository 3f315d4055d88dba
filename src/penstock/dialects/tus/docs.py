"""The API documentation of `tus`."""

import base64

from penstock.dialects.tus.wire import BYTES_TYPE, VERSION
from penstock.http import faults as h
from penstock.http.docs import story
from penstock.http.docs.refusals import OPENING, SEALING, TAKING, WAITING, Refusals
from penstock.http.routing.dialect_app import BYTES, EMPTY, Doc, Parameter
from penstock.model import faults as f

_METADATA = f"filename {base64.b64encode(story.NAME.encode()).decode()}"
_VERSION = Parameter("Tus-Resumable", "header", str, "The version of the protocol.", example=VERSION)
_UPLOAD_ID = Parameter("upload_id", "path", str, "The last part of the `Location` that a creation answered.")
_CHECKSUM = Parameter("Upload-Checksum", "header", str, "The chunk's digest: an algorithm, and Base64.", required=False)
_SPOKEN: Refusals = {h.PreconditionFailed(): "The request is of another version of the protocol."}
_UNKNOWN: Refusals = {
    f.UploadUnknown(): "The caller has no such upload.",
    f.UploadCancelled(): "It was terminated, or its file was removed.",
    f.UploadEnded(): "Its bytes were refused.",
}
_CHUNK: Refusals = {
    f.InputInvalid("Upload-Checksum", "not Base64"): "A header is wrong.",
    f.PartDigestWrong("00", "01"): "The chunk does not have the digest that was stated; nothing of it is kept.",
    h.BodyTypeRefused(): f"The body is no `{BYTES_TYPE}`.",
}

CREATE = Doc(
    "Begin an upload; its address is in `Location`.",
    EMPTY,
    (
        _VERSION,
        Parameter("Upload-Length", "header", int, "The size, in bytes.", required=False, example=story.SIZE),
        Parameter("Upload-Metadata", "header", str, "Keys, and values in Base64.", required=False, example=_METADATA),
        Parameter("Upload-Concat", "header", str, "`partial`, or `final;` and addresses.", required=False),
    ),
    faults=OPENING
    | SEALING
    | _SPOKEN
    | _CHUNK
    | {f.InputMissing("Upload-Length"): "Neither a length nor that it is not known yet."},
    about="While the size is not known, `Upload-Defer-Length: 1` stands in the place of `Upload-Length`, and a PATCH "
    "tells that later. Uploads that were created as `partial` are put together by a creation without a length whose "
    "`Upload-Concat` is `final;` and their addresses. A body brings the first bytes, with the headers of a PATCH but "
    "`Upload-Offset`.",
    status=201,
)
STATUS = Doc("How far an upload is.", EMPTY, (_VERSION, _UPLOAD_ID), faults=_SPOKEN | _UNKNOWN)
GO_ON = Doc(
    "Append bytes. The answer to those that reach the length comes once the upload is a file.",
    EMPTY,
    (
        _VERSION,
        _UPLOAD_ID,
        Parameter("Upload-Offset", "header", int, "Where they begin: what the server told last.", example=0),
        Parameter("Content-Type", "header", str, "The type of a chunk.", example=BYTES_TYPE),
        _CHECKSUM,
    ),
    BYTES,
    TAKING
    | SEALING
    | WAITING
    | _SPOKEN
    | _UNKNOWN
    | _CHUNK
    | {
        f.InputMissing("Upload-Offset"): "A header is missing.",
        f.OffsetWrong(5, 0): "The upload goes on at another offset.",
        f.UploadJoined(): "The upload is made of others.",
        f.AppendCutOff(): "Another request goes on with this upload; what came of this one is kept.",
        f.SizeConflict(11): "Another length than was told before.",
    },
    about=story.HOW_TO_MAKE,
    status=204,
)
TERMINATE = Doc(
    "End an upload, finished or not; its bytes are removed.",
    EMPTY,
    (
        _VERSION,
        _UPLOAD_ID,
        Parameter("X-Sudo-Token", "header", str, "A sudo token, where one is asked for.", required=False),
    ),
    faults=_SPOKEN
    | _UNKNOWN
    | {f.UploadBusy(): "It is being made a file.", f.SudoRequired(): "A sudo token is required."},
    status=204,
)
DOWNLOAD = Doc("A finished upload, whole or in ranges.", BYTES, (_UPLOAD_ID,), faults=_UNKNOWN)
