"""Rows of uploads and parts, as several repositories read and write them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from penstock.adapters.sql.tx import Row
from penstock.model.concat import Concat
from penstock.model.event import Reply
from penstock.model.faults import ContentRefused, UploadRefused, UploadUnknown
from penstock.model.ids import Md5, PrincipalId, Sha256, StagedLocation, UploadId
from penstock.model.upload import Declared, Digests, Part, Rejection, State, Upload, refuse_unless_open

HASH_LEASE = 5.0
"""The lease of a process on hashing an upload, in seconds."""

UPLOAD = "SELECT * FROM uploads WHERE id = :id"
THAW_STALLED = "UPDATE uploads SET state = 'open' WHERE id = :id AND state = 'sealing' AND sealer_until <= :now"


def require_open(row: Row | None, now: float) -> Row:
    """The row of an upload that takes bytes. Raises the fault of its state otherwise."""
    if row is None or (row["state"] == State.OPEN and row["expires_at"] <= now):
        raise UploadUnknown
    refuse_unless_open(State(row["state"]), row["file_id"])
    return row


def read_upload(row: Row) -> Upload:
    """An upload from a row of its table."""
    declared = Declared(
        row["name"], row["media_type"], row["size"], row["total"], row["part_size"], row["md5"], row["label"]
    )
    return Upload(
        id=UploadId(row["id"]),
        owner=PrincipalId(row["owner"]),
        dialect=row["dialect"],
        key=row["client_key"],
        declared=declared,
        limit=row["size_limit"],
        needs_md5=bool(row["needs_md5"]),
        state=State(row["state"]),
        epoch=row["epoch"],
        received=row["received"],
        bytes=row["bytes"],
        largest=row["largest"],
        expires_at=row["expires_at"],
        file=row["file_id"],
        completed_by=row["completed_by"],
        **_newer(row),
    )


def _newer(row: Row) -> dict[str, Any]:
    """What a row tells of appends, hooks and folders. The function of PostgreSQL's that records parts returns nothing
    of it.
    """
    if "appended" not in row.keys():  # noqa: SIM118  # rows are no mappings
        return {}
    return {
        "told": row["told"],
        "appended": bool(row["appended"]),
        "turn": row["turn"],
        "last": row["last"],
        "last_digest": row["last_digest"],
        "holder": row["holder"],
        "concat": Concat(row["concat"]) if row["concat"] else None,
        "given_name": row["given_name"],
        "given_type": row["given_type"],
        "approved": bool(row["approved"]),
        "rejection": _read_rejection(row["rejection"]),
        "folder": row["folder"],
        "upload_request": row["upload_request"],
    }


def write_rejection(why: Rejection) -> str:
    """A rejection, as the column has it."""
    facts: Mapping[str, object] = {"finding": why.finding} if isinstance(why, ContentRefused) else {"reply": why.reply}
    return msgspec.json.encode(facts).decode()


def _read_rejection(text: str | None) -> Rejection | None:
    if text is None:
        return None
    facts = msgspec.json.decode(text)
    return ContentRefused(facts["finding"]) if "finding" in facts else UploadRefused(Reply(**facts["reply"]))


def read_part(row: Row) -> Part:
    """A part from a row of its table."""
    return Part(row["number"], StagedLocation(row["place"]), row["length"], row["digest"], row["generation"])


def read_digests(row: Row) -> Digests | None:
    """The digests of an upload's bytes, from a row of its table; None when there are none."""
    if row["found_sha256"] is None:
        return None
    md5 = Md5(row["found_md5"]) if row["found_md5"] else None
    return Digests(row["found_size"], Sha256(row["found_sha256"]), md5, _read_crc32(row))


def _read_crc32(row: Row) -> int | None:
    """Code before version 16 writes the SHA-256 alone: a CRC of earlier bytes may stand beside it."""
    sha256, _, crc32 = (row["found_crc32"] or "").partition(":")
    return int(crc32, 16) if crc32 and sha256 == row["found_sha256"] else None


def declared_columns(declared: Declared) -> dict[str, object]:
    """The declaration of an upload, by the names in statements."""
    return {
        "name": declared.name,
        "media_type": declared.media_type,
        "size": declared.size,
        "total": declared.total,
        "part_size": declared.part_size,
        "md5": declared.md5,
        "label": declared.label,
    }


def digest_columns(digests: Digests) -> dict[str, object]:
    """The digests of an upload's bytes, by the names in statements."""
    crc32 = f"{digests.sha256}:{digests.crc32:x}" if digests.crc32 is not None else None
    return {"size": digests.size, "sha256": digests.sha256, "md5": digests.md5, "crc32": crc32}


def hashed_by(row: Row, now: float) -> str | None:
    """The process that hashes the bytes of an upload, while its lease runs."""
    process: str | None = row["chaser"]
    return process if (row["chaser_until"] or 0) > now else None
