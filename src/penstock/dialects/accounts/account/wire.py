"""The published shapes of `/account/*` and `/auth/*`."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.http.routing.answers import rfc3339
from penstock.identity.factors import METHODS
from penstock.model.principal import Scope, Session, Token

SudoToken = Annotated[str | None, Meta(description="What `POST /auth/authenticate` gave, unless it is in a header.")]


class Done(msgspec.Struct, kw_only=True):
    """An act that has no more to tell."""

    status: Literal["success"] = "success"
    message: str


class LoginRequest(msgspec.Struct):
    """Who wants to sign in: `un` is the name, `pw` the password."""

    un: Annotated[str | None, Meta(description="The name.")] = None
    pw: Annotated[str | None, Meta(description="The password.")] = None


class SignedInShown(msgspec.Struct, kw_only=True):
    """A new session's credentials, flat (RULINGS, *Auth*)."""

    status: Literal["success"] = "success"
    message: str
    userid: str
    username: str
    token: str
    refresh_token: str
    expires_at: str
    refresh_expires_at: str


class Methods(msgspec.Struct):
    """How this server lets people prove who they are, for one purpose."""

    purpose: str
    available_methods: list[str]


class Challenge(msgspec.Struct):
    """What to answer with a code, within so many seconds."""

    challenge_id: str
    expires_in: int
    available_methods: tuple[str, ...] = METHODS


class FactorNeeded(msgspec.Struct, kw_only=True):
    """The password is right; a code is asked for as well (RULINGS, *Auth*)."""

    status: Literal["need_2fa"] = "need_2fa"
    message: str
    data: Challenge


class CodeRequest(msgspec.Struct):
    """A code of the second factor, or a recovery code; with a `challenge_id` where it ends a sign-in."""

    token: Annotated[str | None, Meta(description="What the authenticator shows, or a recovery code.")] = None
    challenge_id: Annotated[str | None, Meta(description="What the sign-in answered, where this ends one.")] = None


class ProofRequest(msgspec.Struct):
    """Proves to be there in person: `method` password with the `password`, or totp with the `token`."""

    purpose: Annotated[str | None, Meta(description="sudo.")] = None
    method: Annotated[str | None, Meta(description="password or totp.")] = None
    password: Annotated[str | None, Meta(description="One's password, for the method password.")] = None
    token: Annotated[str | None, Meta(description="A code of the second factor, for the method totp.")] = None


class SudoShown(msgspec.Struct):
    """A sudo token, good for so many seconds."""

    sudo_token: str
    expires_in: int


class SudoRequest(msgspec.Struct):
    """A sensitive act; the sudo token may come in a header instead."""

    sudo_token: SudoToken = None


class FactorShown(msgspec.Struct):
    """Whether a second factor is asked for, whether its first code was accepted, and since when it is set up."""

    enabled: bool
    verified: bool
    created_at: str | None


class Enrolment(msgspec.Struct):
    """What an authenticator app needs: the secret in base32, as a URL, and as a picture of that URL."""

    secret: str
    otpauth_url: str
    qr_svg: str
    algorithm: str
    digits: int
    period: int


class RecoveryCodes(msgspec.Struct):
    """Codes for when the authenticator is lost, each good for once; told this once."""

    recovery_codes: list[str]


class PasswordRequest(msgspec.Struct):
    """Another password; the sudo token may come in a header instead."""

    new_password: Annotated[str | None, Meta(description="At least eight characters.")] = None
    sudo_token: SudoToken = None


class TokenRequest(msgspec.Struct):
    """A token for a program: for these scopes (all of the caller's by default), for so many seconds (unlimited by
    default). The sudo token may come in a header instead.
    """

    scopes: Annotated[list[Scope] | None, Meta(description="What it is to be good for; all by default.")] = None
    expires_in: Annotated[int | None, Meta(description="For how many seconds; unlimited by default.")] = None
    sudo_token: SudoToken = None


class TokenMade(msgspec.Struct):
    """A new token, told this once."""

    token: str


class TokenShown(msgspec.Struct):
    """A token, without what it is."""

    id: str
    scopes: list[str]
    created_at: str
    expires_at: str | None


class SessionShown(msgspec.Struct):
    """A sign-in that has not ended: what signed in, and from where."""

    id: str
    client: str
    address: str
    created_at: str
    expires_at: str


class AccountError(msgspec.Struct, kw_only=True):
    """The envelope of every error."""

    status: Literal["error"] = "error"
    message: str
    code: str | UnsetType = UNSET


def token_response(token: Token) -> TokenShown:
    """A token as its owner sees it in a list."""
    expires_at = rfc3339(token.expires_at) if token.expires_at is not None else None
    return TokenShown(token.id, sorted(token.scopes), rfc3339(token.created_at), expires_at)


def session_response(session: Session) -> SessionShown:
    """A session as its owner sees it in a list."""
    times = rfc3339(session.created_at), rfc3339(session.expires_at)
    return SessionShown(session.id, session.client, session.address, *times)
