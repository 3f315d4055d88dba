"""What `tus` says and reads: headers, and one shape for refusals."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

import msgspec

from penstock.http.bodies.names import decode_text
from penstock.http.bodies.values import plain_text
from penstock.model import event
from penstock.model.faults import InputInvalid, InputMissing
from penstock.model.ids import ID_LENGTH, UploadId
from penstock.model.names import display_name

VERSION = "1.0.0"
BYTES_TYPE = "application/offset+octet-stream"
MAX_METADATA = 16 * 1024
"""How long the metadata of an upload may be, in characters: they are kept as they came."""

UNNAMED = "upload"
"""The name of a file whose client gave it none."""

_KEY = re.compile(r"[!-+\--~]+")
"""A key: printable ASCII without spaces and commas (*Upload-Metadata*)."""

MAX_DIGITS = 19
"""A length of more digits is larger than any that is taken."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is refused."""

    message: str


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a creation said, as the records of the upload keep it."""

    metadata: str | None = None
    concat: str | None = None
    sources: list[str] = []


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the metadata of an upload say of its file, and in which folder it is to lie."""

    name: str = UNNAMED
    media_type: str | None = None
    folder: str | None = None


def read_metadata(text: str | None) -> Metadata:
    """The name, the type and the folder in `Upload-Metadata`. Raises `InputInvalid` for what is no list of a key and a
    value in Base64, each key once.
    """
    pairs = _pairs(text)
    return Metadata(_name(pairs), _media_type(pairs), _folder(pairs))


def told_in(noted: str) -> event.Told:
    """What a creation told. Metadata that are no text come with U+FFFD for what has no meaning."""
    told = msgspec.json.decode(noted, type=Told)
    metadata = {key: value.decode(errors="replace") for key, value in _pairs(told.metadata).items()}
    return event.Told(metadata, [UploadId(source) for source in told.sources])


def _pairs(text: str | None) -> dict[str, bytes]:
    if text is None:
        return {}
    if len(text) > MAX_METADATA:
        raise InputInvalid("Upload-Metadata", f"more than {MAX_METADATA} characters")
    pairs: dict[str, bytes] = {}
    for pair in text.split(","):
        key, _, value = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in pairs:
            raise InputInvalid("Upload-Metadata", "not a list of keys, each of them once")
        pairs[key] = _decoded(value, "Upload-Metadata")
    return pairs


def whole(text: str | None, name: str) -> int:
    """A non-negative integer. Raises `InputMissing`, `InputInvalid`."""
    if text is None:
        raise InputMissing(name)
    if not (text.isascii() and text.isdigit()):
        raise InputInvalid(name, "not a non-negative integer")
    return int(text[:MAX_DIGITS]) if len(text) <= MAX_DIGITS else 10**MAX_DIGITS


def read_checksum(text: str) -> tuple[str, bytes]:
    """The algorithm and the digest of `Upload-Checksum`. Raises `InputInvalid`."""
    algorithm, _, value = text.partition(" ")
    if not algorithm or not value:
        raise InputInvalid("Upload-Checksum", "not an algorithm and a digest in Base64")
    return algorithm, _decoded(value, "Upload-Checksum")


def http_date(seconds: float) -> str:
    """A time (Unix seconds) as HTTP has it (RFC 9110 §5.6.7)."""
    return formatdate(seconds, usegmt=True)


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputInvalid(name, "not Base64") from None


def _name(pairs: Mapping[str, bytes]) -> str:
    """What clients call the file's name. One that cannot be shown is none: the upload goes on."""
    for key in ("filename", "name"):
        if pairs.get(key):
            try:
                return display_name(decode_text(pairs[key]))
            except ValueError:
                continue
    return UNNAMED


def _media_type(pairs: Mapping[str, bytes]) -> str | None:
    found = pairs.get("filetype") or pairs.get("type")
    return found.decode() if found and found.isascii() and len(found) <= 255 else None


def _folder(pairs: Mapping[str, bytes]) -> str | None:
    """The folder's id. What is none is not passed over: the file would come to lie elsewhere."""
    found = pairs.get("folder")
    return None if found is None else plain_text(found.decode(errors="replace"), "folder", ID_LENGTH)
