"""What `resumable` says: the file that an upload became, and problems (RFC 9457)."""

from contextlib import suppress
from email.message import Message
from email.utils import collapse_rfc2231_value

import msgspec
from starlette.datastructures import Headers

from penstock.dialects.resumable.fields import dictionary
from penstock.http.bodies.names import decode_header_name
from penstock.model.file import File
from penstock.model.names import display_name

PARTIAL_TYPE = "application/partial-upload"
PROBLEM_TYPE = "application/problem+json"
UNNAMED = "upload"
"""The name of a file whose client gave it none."""


class FileMade(msgspec.Struct, frozen=True):
    """The file that an upload became. Sizes in bytes, digests in hex."""

    id: str
    name: str
    size: int
    media_type: str
    sha256: str
    md5: str | None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename="kebab"):
    """Why a request is refused (RFC 9457)."""

    title: str
    status: int
    type: str = "about:blank"
    expected_offset: int | None = None
    provided_offset: int | None = None


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a creation said of the whole, as the records of the upload keep it."""

    sha256: str | None = None


def file_made(file: File) -> FileMade:
    """A file as clients see it."""
    blob = file.blob
    return FileMade(file.id, file.name, blob.size, file.media_type, blob.sha256, blob.md5)


def limits(most: int, left: float) -> dict[str, str]:
    """`Upload-Limit`: the largest whole, in bytes, and how long an upload lives, in seconds."""
    return {"Upload-Limit": dictionary([("max-size", most), ("min-size", 0), ("max-age", -int(-left // 1))])}


def name_of(headers: Headers) -> str:
    """The name in `Content-Disposition` (RFC 6266: `filename*` counts more). One that cannot be shown is none: the
    upload goes on.
    """
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    names = [value for key, value in message.get_params([], "content-disposition") if key == "filename"]
    for name in sorted(names, key=lambda value: isinstance(value, str)):
        with suppress(ValueError):
            if isinstance(name, str):
                return display_name(decode_header_name(name.encode("latin-1")))
            return display_name(collapse_rfc2231_value(name))
    return UNNAMED
