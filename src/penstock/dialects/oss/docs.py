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
_FILE = Parameter("file", "form", BYTES, f"The file. {story.MADE}")
_PICTURE = Parameter("file", "form", BYTES, f"The picture. {story.PICTURE_MADE}")
_BAD: Refusals = {
    f.InputMissing("identifier"): "A parameter is missing.",
    f.InputInvalid("identifier", "not 32 hexadecimal digits"): "A parameter is wrong.",
}
_GONE: Refusals = {f.FileUnknown(): "The caller has no such file."}
_OTHER: Refusals = {f.DigestWrong(story.MD5, story.PICTURE_MD5): "The bytes have another MD5 than the identifier."}
_DRAWN: Refusals = {
    f.PictureRefused("truncated"): "The picture is broken, has too many pixels or costs too much.",
    f.PicturesBusy(5): "So many pictures wait to be made that this one cannot.",
}
_PICTURED = _BAD | _OTHER | TAKING | SEALING | _DRAWN

CHECK = Doc("How far an upload has come, and where to send what is missing.", FileUploadProgressVo, (_ID,), faults=_BAD)
INIT = Doc(
    "Open an upload in parts; answers where to PUT each.",
    FileChunkVo,
    body=OssFileDto,
    faults=_BAD
    | OPENING
    | {
        f.UploadSealed(FileId("")): "The file is here already.",
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
    "Send one part to its presigned address. The answer has an ETag and no body.",
    EMPTY,
    (
        Parameter("partNumber", "query", int, "The part's number, from 1."),
        Parameter("uploadId", "query", str, "The upload's id."),
        Parameter("expires", "query", int, "When the address expires, in Unix seconds."),
        Parameter("grant", "query", str, "The token or session that asked for the address.", required=False),
        Parameter("signature", "query", str, "What the server signed."),
    ),
    BYTES,
    {
        f.SignatureInvalid(): "The address was changed or has expired, or what asked for it has ended.",
        f.UploadEnded(): "The upload has ended.",
        f.UploadBusy(): "The upload becomes a file just now.",
        f.UploadSealed(FileId("")): "The upload is a file already.",
        f.PartConflict(0): "The file is merged, and this part has other bytes.",
    },
    about=f"Whoever holds the address may: it is signed, and `init` and `check` give it. {story.MADE}",
)
MERGE = Doc(
    "Make the parts a file, checking its MD5.",
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
IS_EXITS = Doc("Whether the file is here.", FileVo, (_ID,), faults=_BAD | _GONE)
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
    "The MD5 of what is sent. Nothing is kept.",
    FileVo,
    (_FILE,),
    faults={f.InputMissing("file"): "There is no file in the form."},
    about="A GET with the same form does the same; browsers send none.",
)
IMAGE_UPLOAD = Doc(
    "Send a picture; it is made safe, at most 2 MB, and gets a thumbnail.",
    FileVo,
    (_PICTURE_ID, _PICTURE, *_options()),
    faults=_PICTURED
    | {
        f.FileUnknown(): "There is no such watermark.",
        f.PictureTypeRefused(): "It is no picture.",
    },
)
IMAGE_PROCESS = Doc(
    "Make another picture of a stored one.",
    FileVo,
    body=ProcessRequest,
    faults=_BAD
    | TAKING
    | _DRAWN
    | {
        f.FileUnknown(): "The caller has no such picture, or no such watermark.",
        f.PictureTypeRefused(): "The file is no picture.",
        f.TooManyVariants(1000): "The picture was made into as many others as it may.",
    },
    example={"identifier": story.PICTURE_MD5, **_SCALED},
)
AVATAR_UPLOAD = Doc(
    "Send an avatar; it is cut square.",
    FileVo,
    (_PICTURE_ID, _PICTURE),
    faults=_PICTURED | {f.PictureTypeRefused(): "It is neither JPEG nor PNG."},
)
OPEN_PATH = Doc(
    "A file by its path, without any other credential.",
    BYTES,
    (
        Parameter("target", "path", str, "A file, or a variant of one."),
        Parameter("signature", "path", str, "What the server signed."),
        Parameter("name", "path", str, "The file's name; it decides nothing."),
    ),
    faults={
        f.FileUnknown(): "There is no such file, or the signature is not good.",
        f.FileTrashed(): "It lies in the trash.",
        f.PicturesBusy(5): "A variant is to be made anew, and too many pictures wait.",
    },
    about="Whoever holds the path may: it is signed, and every file is answered with its own.",
)
