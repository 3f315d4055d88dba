"""The published shapes of `/api/auth/*`."""

import time
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from penstock.http.routing.answers import rfc3339
from penstock.model.dated import dated
from penstock.model.principal import SignedIn


class Envelope(msgspec.Struct):
    """Every answer. `data` is always written out."""

    success: bool
    message: str
    data: Any
    timestamp: str


class PairRequest(msgspec.Struct):
    """Who wants to sign in; `phone` is taken for the name where there is none, and `totp` is what the second factor
    shows.
    """

    username: Annotated[str | None, Meta(description="The name.")] = None
    phone: Annotated[str | None, Meta(description="The name, where there is no `username`.")] = None
    password: Annotated[str | None, Meta(description="The password.")] = None
    totp: Annotated[str | None, Meta(description="What the second factor shows, if there is one.")] = None


class RefreshRequest(msgspec.Struct):
    """What goes on with a session, or ends it."""

    refreshToken: Annotated[str | None, Meta(description="The newest one of the session.")] = None


class PairOwner(msgspec.Struct):
    """Whoever has signed in."""

    id: str
    username: str


class NextPair(msgspec.Struct):
    """A session's next credentials."""

    accessToken: str
    refreshToken: str


class PairShown(NextPair):
    """A session's first credentials, and what the front end stores beside them; the access token is good for
    `expiresIn` seconds. There are no institutions here.
    """

    expiresIn: int
    user: PairOwner
    roles: list[str]
    institution: None = None


def done(data: Any, message: str = "操作成功") -> Envelope:
    """The envelope of a success."""
    return Envelope(True, message, data, now())


def next_pair(signed: SignedIn) -> NextPair:
    """A session's next credentials, in which the front end reads when they end (RULINGS, `files`)."""
    return NextPair(dated(signed.access, signed.access_expires_at), dated(signed.refresh, signed.refresh_expires_at))


def first_pair(signed: SignedIn) -> PairShown:
    """A session's first credentials, and whose they are."""
    pair, user = next_pair(signed), signed.user
    roles = ["user", "admin"] if user.admin else ["user"]
    return PairShown(pair.accessToken, pair.refreshToken, signed.expires_in, PairOwner(user.id, user.name), roles)


def now() -> str:
    """The present time as these calls write it."""
    return rfc3339(time.time())
