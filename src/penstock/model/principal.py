"""Principals, accounts, and what they may do."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from penstock.model.ids import PrincipalId
from penstock.model.upload_request import UploadRequest


class Tier(StrEnum):
    """How much a principal may send in one request (oss.md §5)."""

    NORMAL = "normal"
    VIP = "vip"
    ENTERPRISE = "enterprise"


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"


EVERY_SCOPE = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user, or the one shared principal of anonymous callers."""

    id: PrincipalId
    name: str
    tier: Tier = Tier.NORMAL
    admin: bool = False
    scopes: frozenset[Scope] = EVERY_SCOPE
    grant: str = ""
    """The caller's credential: the id of its session, or of a token outside sessions; "" for an external issuer's
    token.
    """
    address: str | None = field(default=None, compare=False)
    """The address of a caller without an account here; None for everybody else."""
    upload_request: UploadRequest | None = None
    """By which somebody without an account sends files to the one who has this `id`, and may do nothing else."""


@dataclass(frozen=True, slots=True)
class Heritage:
    """The outcome of ending an account: its id, and how many files were given away or removed. `busy`: one of its
    uploads is being sealed, and nothing was changed.
    """

    user: PrincipalId
    files: int
    busy: bool = False


_NAME = re.compile(r"[^\s\x00-\x1f\x7f/\\:]{1,128}")


def is_name(name: str) -> bool:
    """Whether this is a valid name of a user or client: safe in a path, a header and a line of text, without colons."""
    return _NAME.fullmatch(name) is not None and name.isprintable() and name.strip(".") != ""


ANONYMOUS = Principal(PrincipalId("anonymous"), "anonymous")
"""Anonymous callers share this principal, and so see each other's files."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The quota of a principal: bytes, files, unfinished uploads, and those of anonymous callers at each address. None
    is unlimited.
    """

    bytes: int | None = None
    files: int | None = None
    uploads: int | None = None
    guest_uploads: int | None = None


ENDLESS = -1
"""In a user's own quota: unlimited, in place of the settings' limit."""


@dataclass(frozen=True, slots=True)
class OwnQuota:
    """A user's own quota: a number or `ENDLESS`; None takes the settings' limit."""

    bytes: int | None = None
    files: int | None = None
    uploads: int | None = None

    def over(self, usual: Quota) -> Quota:
        """The quota in force for the user, where `usual` is everybody else's."""
        return Quota(
            _own_or(self.bytes, usual.bytes),
            _own_or(self.files, usual.files),
            _own_or(self.uploads, usual.uploads),
            usual.guest_uploads,
        )


def _own_or(own: int | None, usual: int | None) -> int | None:
    return usual if own is None else None if own == ENDLESS else own


@dataclass(frozen=True, slots=True)
class User:
    """An account. `password` is an Argon2id hash; times are Unix seconds."""

    id: PrincipalId
    name: str
    password: str
    tier: Tier
    admin: bool
    disabled: bool
    created_at: float
    quota: OwnQuota = OwnQuota()


@dataclass(frozen=True, slots=True)
class Token:
    """A user's credential. `digest` is the SHA-256 of the secret, in hex; the secret itself is not stored."""

    id: str
    user: PrincipalId
    digest: str
    scopes: frozenset[Scope]
    created_at: float
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may get tokens in its own name (RFC 6749 §2). `user` is the account it acts as; `digest` is the
    SHA-256 of its secret, in hex.
    """

    id: str
    user: PrincipalId
    digest: str
    scopes: frozenset[Scope]
    created_at: float


PUBLIC = "public"
"""The public client, for requests without a registered one: it may use users' passwords, and has no secret."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's sign-in: a family of credentials that end together. `client` and `address` say what signed in from
    where; it ends at `expires_at` unless it is refreshed before, or at once when it is revoked.
    """

    id: str
    user: PrincipalId
    client: str
    address: str
    scopes: frozenset[Scope]
    created_at: float
    expires_at: float
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's newest credentials, which are not stored: an access token, valid for `expires_in` seconds more, and a
    refresh token for the next pair. Times are Unix seconds.
    """

    user: User
    access: str
    refresh: str
    expires_in: int
    access_expires_at: float
    refresh_expires_at: float
