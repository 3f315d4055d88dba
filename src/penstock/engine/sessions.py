"""Signing in: by password, for a pair of tokens that renews itself until somebody signs out."""

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from secrets import token_urlsafe

from penstock.engine.access import PREFIX, Access, AccountRefused, secret_digest
from penstock.engine.audit import DONE, Audit
from penstock.model.audit import COMMAND_LINE, Act, Actor
from penstock.model.faults import BadToken, CredentialsWrong, RateLimited
from penstock.model.ids import new_id
from penstock.model.principal import EVERY_SCOPE, Scope, Session, SignedIn, User
from penstock.ports import Keys, Limiter, Pair, Rotated, SessionLedger

GRACE = 30.0
"""How long, in seconds, a used refresh token answers what took its place: two tabs may use it at once (RULINGS)."""

PERIOD = 300
"""The window, in seconds, in which attempts to sign in are counted."""

ATTEMPTS = {"account and address": 10, "address": 50, "account": 100}
"""How many attempts are heard in a window: one address at one account, one address at all, all at one account. The
last one is wide, so that nobody is easily kept out by others.
"""


class Sessions:
    """Who is signed in."""

    def __init__(
        self,
        access: Access,
        audit: Audit,
        ledger: SessionLedger,
        limiter: Limiter,
        keys: Keys,
        clock: Callable[[], float],
        *,
        access_ttl: float,
        refresh_ttl: float,
    ) -> None:
        """Times to live in seconds; a session lasts as long as its newest refresh token."""
        self._access = access
        self._audit = audit
        self._ledger = ledger
        self._limiter = limiter
        self._keys = keys
        self._clock = clock
        self.access_ttl = access_ttl
        self._refresh_ttl = refresh_ttl

    async def sign_in(self, name: str, password: str, *, client: str, address: str) -> SignedIn:
        """A new session. Raises `CredentialsWrong`, `RateLimited` after too many attempts, right ones included."""
        return await self.begin(await self.prove(name, password, address), EVERY_SCOPE, client=client, address=address)

    async def prove(self, name: str, password: str, address: str) -> User:
        """The user whose password this is. Raises `CredentialsWrong`, `RateLimited`."""
        await self._count(name, address)
        user = await self._access.user_with(name, password)
        outcome = "wrong" if user is None else DONE
        await self._audit.note(Actor(name, address), Act.SIGN_IN, outcome=outcome)
        if user is None:
            raise CredentialsWrong
        return user

    async def begin(self, user: User, scopes: frozenset[Scope], *, client: str, address: str) -> SignedIn:
        """A new session of a user who has proved who they are."""
        access, refresh = PREFIX + token_urlsafe(32), PREFIX + token_urlsafe(32)
        pair = self._pair(access, refresh)
        now = self._clock()
        await self._ledger.begin(
            Session(new_id(), user.id, client, address, scopes, now, pair.refresh_expires_at), pair
        )
        return self._signed(user, access, refresh, pair)

    async def refresh(self, secret: str) -> SignedIn:
        """The pair that takes the place of a refresh token. Raises `BadToken`; used twice, its session is over."""
        key = (await asyncio.to_thread(self._keys.all))[0].secret
        access, refresh = (_derived(key, purpose, secret) for purpose in ("access", "refresh"))
        rotated = await self._ledger.rotate(secret_digest(secret), self._pair(access, refresh), GRACE)
        if rotated is None:
            if (session := await self.of_secret(secret)) is not None:
                await self._note(session, Act.REFRESH, "refused")
            raise BadToken
        return self._signed(rotated.user, access, refresh, rotated)

    async def of_secret(self, secret: str) -> Session | None:
        """The session of an access or refresh token, revoked or not."""
        return await self._ledger.of_secret(secret_digest(secret))

    async def sign_out(self, secret: str) -> None:
        """The session of an access or refresh token ends at once. Raises `BadToken` when there is none."""
        session = await self.of_secret(secret)
        if session is None or not await self._ledger.revoke(session.id):
            raise BadToken
        await self._note(session, Act.SIGN_OUT)

    async def of_user(self, name: str) -> list[Session]:
        """The user's sessions that have not ended, newest first. Raises `AccountRefused`."""
        return await self._ledger.of_user((await self._access.user(name)).id)

    async def revoke(self, session: str) -> None:
        """The session of this id ends at once. Raises `AccountRefused`."""
        if not await self._ledger.revoke(session):
            raise AccountRefused(f"There is no session {session}.")
        await self._audit.note(COMMAND_LINE, Act.SESSION_REVOKED, session)

    async def _note(self, session: Session, act: Act, outcome: str = DONE) -> None:
        who = Actor(await self._access.name_of(session.user), session.address)
        await self._audit.note(who, act, session.id, outcome)

    def _signed(self, user: User, access: str, refresh: str, ends: Pair | Rotated) -> SignedIn:
        expires_in = max(0, round(ends.access_expires_at - self._clock()))
        return SignedIn(user, access, refresh, expires_in, ends.access_expires_at, ends.refresh_expires_at)

    def _pair(self, access: str, refresh: str) -> Pair:
        now = self._clock()
        return Pair(secret_digest(access), secret_digest(refresh), now + self.access_ttl, now + self._refresh_ttl)

    async def _count(self, name: str, address: str) -> None:
        asked = {"account and address": f"{address} {name}", "address": address, "account": name}
        for bucket, client in asked.items():
            known = secret_digest(client)  # names are as long as their senders like
            allowance = await self._limiter.hit(f"sign in: {bucket}", known, ATTEMPTS[bucket], PERIOD)
            if not allowance.granted:
                raise RateLimited(max(1, round(allowance.reset - self._clock())))


def _derived(key: bytes, purpose: str, secret: str) -> str:
    """A secret that follows from another one, so that it can be told again without being kept."""
    message = f"{purpose} {secret}".encode(errors="surrogatepass")
    return PREFIX + urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")
