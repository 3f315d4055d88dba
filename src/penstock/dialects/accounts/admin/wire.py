"""The published shapes of `admin`. Times are Unix seconds."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.model.audit import Entry
from penstock.model.principal import OwnQuota, Session, Tier, Token, User

Allowed = Annotated[int, Meta(ge=-1, le=(1 << 63) - 1)]
"""A quota: a number, or -1 for unlimited."""


class AdminError(msgspec.Struct, kw_only=True):
    """The envelope of every error."""

    status: Literal["error"] = "error"
    code: str
    message: str


class QuotaShown(msgspec.Struct):
    """What a user may have, where it is not as the settings say (null); -1 is unlimited."""

    bytes: Allowed | None
    files: Allowed | None
    uploads: Allowed | None


class UserShown(msgspec.Struct):
    """An account."""

    id: str
    name: str
    tier: Tier
    admin: bool
    disabled: bool
    second_factor: bool
    created_at: float
    quota: QuotaShown


class NewUser(msgspec.Struct):
    """An account to be made."""

    name: Annotated[str, Meta(description="1 to 128 characters, without spaces, slashes, colons.")]
    password: Annotated[str, Meta(description="At least eight characters.")]
    tier: Annotated[Tier, Meta(description="How large their direct uploads may be (`oss`).")] = Tier.NORMAL
    admin: Annotated[bool, Meta(description="Whether they may make these calls.")] = False


class QuotaChange(msgspec.Struct):
    """What is named changes: a number, -1 for unlimited, null for what the settings say."""

    bytes: Annotated[Allowed | UnsetType | None, Meta(description="What files and unfinished uploads hold.")] = UNSET
    files: Annotated[Allowed | UnsetType | None, Meta(description="How many files.")] = UNSET
    uploads: Annotated[Allowed | UnsetType | None, Meta(description="How many unfinished uploads.")] = UNSET


class UserChange(msgspec.Struct):
    """What is named changes."""

    tier: Annotated[Tier | None, Meta(description="How large their direct uploads may be (`oss`).")] = None
    disabled: Annotated[bool | None, Meta(description="Whether they are locked out.")] = None
    quota: Annotated[QuotaChange | None, Meta(description="What they may have.")] = None


class UserTokenShown(msgspec.Struct):
    """A token, without what it is."""

    id: str
    scopes: list[str]
    created_at: float
    expires_at: float | None


class UserSessionShown(msgspec.Struct):
    """A sign-in that has not ended: what signed in, and from where."""

    id: str
    client: str
    address: str
    created_at: float
    expires_at: float


class ActShown(msgspec.Struct):
    """Who did what, from where, when, and what came of it."""

    at: float
    who: str
    origin: str
    act: str
    about: str
    outcome: str


def user_response(user: User, *, second_factor: bool) -> UserShown:
    """An account as administrators see it."""
    return UserShown(
        user.id,
        user.name,
        user.tier,
        user.admin,
        user.disabled,
        second_factor,
        user.created_at,
        _quota_response(user.quota),
    )


def _quota_response(quota: OwnQuota) -> QuotaShown:
    return QuotaShown(quota.bytes, quota.files, quota.uploads)


def changes(quota: QuotaChange) -> dict[str, int | None]:
    """The amounts that are given."""
    named = {"bytes": quota.bytes, "files": quota.files, "uploads": quota.uploads}
    return {what: amount for what, amount in named.items() if amount is not UNSET}


def user_token_response(token: Token) -> UserTokenShown:
    """A token in a list."""
    return UserTokenShown(token.id, sorted(token.scopes), token.created_at, token.expires_at)


def user_session_response(session: Session) -> UserSessionShown:
    """A session in a list."""
    return UserSessionShown(session.id, session.client, session.address, session.created_at, session.expires_at)


def act_response(entry: Entry) -> ActShown:
    """A line of the audit log."""
    return ActShown(entry.at, entry.actor.name, entry.actor.origin, entry.act, entry.about, entry.outcome)
