"""Records of accounts: users, credentials, and the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.audit import Entry, Sought
from penstock.model.factor import Factor, Proof, Purpose
from penstock.model.ids import PrincipalId
from penstock.model.listing import Mark
from penstock.model.principal import Client, Heritage, Scope, Session, Tier, Token, User


@dataclass(frozen=True, slots=True)
class Pair:
    """A new access and a new refresh token, by their digests, and when they end (Unix seconds)."""

    access: str
    refresh: str
    access_expires_at: float
    refresh_expires_at: float


@dataclass(frozen=True, slots=True)
class Rotated:
    """The renewed session's user, and the expiry of its newest pair."""

    user: User
    access_expires_at: float
    refresh_expires_at: float


class AccountRepository(Protocol):
    """Records of users and their tokens."""

    async def add_user(self, user: User) -> bool:
        """Record the user; false when the name is taken."""

    async def user(self, name: str) -> User | None:
        """The user of this name."""

    async def user_of(self, user: PrincipalId) -> User | None:
        """The user of this id."""

    async def users(self) -> list[User]:
        """Every user, by name."""

    async def change_user(self, name: str, *, tier: Tier | None = None, disabled: bool | None = None) -> bool:
        """Change the fields that are given; false when there is no such user. A disabled user loses sessions and
        proofs.
        """

    async def remove_user(self, name: str, heir: str | None) -> Heritage | None:
        """End an account: its tokens, sessions, clients and second factor go, its unfinished uploads are over, its
        files go or are `heir`'s. None, and nothing is changed, when there is no user of either name.
        """

    async def set_password(self, user: PrincipalId, password: str) -> bool:
        """Record a new Argon2id hash; false when there is no such user."""

    async def set_quota(self, name: str, own: Mapping[str, int | None]) -> bool:
        """Change the named fields (of `OwnQuota`) of the user's own quota; false when there is no such user."""

    async def add_token(self, token: Token) -> None:
        """Record the token."""

    async def bearer(self, digest: str) -> tuple[User, frozenset[Scope], str] | None:
        """The user of a valid token, its scopes, and the id of its session, or its own id outside sessions. Valid: not
        expired, neither it nor its session revoked, its user not disabled.
        """

    async def stands(self, user: PrincipalId, grant: str) -> bool:
        """Whether work begun under this session or token (by its id) may go on: it is not revoked, though a token may
        have expired, and the user is not disabled. Without a grant only the user is checked.
        """

    async def tokens(self, user: PrincipalId) -> list[Token]:
        """The user's valid tokens outside sessions, newest first."""

    async def revoke_token(self, token: str) -> PrincipalId | None:
        """Revoke the token of this id at once; returns its user, None when there is no valid one."""

    async def token(self, digest: str) -> tuple[User, Token] | None:
        """The valid token of this digest, of a session or not, and its user."""

    async def add_client(self, client: Client) -> bool:
        """Record the client, whose account is there; false when the id is taken."""

    async def set_client_secret(self, client: str, digest: str) -> bool:
        """Replace the client's secret; false when there is no such client."""

    async def remove_client(self, client: str) -> bool:
        """Remove the client, and end every token of its account and every session that it began, for any user; the
        account stays. False when there is no such client.
        """

    async def clients(self) -> list[Client]:
        """Every client, by id."""

    async def client(self, client: str) -> tuple[Client, User] | None:
        """The client of this id, and the account it acts as."""


class SessionRepository(Protocol):
    """Records of sessions. Secrets are stored as digests alone."""

    async def begin(self, session: Session, pair: Pair, password: str) -> bool:
        """Record a session with its first pair; false when its user is disabled, or the password's hash is no longer
        this one.
        """

    async def rotate(self, used: str, pair: Pair, grace: float) -> Rotated | None:
        """Use up the refresh token `used` and record the pair that replaces it; the session lives as long as its newest
        refresh token. Within `grace` seconds of its use it returns the same replacement again. Used again later it is
        taken for stolen: its session is revoked. None when the token signs nobody in.
        """

    async def of_secret(self, digest: str) -> Session | None:
        """The session that an access or refresh token belongs to, revoked or not."""

    async def renewable(self, digest: str) -> Session | None:
        """The session that a refresh token renews: it lives, the token was not used, and its user is not disabled."""

    async def of_user(self, user: PrincipalId) -> list[Session]:
        """The user's sessions that have not ended, newest first."""

    async def revoke(self, session: str) -> PrincipalId | None:
        """End the session and its credentials at once; returns its user, None when there is no live one."""

    async def revoke_all(self, user: PrincipalId, but: str | None) -> None:
        """All of the user's sessions end at once, except the one of this id."""

    async def forget_ended(self, seconds: float) -> int:
        """Remove sessions that ended longer ago than this, what belongs to them, and other tokens that ended so long
        ago; returns how many sessions.
        """


class FactorRepository(Protocol):
    """Records of second factors and short-lived proofs."""

    async def factor(self, user: PrincipalId) -> Factor | None:
        """The user's authenticator, active or waiting for its first code."""

    async def set_up(self, factor: Factor) -> bool:
        """Record an authenticator that waits, in the place of another that does; false when one is active."""

    async def activate(self, factor: Factor, step: int, codes: Sequence[str]) -> bool:
        """Activate the authenticator at `factor.activated_at` with the code of this time step; `codes` are the digests
        of the recovery codes. False when another one waits.
        """

    async def use_step(self, user: PrincipalId, step: int) -> bool:
        """Use up the active authenticator's code of this time step; false when it or a later one was used."""

    async def use_code(self, user: PrincipalId, digest: str) -> bool:
        """Use up a recovery code; false when there is none of this digest."""

    async def remove_factor(self, user: PrincipalId) -> bool:
        """Remove the authenticator and its recovery codes; false when there is none."""

    async def add_proof(self, proof: Proof, password: str | None) -> bool:
        """Record the proof; false when it was given for a password, and its hash is not the user's any more."""

    async def prover(self, digest: str, purpose: Purpose) -> User | None:
        """The user whose proof for this purpose has this digest, while it is valid and the user is not disabled."""

    async def take_proof(self, digest: str, purpose: Purpose) -> bool:
        """Use up the proof; false when it was used already."""

    async def drop_proofs(self, user: PrincipalId) -> None:
        """End all of the user's proofs at once."""

    async def forget_proofs(self) -> int:
        """Remove expired proofs; returns how many."""


class AuditRepository(Protocol):
    """The audit log."""

    async def record(self, entry: Entry) -> None:
        """Record an entry."""

    async def last(self, count: int, name: str | None) -> list[Entry]:
        """At most so many entries, newest first; only those by or about this name, if one is given."""

    async def page(self, sought: Sought, before: Mark | None, count: int) -> tuple[list[Entry], Mark | None]:
        """A page of the entries that are looked for, newest first, and where it goes on; None at the end."""

    async def forget_old(self, seconds: float) -> int:
        """Remove entries older than this; returns how many."""

    async def trim(self, failures: int, most: int) -> int:
        """Keep the newest so many `failures`, which anybody can cause, and the newest `most` of all; returns how many
        went.
        """
