"""The second factor, and short-lived proofs (RULINGS, *Auth*; RFC 6238)."""

from dataclasses import dataclass
from enum import StrEnum

from penstock.model.ids import PrincipalId


class Purpose(StrEnum):
    """The purpose of a proof."""

    SIGN_IN = "sign in"
    SUDO = "sudo"


@dataclass(frozen=True, slots=True)
class Factor:
    """A user's authenticator. `secret` is shared with the server, in base32; its codes are required once it is active.
    Times are Unix seconds.
    """

    user: PrincipalId
    secret: str
    created_at: float
    activated_at: float | None = None

    @property
    def active(self) -> bool:
        """Whether a first code of it was accepted."""
        return self.activated_at is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """What its holder has proved, until `expires_at` (Unix seconds): that it knows the user's password and has yet to
    show the second factor (`SIGN_IN`), or that it is the user in person (`SUDO`). `digest` is the SHA-256 of the secret
    that names it, in hex.
    """

    digest: str
    user: PrincipalId
    purpose: Purpose
    expires_at: float
