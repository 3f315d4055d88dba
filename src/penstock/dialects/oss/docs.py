"""What the API documentation says of the calls of `oss`."""

from penstock.dialects.oss.wire import FileChunkVo, FileUploadProgressVo, FileVo, OssFileDto, ProcessRequest
from penstock.http.rooms import BYTES, Doc, Parameter

_ID = Parameter("identifier", "query", str, "The file's MD5: 32 hexadecimal digits.")
_FILE = Parameter("file", "form", BYTES, "The file.")
_OPTIONS = tuple(
    Parameter(name, "query", kind, about, required=False)
    for name, kind, about in (
        ("width", int, "The widest it may be, 1 to 4096; proportions are kept."),
        ("height", int, "The highest it may be, 1 to 4096."),
        ("format", str, "png, jpeg, jpg or webp."),
        ("watermarkPath", str, "A stored picture of the caller's: its path or its identifier."),
        (
            "watermarkPosition",
            str,
            "TOP_LEFT, TOP_CENTER, TOP_RIGHT, CENTER, BOTTOM_LEFT, BOTTOM_CENTER, BOTTOM_RIGHT.",
        ),
        ("opacity", float, "0 to 1."),
        ("scale", float, "How much the watermark is enlarged, 0.1 to 2."),
        ("ratio", float, "The largest share of either side that it takes, 0.05 to 1."),
    )
)
_REFUSED = {400: "A parameter is missing or wrong.", 401: "Not signed in."}
_GONE = _REFUSED | {404: "The caller has no such file."}
_LARGE = _REFUSED | {413: "Larger than the caller's tier allows."}

CHECK = Doc(
    "How far an upload has come, and where to send what is missing.", FileUploadProgressVo, (_ID,), faults=_REFUSED
)
INIT = Doc(
    "Open an upload in parts; answers where to PUT each.",
    FileChunkVo,
    body=OssFileDto,
    faults=_REFUSED | {409: "The file is here already, or being uploaded."},
)
MERGE = Doc("Make the parts a file, checking its MD5.", FileVo, (_ID,), faults=_GONE | {409: "Parts are missing."})
IS_EXITS = Doc("Whether the file is here.", FileVo, (_ID,), faults=_GONE)
UPLOAD = Doc("Send a whole file.", FileVo, (_ID, _FILE), faults=_LARGE)
DOWNLOAD = Doc(
    "A file, whole or in ranges.",
    BYTES,
    (
        _ID,
        Parameter("start", "query", int, "The first byte, in place of a Range header.", required=False),
        Parameter("end", "query", int, "The last byte, included.", required=False),
    ),
    faults=_GONE | {416: "No such range."},
)
MD5 = Doc("The MD5 of what is sent. Nothing is kept.", FileVo, (_FILE,), faults=_REFUSED)
IMAGE_UPLOAD = Doc(
    "Send a picture; it is made safe, at most 2 MB, and gets a thumbnail.",
    FileVo,
    (_ID, _FILE, *_OPTIONS),
    faults=_LARGE | {415: "Not a picture."},
)
IMAGE_PROCESS = Doc("Make another picture of a stored one.", FileVo, body=ProcessRequest, faults=_GONE)
AVATAR_UPLOAD = Doc(
    "Send an avatar; it is cut square.", FileVo, (_ID, _FILE), faults=_LARGE | {415: "Not JPEG or PNG."}
)
PUT_PART = Doc(
    "Send one part to its presigned address. The answer has an ETag and no body.",
    BYTES,
    (
        Parameter("partNumber", "query", int, "The part's number, from 1."),
        Parameter("uploadId", "query", str, "The upload's id."),
        Parameter("expires", "query", int, "When the address expires, in Unix seconds."),
        Parameter("grant", "query", str, "The token or session that asked for the address.", required=False),
        Parameter("signature", "query", str, "What the server signed."),
    ),
    BYTES,
    {
        403: "The address was changed or has expired, or what asked for it, or its account, has ended.",
        409: "The upload takes no more parts.",
    },
)
OPEN_PATH = Doc(
    "A file by its path, without any other credential.",
    BYTES,
    (
        Parameter("target", "path", str, "A file, or a variant of one."),
        Parameter("signature", "path", str, "What the server signed."),
        Parameter("name", "path", str, "The file's name; it decides nothing."),
    ),
    faults={404: "There is no such file."},
)
