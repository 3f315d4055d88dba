"""Sign-in by password, for an access and a refresh token that are renewed until sign-out."""

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable

from penstock.identity.access import PREFIX, Access, new_secret, secret_digest
from penstock.identity.audit import DONE, Audit
from penstock.identity.factors import Factors
from penstock.identity.throttle import LoginThrottle, Throttled
from penstock.model.audit import COMMAND_LINE, Act, Actor
from penstock.model.dated import undated
from penstock.model.factor import Proof, Purpose
from penstock.model.faults import (
    AccountUnknown,
    BadToken,
    CodeWrong,
    CredentialsWrong,
    SecondFactorNeeded,
    SudoRequired,
)
from penstock.model.ids import PrincipalId, new_id
from penstock.model.principal import EVERY_SCOPE, Principal, Scope, Session, SignedIn, User
from penstock.ports import FactorRepository, Keys, Pair, Rotated, SessionRepository

GRACE = 30.0
"""For how many seconds a used refresh token still returns the pair that replaced it: two tabs may race (RULINGS)."""

CHALLENGE = 600
"""How long, in seconds, a sign-in waits for the second factor after the password (RULINGS, *Auth*)."""


class Sessions:
    """Sign-in sessions."""

    def __init__(
        self,
        access: Access,
        factors: Factors,
        throttle: LoginThrottle,
        audit: Audit,
        repository: SessionRepository,
        proofs: FactorRepository,
        keys: Keys,
        clock: Callable[[], float],
        *,
        access_ttl: float,
        refresh_ttl: float,
    ) -> None:
        """Times to live in seconds; a session lasts as long as its newest refresh token."""
        self._access = access
        self._factors = factors
        self._throttle = throttle
        self._audit = audit
        self._repository = repository
        self._proofs = proofs
        self._keys = keys
        self._clock = clock
        self.access_ttl = access_ttl
        self._refresh_ttl = refresh_ttl

    async def sign_in(
        self, name: str, password: str, *, code: str | None = None, client: str, address: str
    ) -> SignedIn:
        """Begin a session. Raises as `prove`."""
        user = await self.prove(name, password, address, code)
        return await self.begin(user, EVERY_SCOPE, client=client, address=address)

    async def prove(self, name: str, password: str, address: str, code: str | None = None) -> User:
        """The user of this name and password, and of this code where a second factor is on.

        Raises `CredentialsWrong`, `SecondFactorNeeded` when the code is missing, `CodeWrong`, and `RateLimited` after
        too many attempts, successful ones included.
        """
        await self._throttle.count(Throttled.PASSWORD, name, address)
        user = await self._access.user_with(name, password)
        if user is None:
            await self._audit.note(Actor(name, address), Act.SIGN_IN, outcome="wrong")
            raise CredentialsWrong
        if await self._factors.is_on(user.id):
            if code is None:
                raise await self._challenge(user, address)
            await self._check_code(user, code, address)
        await self._audit.note(Actor(name, address), Act.SIGN_IN)
        return user

    async def answer(self, challenge: str, code: str, *, client: str, address: str) -> SignedIn:
        """Begin the session that a challenge stands for. A challenge can be used once.

        Raises `BadToken` for an expired or used challenge, `CodeWrong`, `RateLimited`.
        """
        digest = secret_digest(challenge)
        user = await self._proofs.prover(digest, Purpose.SIGN_IN)
        if user is None:
            raise BadToken
        await self._check_code(user, code, address)
        if not await self._proofs.take_proof(digest, Purpose.SIGN_IN):
            raise BadToken
        await self._audit.note(Actor(user.name, address), Act.SIGN_IN)
        return await self.begin(user, EVERY_SCOPE, client=client, address=address)

    async def change_password(self, principal: Principal, password: str, *, sudo: str, keep: str, address: str) -> None:
        """Change the caller's password with a `sudo` token, which is used up. All other sudo tokens end, and every
        session except that of the access token `keep`. Raises `AccountRefused` for an unusable password, `RateLimited`,
        and `SudoRequired` when the token was used meanwhile.
        """
        self._access.check_password(password)
        await self._throttle.count(Throttled.NEW_PASSWORD, principal.name, address)
        if not await self._proofs.take_proof(secret_digest(sudo), Purpose.SUDO):
            raise SudoRequired
        session = await self.of_secret(keep)
        await self._access.set_password(principal.name, password, by=Actor(principal.name, address))
        await self._end_all(principal.id, session.id if session is not None else None)

    async def set_password(self, name: str, password: str) -> None:
        """Set a user's password as the operator: every session ends. Raises `AccountRefused`, `AccountUnknown`."""
        user = await self._access.user(name)
        await self._access.set_password(name, password)
        await self._end_all(user.id, None)

    async def _end_all(self, user: PrincipalId, but: str | None) -> None:
        await self._repository.revoke_all(user, but)
        await self._proofs.drop_proofs(user)

    async def begin(self, user: User, scopes: frozenset[Scope], *, client: str, address: str) -> SignedIn:
        """Begin a session of an authenticated user. Raises `CredentialsWrong` if the password was changed meanwhile."""
        access, refresh = new_secret(), new_secret()
        pair, now = self._pair(access, refresh), self._clock()
        session = Session(new_id(), user.id, client, address, scopes, now, pair.refresh_expires_at)
        if not await self._repository.begin(session, pair, user.password):
            raise CredentialsWrong
        return self._signed(user, access, refresh, pair)

    async def refresh(self, secret: str, *, client: str, address: str) -> SignedIn:
        """Exchange a refresh token for a new pair. Raises `BadToken`, also for another client's token (RFC 6749 §6);
        using a token twice ends its session.
        """
        secret = undated(secret)
        session = await self.of_secret(secret)
        if session is None or session.client not in self.usable_by(client):
            raise BadToken
        for key in await asyncio.to_thread(self._keys.all):  # derived from the same key, the pair can be returned again
            access, refresh = (_derived(key.secret, purpose, secret) for purpose in ("access", "refresh"))
            rotated = await self._repository.rotate(secret_digest(secret), self._pair(access, refresh), GRACE)
            if rotated is not None:
                return self._signed(rotated.user, access, refresh, rotated)
        now = await self.of_secret(secret)
        if session.revoked_at is None and now is not None and now.revoked_at is not None:
            await self._note(session, address, Act.REFRESH, "used again: the session is over")
        raise BadToken

    def usable_by(self, client: str) -> frozenset[str]:
        """The clients whose sessions this one may use: its own, and for an unregistered client those of all
        unregistered ones, since none of them can prove which it is.
        """
        unregistered = self._access.unregistered
        return unregistered if client in unregistered else frozenset({client})

    async def of_secret(self, secret: str) -> Session | None:
        """The session of an access or refresh token, revoked or not."""
        return await self._repository.of_secret(secret_digest(undated(secret)))

    async def renewable(self, secret: str) -> Session | None:
        """The session that an unused refresh token can renew."""
        return await self._repository.renewable(secret_digest(undated(secret)))

    async def sign_out(self, secret: str, *, client: str, address: str) -> None:
        """End the session of an access or refresh token at once. Raises `BadToken` when there is none, also for another
        client's token.
        """
        session = await self.of_secret(secret)
        if session is None or session.client not in self.usable_by(client):
            raise BadToken
        if await self._repository.revoke(session.id) is None:
            raise BadToken
        await self._note(session, address, Act.SIGN_OUT)

    async def of_user(self, name: str) -> list[Session]:
        """The user's sessions that have not ended, newest first. Raises `AccountUnknown`."""
        return await self._repository.of_user((await self._access.user(name)).id)

    async def revoke_own(self, principal: Principal, session: str, by: Actor) -> None:
        """End one of the caller's own sessions at once. Raises `AccountUnknown`."""
        if session not in {own.id for own in await self._repository.of_user(principal.id)}:
            raise AccountUnknown(f"There is no session {session}.")
        await self.revoke(session, by)

    async def revoke(self, session: str, by: Actor = COMMAND_LINE) -> None:
        """End the session of this id at once. Raises `AccountUnknown`."""
        owner = await self._repository.revoke(session)
        if owner is None:
            raise AccountUnknown(f"There is no session {session}.")
        await self._audit.note(by, Act.SESSION_REVOKED, await self._access.name_of(owner), session)

    async def _note(self, session: Session, address: str, act: Act, outcome: str = DONE) -> None:
        principal = Actor(await self._access.name_of(session.user), address)
        await self._audit.note(principal, act, session.id, outcome)

    def _signed(self, user: User, access: str, refresh: str, ends: Pair | Rotated) -> SignedIn:
        expires_in = max(0, round(ends.access_expires_at - self._clock()))
        return SignedIn(user, access, refresh, expires_in, ends.access_expires_at, ends.refresh_expires_at)

    def _pair(self, access: str, refresh: str) -> Pair:
        now = self._clock()
        return Pair(secret_digest(access), secret_digest(refresh), now + self.access_ttl, now + self._refresh_ttl)

    async def _challenge(self, user: User, address: str) -> SecondFactorNeeded:
        secret = new_secret()
        proof = Proof(secret_digest(secret), user.id, Purpose.SIGN_IN, self._clock() + CHALLENGE)
        if not await self._proofs.add_proof(proof, user.password):
            raise CredentialsWrong
        await self._audit.note(Actor(user.name, address), Act.SIGN_IN, outcome="second factor asked for")
        return SecondFactorNeeded(secret, CHALLENGE)

    async def _check_code(self, user: User, code: str, address: str) -> None:
        try:
            await self._factors.check(user, code, address)
        except CodeWrong:
            await self._audit.note(Actor(user.name, address), Act.SIGN_IN, outcome="wrong code")
            raise


def _derived(key: bytes, purpose: str, secret: str) -> str:
    """A secret derived from another one, so that it can be returned again without being stored."""
    message = f"{purpose} {secret}".encode(errors="surrogatepass")
    return PREFIX + urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")
