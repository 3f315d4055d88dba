"""What hooks are told and what they answer: tusd's JSON, with what it does not know under `Penstock`."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from penstock.model.concat import Concat
from penstock.model.event import Call, Event, Kind, Reply
from penstock.model.names import display_name
from penstock.ports import Answer

MAX_TYPE = 255
"""The most characters of a media type."""

REFUSALS = range(400, 600)
"""The statuses that a refusal may have: a client would take any other for a success, or for something else."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?|")
"""What a header may be called, and its value (RFC 9110 §5.6.2, §5.5), in ASCII."""

_OURS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "tus-resumable",
        "tus-version",
        "upgrade",
    }
)
"""Headers of the connection, of the message's length, and of the protocol: no hook sets them (RFC 9110 §7.6.1)."""


class UploadInfo(msgspec.Struct, frozen=True):
    """tusd's `FileInfo`."""

    ID: str
    Size: int
    SizeIsDeferred: bool
    Offset: int
    MetaData: Mapping[str, str]
    IsPartial: bool = False
    IsFinal: bool = False
    PartialUploads: Sequence[str] | None = None
    Storage: Mapping[str, str] | None = None


class RequestInfo(msgspec.Struct, frozen=True):
    """tusd's `HTTPRequest`."""

    Method: str = ""
    URI: str = ""
    RemoteAddr: str = ""
    Header: Mapping[str, Sequence[str]] = {}


class OwnInfo(msgspec.Struct, frozen=True):
    """What tusd does not know."""

    Dialect: str
    Owner: str
    SHA256: str | None
    MD5: str | None
    FileID: str | None


class HookEvent(msgspec.Struct, frozen=True):
    """tusd's `HookEvent`, and ours."""

    Upload: UploadInfo
    HTTPRequest: RequestInfo
    Penstock: OwnInfo


class HookRequest(msgspec.Struct, frozen=True):
    """tusd's `HookRequest`: the whole body."""

    Type: str
    Event: HookEvent


class ResponseInfo(msgspec.Struct, frozen=True):
    """tusd's `HTTPResponse`."""

    StatusCode: int = 0
    Body: str = ""
    Header: Mapping[str, str] | None = None


class FileInfoChanges(msgspec.Struct, frozen=True):
    """tusd's `FileInfoChanges`; an `ID` or a `Storage` is not taken."""

    MetaData: Mapping[str, str] | None = None


class HookResponse(msgspec.Struct, frozen=True):
    """tusd's `HookResponse`."""

    HTTPResponse: ResponseInfo | None = None
    RejectUpload: bool = False
    ChangeFileInfo: FileInfoChanges | None = None


def write_event(event: Event) -> bytes:
    """The body that a hook gets."""
    upload = UploadInfo(
        ID=event.upload,
        Size=event.size or 0,
        SizeIsDeferred=event.size is None,
        Offset=event.offset,
        MetaData=event.metadata,
        IsPartial=event.concat is Concat.PARTIAL,
        IsFinal=event.concat is Concat.FINAL,
        PartialUploads=event.sources or None,
        Storage=None if event.kind is Kind.PRE_CREATE else {"Type": "penstock"},
    )
    ours = OwnInfo(event.dialect, event.owner, event.sha256, event.md5, event.file)
    return msgspec.json.encode(HookRequest(event.kind, HookEvent(upload, _request(event.call), ours)))


def read_answer(body: bytes) -> Answer:
    """What a hook decided. Raises `ValueError` for anything but its JSON."""
    answer = msgspec.json.decode(body, type=HookResponse)
    if answer.RejectUpload:
        return Answer(refused=True, reply=_reply(answer.HTTPResponse or ResponseInfo()))
    changes = answer.ChangeFileInfo or FileInfoChanges()
    metadata = changes.MetaData or {}
    return Answer(name=_name(metadata), media_type=_media_type(metadata))


def _request(call: Call | None) -> RequestInfo:
    if call is None:
        return RequestInfo()
    headers = {**call.headers, **{name: [value] for name, value in call.forwarded.items()}}
    return RequestInfo(call.method, call.uri, call.address, headers)


def _reply(response: ResponseInfo) -> Reply:
    headers = {
        name: value
        for name, value in (response.Header or {}).items()
        if _TOKEN.fullmatch(name) and _VALUE.fullmatch(value) and name.lower() not in _OURS
    }
    return Reply(response.StatusCode if response.StatusCode in REFUSALS else None, response.Body, headers)


def _media_type(metadata: Mapping[str, str]) -> str | None:
    kind = metadata.get("filetype") or metadata.get("type") or ""
    return kind if 0 < len(kind) <= MAX_TYPE and kind.isascii() and kind.isprintable() else None


def _name(metadata: Mapping[str, str]) -> str | None:
    """What the hook calls the file. A name that cannot be shown is none, as in `tus`."""
    for key in ("filename", "name"):
        with suppress(ValueError):
            return display_name(metadata.get(key, ""))
    return None
