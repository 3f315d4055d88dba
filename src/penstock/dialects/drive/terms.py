"""The terms of links that others open, as requests of `drive` say them."""

import math
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from penstock.dialects.drive.sharing_wire import NewShare, NewUploadRequest, ShareChange, UploadRequestChange
from penstock.http.bodies.values import plain_text, within
from penstock.model.faults import InputInvalid

LARGEST = (1 << 63) - 1
LATEST = 1e12
MAX_TITLE, MAX_PASSWORD = 200, 1000


def share_terms(told: NewShare | ShareChange) -> dict[str, Any]:
    """What is said of a share, by the names of its fields. Raises `InputInvalid`."""
    return _named(
        {
            "expires_at": _moment(told.expires_at, "expires_at"),
            "password": _text(told.password, "password", MAX_PASSWORD),
            "most": _number(told.most_downloads, "most_downloads"),
        }
    )


def upload_request_terms(told: NewUploadRequest | UploadRequestChange) -> dict[str, Any]:
    """What is said of an upload request, by the names of its fields. Raises `InputInvalid`."""
    title = _text(told.title, "title", MAX_TITLE)
    return _named(
        {
            "title": "" if title is None else title,
            "expires_at": _moment(told.expires_at, "expires_at"),
            "most_files": _number(told.most_files, "most_files"),
            "most_bytes": _number(told.most_bytes, "most_bytes"),
            "largest": _number(told.largest, "largest"),
        }
    )


def _named(terms: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in terms.items() if value is not UNSET}


def _moment(seconds: float | UnsetType | None, name: str) -> float | UnsetType | None:
    if isinstance(seconds, float | int) and not (math.isfinite(seconds) and 0 <= seconds < LATEST):
        raise InputInvalid(name, "no time in Unix seconds")
    return seconds


def _number(number: int | UnsetType | None, name: str) -> int | UnsetType | None:
    return within(number, name, 0, LARGEST) if isinstance(number, int) else number


def _text(text: str | UnsetType | None, name: str, longest: int) -> str | UnsetType | None:
    return plain_text(text, name, longest) if isinstance(text, str) else text
