"""What requests of `drive` say: values, marks of lists, conditions."""

import base64
import binascii
import math
import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from msgspec import UnsetType
from starlette.datastructures import QueryParams
from starlette.requests import Request

from penstock.dialects.drive.wire import MAX_ITEMS, FileChange, FolderChange, ItemChange
from penstock.http.bodies.values import file_name, plain_text, required, whole_number
from penstock.model.faults import InputInvalid
from penstock.model.folder import Edit, Tags
from penstock.model.ids import ID_LENGTH, ROOT, FolderId
from penstock.model.listing import Mark, Sort, Wanted

T = TypeVar("T")

USUAL_PAGE, MAX_PAGE = 100, 1000
MAX_LABELS, MAX_LABEL = 32, 64
MAX_TEXT = 200
"""How long what is searched, and what is filtered by, may be."""

MAX_TAGS = 100

SIDES = {"small": 256, "medium": 1024, "large": 2048}
"""The sizes of pictures in previews, by their longest side in pixels."""

NAMED_ROOT = "root"
"""The root, where a query names it."""

_TAG = re.compile(r"(?:W/)?\"([!#-~\x80-\xff]*)\"")


def page_length(query: QueryParams) -> int:
    """How many entries a page has. Raises `InputInvalid`."""
    return whole_number(query.get("limit", str(USUAL_PAGE)), "limit", 1, MAX_PAGE)


def place_of(folder: str | UnsetType | None, absent: FolderId | None = ROOT) -> FolderId | None:
    """The folder that a body names. Raises `InputInvalid`."""
    if isinstance(folder, UnsetType):
        return absent
    return ROOT if folder is None else FolderId(plain_text(folder, "folder", ID_LENGTH))


def place_asked(query: QueryParams) -> FolderId | None:
    """The folder that a query names; None where it names none. Raises `InputInvalid`."""
    folder = query.get("folder")
    if folder in {None, NAMED_ROOT}:
        return None if folder is None else ROOT
    return FolderId(plain_text(folder, "folder", ID_LENGTH))


def edit_of(change: FileChange | FolderChange | ItemChange) -> Edit:
    """What is to be changed. Raises `InputInvalid`."""
    name = None if isinstance(change.name, UnsetType) else file_name(change.name, "name")
    labels = None if isinstance(change, FolderChange) else change.labels
    return Edit(
        name,
        place_of(change.folder, None),
        _labels(labels) if isinstance(labels, list) else None,
        rename=change.on_conflict == "rename",
    )


def items_of(items: list[T] | None, name: str, most: int = MAX_ITEMS) -> list[T]:
    """What many are named by: at least one, and not too many. Raises `InputMissing`, `InputInvalid`."""
    if not 1 <= len(required(items, name)) <= most:
        raise InputInvalid(name, f"not 1 to {most} of them")
    return items or []


def _labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Each of them once, in their order."""
    if len(labels) > MAX_LABELS:
        raise InputInvalid("labels", f"more than {MAX_LABELS}")
    return tuple(dict.fromkeys(plain_text(label, "labels", MAX_LABEL) for label in labels))


def sort_of(query: QueryParams) -> tuple[Sort, bool]:
    """What a list is sorted by, and whether the other way round. Raises `InputInvalid`."""
    sort, order = query.get("sort", Sort.NAME), query.get("order", "asc")
    if sort not in set(Sort):
        raise InputInvalid("sort", f"none of {', '.join(Sort)}")
    if order not in {"asc", "desc"}:
        raise InputInvalid("order", "neither asc nor desc")
    return Sort(sort), order == "desc"


def side_of(query: QueryParams) -> int:
    """The longest side that a picture is shown with, in pixels. Raises `InputInvalid`."""
    size = query.get("size", "medium")
    if size not in SIDES:
        raise InputInvalid("size", f"none of {', '.join(SIDES)}")
    return SIDES[size]


def disposition_of(query: QueryParams) -> str:
    """Whether a file is to be saved or shown (RFC 6266 §4.2). Raises `InputInvalid`."""
    told = query.get("disposition", "attachment")
    if told not in {"attachment", "inline"}:
        raise InputInvalid("disposition", "neither attachment nor inline")
    return told


def wanted(query: QueryParams) -> Wanted:
    """Which files are listed. Raises `InputInvalid`."""

    def text(name: str) -> str | None:
        return plain_text(query[name], name, MAX_TEXT) if name in query else None

    return Wanted(
        text("type"), text("dialect"), text("label"), moment_asked(query, "since"), moment_asked(query, "until")
    )


def moment_asked(query: QueryParams, name: str) -> float | None:
    """A time that a query names, in Unix seconds. Raises `InputInvalid`."""
    if name not in query:
        return None
    try:
        seconds = float(query[name])
    except ValueError:
        raise InputInvalid(name, "no number") from None
    return moment_of(seconds, name)


def moment_of(seconds: float, name: str) -> float:
    """A time. Raises `InputInvalid`."""
    if not (math.isfinite(seconds) and 0 <= seconds < 1e12):
        raise InputInvalid(name, "no time in Unix seconds")
    return seconds


def cursor(mark: Mark | None, *sort: str | bool) -> str | None:
    """The mark of a list that is sorted so, as its client hands it back; None at the end."""
    if mark is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode([*sort, mark.value, mark.id])).decode().rstrip("=")


def mark_of(query: QueryParams, kind: type[str] | type[int] | type[float], *sort: str | bool) -> Mark | None:
    """Where the list goes on; None at its beginning. Raises `InputInvalid` for what is no cursor of this list."""
    text = query.get("cursor")
    if text is None:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        *told, value, identifier = msgspec.json.decode(raw, type=list[str | int | float | bool])
        if told != list(sort) or not isinstance(identifier, str):
            raise ValueError
        return Mark(msgspec.convert(value, kind), plain_text(identifier, "cursor", MAX_TEXT))
    except (binascii.Error, ValueError, InputInvalid):
        raise InputInvalid("cursor", "none of this list") from None


def tags_of(request: Request) -> Tags:
    """The tags of `If-Match` (RFC 9110 §13.1.1); None where any will do. What is no list of tags meets none."""
    told = ", ".join(request.headers.getlist("if-match"))
    if not told or told.strip() == "*":
        return None
    found = [_TAG.fullmatch(tag.strip()) for tag in told.split(",")[:MAX_TAGS]]
    return frozenset(tag[1] for tag in found if tag is not None and not tag[0].startswith("W/"))
