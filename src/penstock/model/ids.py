"""The identifiers that travel between dialects."""

from typing import NewType
from uuid import uuid4

UploadId = NewType("UploadId", str)
FileId = NewType("FileId", str)
PrincipalId = NewType("PrincipalId", str)
FolderId = NewType("FolderId", str)

ROOT = FolderId("")
"""The folder in which everything lies that was put into no other."""

Sha256 = NewType("Sha256", str)
"""64 lowercase hex digits: the identity of a blob."""

Md5 = NewType("Md5", str)
"""32 lowercase hex digits: an index into files, never an identity."""

StagedLocation = NewType("StagedLocation", str)
"""Where in staging one part lies. Opaque outside the staging adapter and never reused."""

Location = NewType("Location", str)
"""Where one blob lies. Opaque outside the blob adapter and never reused."""

ID_LENGTH = 36
"""How many characters a new id has."""


def new_id() -> str:
    """A fresh random UUID in its canonical text form (122 random bits, RFC 9562 §5.4)."""
    return str(uuid4())
