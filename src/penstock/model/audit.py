"""Audit entries of sensitive acts: who did what, from where, when, and with what outcome."""

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What was done."""

    SIGN_IN = "sign in"
    SIGN_OUT = "sign out"
    REFRESH = "refresh"
    SUDO = "sudo"
    FACTOR_SET_UP = "set up second factor"
    FACTOR_ON = "second factor on"
    FACTOR_OFF = "second factor off"
    RECOVERY_CODE_USED = "use recovery code"
    PASSWORD_CHANGED = "change password"  # noqa: S105  # the name of an act
    SESSION_REVOKED = "revoke session"
    USER_ADDED = "add user"
    USER_CHANGED = "change user"
    USER_REMOVED = "remove user"
    TOKEN_CREATED = "create token"  # noqa: S105  # the name of an act
    TOKEN_REVOKED = "revoke token"  # noqa: S105  # the name of an act
    CLIENT_ADDED = "add client"
    CLIENT_CHANGED = "change client"
    CLIENT_REMOVED = "remove client"
    FILE_DELETED = "delete file"
    UPLOAD_CANCELLED = "cancel upload"
    JOB_STARTED = "start job"
    SHARE_MADE = "make share"
    SHARE_CHANGED = "change share"
    SHARE_REVOKED = "revoke share"
    SHARE_UNLOCKED = "unlock share"
    REQUEST_MADE = "make upload request"
    REQUEST_CHANGED = "change upload request"
    REQUEST_REVOKED = "revoke upload request"
    WEBHOOK_ADDED = "add webhook"
    WEBHOOK_CHANGED = "change webhook"
    WEBHOOK_REMOVED = "remove webhook"
    WEBHOOK_DISABLED = "disable webhook"
    KEYS_ROTATED = "rotate keys"
    WALLET_USED = "operate wallet"
    PUBLICATION_OVERTURNED = "overturn publication"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where."""

    name: str
    origin: str


COMMAND_LINE = Actor("operator", "command line")
"""The operator at the command line: access to the data folder allows every act."""

CHAIN = Actor("chain", "what is watched there")
"""The chain, as the cause of an act."""

ISSUER = Actor("issuer", "OpenID Connect")
"""The external issuer, through its tokens."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which acts are looked for: by or about a `name`, of a kind, with an outcome, since a time (Unix seconds), and
    before another. None is any.
    """

    name: str | None = None
    act: Act | None = None
    outcome: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `at` is Unix seconds; `about` names what was acted on; no field ever holds a secret."""

    at: float
    actor: Actor
    act: Act
    about: str
    outcome: str
