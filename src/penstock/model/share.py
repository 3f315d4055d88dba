"""Shares: links by which others read a file, or what is in a folder, without signing in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.model.file import tag_of
from penstock.model.ids import PrincipalId

MAX_SHARES = 10_000
"""How many shares an owner may have, those that have ended and are still on record among them."""

TICKET = 86400.0
"""How long, in seconds, a download may go on that has begun."""

REMEMBERED = 30 * 86400.0
"""How long, in seconds, a share stays on record that has ended."""

Changes = Mapping[str, object]
"""What is to be changed of a share, by the names of its fields: `expires_at`, `password`, `most`."""


@dataclass(frozen=True, slots=True)
class Share:
    """A link to somebody's file or folder, the `item`, whose present name is `name`; "" once it is gone. `digest` is
    the SHA-256 of the link's token, in hex; the token itself is not stored. Times are Unix seconds.

    `password` is an Argon2id hash. `downloads` have begun, and `most` of them may; None is any number.
    """

    id: str
    owner: PrincipalId
    item: str
    of_folder: bool
    digest: str
    created_at: float
    expires_at: float | None = None
    password: str | None = None
    most: int | None = None
    downloads: int = 0
    revoked_at: float | None = None
    name: str = ""

    @property
    def tag(self) -> str:
        """Stands for all of it that can be edited (RFC 9110 §8.8.3)."""
        return tag_of(self.expires_at, self.password, self.most, self.revoked_at)


def from_now_on(changes: Changes, now: float) -> dict[str, Any]:
    """The changes, of which nothing reaches back: what is to have ended before ends now, and is remembered from now."""
    told = changes.get("expires_at")
    return {**changes, "expires_at": max(told, now)} if isinstance(told, float | int) else dict(changes)
