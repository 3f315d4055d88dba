"""The API documentation of the calls of `oss`."""

from typing import get_args, get_type_hints

from penstock.dialects.oss.wire import (
    FileChunkVo,
    FileUploadProgressVo,
    FileVo,
    OssFileDto,
    OssFileMediaInfoDto,
    ProcessRequest,
)
from penstock.http.docs import story
from penstock.http.docs.refusals import OPENING, SEALING, TAKING, WAITING, Refusals
from penstock.http.routing.dialect_app import BYTES, EMPTY, Doc, Parameter
from penstock.model import faults as f
from penstock.model.ids import FileId

_SCALED: dict[str, str | float] = {"width": 2, "height": 2, "format": "png"}


def _options() -> tuple[Parameter, ...]:
    """The fields of `OssFileMediaInfoDto` as parameters, with their descriptions."""
    fields = {name: get_args(hint) for name, hint in get_type_hints(OssFileMediaInfoDto, include_extras=True).items()}
    return tuple(
        Parameter(name, "query", get_args(kind)[0], meta.description, required=False, example=_SCALED.get(name))
        for name, (kind, meta) in fields.items()
    )


_ID = Parameter("identifier", "query", str, "The file's MD5: 32 hexadecimal digits.", example=story.MD5)
_PICTURE_ID = Parameter("identifier", "query", str, "The picture's MD5, as it is sent.", example=story.PICTURE_MD5)
_FILE = Parameter("file", "form", BYTES, f"The file. {story.HOW_TO_MAKE}")
_PICTURE = Parameter("file", "form", BYTES, f"The picture. {story.HOW_TO_MAKE_PICTURE}")
_BAD: Refusals = {
    f.InputMissing("identifier"): "A parameter is missing.",
    f.InputInvalid("identifier", "not 32 hexadecimal digits"): "A parameter is wrong.",
}
_GONE: Refusals = {f.FileUnknown(): "The caller has no such file."}
_OTHER: Refusals = {f.DigestWrong(story.MD5, story.PICTURE_MD5): "The bytes have another MD5 than the identifier."}
_DRAWN: Refusals = {
    f.PictureRefused("truncated"): "The picture is broken, has too many pixels or costs too much.",
    f.PicturesBusy(5): "Too many pictures wait to be rendered.",
}
_PICTURED = _BAD | _OTHER | TAKING | SEALING | _DRAWN

CHECK = Doc("The progress of an upload, and a URL for each missing part.", FileUploadProgressVo, (_ID,), faults=_BAD)
INIT = Doc(
    "Open an upload in parts; answers a URL to PUT each part to.",
    FileChunkVo,
    body=OssFileDto,
    faults=_BAD
    | OPENING
    | {
        f.UploadSealed(FileId("")): "The file is stored already.",
        f.UploadConflict(): "It is being uploaded in other parts.",
    },
    example={
        "identifier": story.MD5,
        "fileName": story.NAME,
        "fileSize": story.SIZE,
        "partNum": 1,
        "partSize": story.SIZE,
        "contentType": "text/plain",
    },
)
PUT_PART = Doc(
    "Send one part to its presigned URL. The answer has an ETag and no body.",
    EMPTY,
    (
        Parameter("partNumber", "query", int, "The part's number, from 1."),
        Parameter("uploadId", "query", str, "The upload's id."),
        Parameter("expires", "query", int, "When the URL expires, in Unix seconds."),
        Parameter("grant", "query", str, "The token or session that requested the URL.", required=False),
        Parameter("signature", "query", str, "The server's signature."),
    ),
    BYTES,
    {
        f.SignatureInvalid(): "The URL was changed or has expired, or its token or session has ended.",
        f.UploadEnded(): "The upload has ended.",
        f.UploadBusy(): "The upload is being merged.",
        f.UploadSealed(FileId("")): "The upload is a file already.",
        f.PartConflict(0): "The file is merged, and this part has other bytes.",
    },
    about=f"The signed URL, from `init` or `check`, is the only credential. {story.HOW_TO_MAKE}",
)
MERGE = Doc(
    "Merge the parts into a file and verify its MD5.",
    FileVo,
    (_ID,),
    faults=_BAD
    | _OTHER
    | SEALING
    | WAITING
    | {
        f.UploadUnknown(): "The caller has no such upload.",
        f.PartsMissing([1], 1, 2): "Parts are missing.",
        f.SizeWrong(11, 12): "All parts together have another size.",
    },
)
IS_EXITS = Doc("Whether the file is stored.", FileVo, (_ID,), faults=_BAD | _GONE)
UPLOAD = Doc("Send a whole file.", FileVo, (_ID, _FILE), faults=_BAD | _OTHER | OPENING | SEALING)
DOWNLOAD = Doc(
    "A file, whole or in ranges.",
    BYTES,
    (
        _ID,
        Parameter("start", "query", int, "The first byte, in place of a Range header.", required=False, example=0),
        Parameter("end", "query", int, "The last byte, included.", required=False, example=4),
    ),
    faults=_BAD | _GONE,
)
MD5 = Doc(
    "The MD5 of the sent file. Nothing is stored.",
    FileVo,
    (_FILE,),
    faults={f.InputMissing("file"): "There is no file in the form."},
    about="A GET with the same form does the same; browsers send none.",
)
IMAGE_UPLOAD = Doc(
    "Send a picture; it is re-encoded for safety to at most 2 MB, and gets a thumbnail.",
    FileVo,
    (_PICTURE_ID, _PICTURE, *_options()),
    faults=_PICTURED
    | {
        f.FileUnknown(): "There is no such watermark.",
        f.PictureTypeRefused(): "It is no picture.",
    },
)
IMAGE_PROCESS = Doc(
    "Render a variant of a stored picture.",
    FileVo,
    body=ProcessRequest,
    faults=_BAD
    | TAKING
    | _DRAWN
    | {
        f.FileUnknown(): "The caller has no such picture, or no such watermark.",
        f.PictureTypeRefused(): "The file is no picture.",
        f.TooManyVariants(1000): "The picture has its most variants.",
    },
    example={"identifier": story.PICTURE_MD5, **_SCALED},
)
AVATAR_UPLOAD = Doc(
    "Send an avatar; it is cropped to a square.",
    FileVo,
    (_PICTURE_ID, _PICTURE),
    faults=_PICTURED | {f.PictureTypeRefused(): "It is neither JPEG nor PNG."},
)
OPEN_PATH = Doc(
    "A file by its path, without any other credential.",
    BYTES,
    (
        Parameter("target", "path", str, "A file, or a variant of one."),
        Parameter("signature", "path", str, "The server's signature."),
        Parameter("name", "path", str, "The file's name; it decides nothing."),
    ),
    faults={
        f.FileUnknown(): "There is no such file, or the signature is invalid.",
        f.FileTrashed(): "It lies in the trash.",
        f.PicturesBusy(5): "The variant must be rendered again, and too many pictures wait.",
    },
    about="The signed path, which is in the answer of every file, is the only credential.",
)
