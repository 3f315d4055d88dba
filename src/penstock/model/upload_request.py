"""Upload requests: links by which others send files into somebody's folder, without signing in."""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.model.file import tag_of
from penstock.model.ids import FolderId, PrincipalId

PREFIX = "psu_"
"""What the token of an upload request begins with, by which it is told from those of accounts."""

MAX_UPLOAD_REQUESTS = 10_000
"""How many upload requests an owner may have, those that have ended and are still on record among them."""

Changes = Mapping[str, object]
"""What is to be changed of an upload request, by the names of its fields: `title`, `expires_at` and the limits."""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A link by which others send files into somebody's `folder`. `digest` is the SHA-256 of the link's token, in hex;
    the token itself is not stored. `title` is shown to those who have the link. Times are Unix seconds, sizes bytes.

    `most_bytes` and `most_files` bound all that comes by it, `largest` each file; None is any number. So many `bytes`
    and `files` have come.
    """

    id: str
    owner: PrincipalId
    folder: FolderId
    digest: str
    created_at: float
    title: str = ""
    expires_at: float | None = None
    most_bytes: int | None = None
    most_files: int | None = None
    largest: int | None = None
    bytes: int = 0
    files: int = 0
    revoked_at: float | None = None

    @property
    def tag(self) -> str:
        """Stands for all of it that can be edited (RFC 9110 §8.8.3)."""
        return tag_of(self.title, self.expires_at, self.most_bytes, self.most_files, self.largest, self.revoked_at)
