"""Accounts: passwords, tokens, and the scopes they carry."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from penstock.identity.audit import Audit
from penstock.identity.federation import NO_PASSWORD, FederatedAccounts
from penstock.model.audit import COMMAND_LINE, Act, Actor
from penstock.model.dated import undated
from penstock.model.faults import AccountRefused, AccountTaken, AccountUnknown, BadToken, NotSignedIn, RateLimited
from penstock.model.ids import PrincipalId, new_id
from penstock.model.principal import PUBLIC, Client, Principal, Scope, Tier, Token, User, is_name
from penstock.pools import Pool
from penstock.ports import AccountRepository

PREFIX = "pst_"
"""The prefix of every token, by which scanners for leaked secrets recognise it."""

QUEUE = 32
"""How many sign-ins may wait for a password hash; the last of them waits about two seconds."""

MIN_PASSWORD = 8
"""The least length of a new password, in characters (NIST SP 800-63B §5.1.1.2). Shorter existing ones stay valid."""

NAMES = "A name has 1 to 128 characters, without spaces, slashes, colons or control characters."


class Access:
    """Accounts and their credentials."""

    def __init__(
        self,
        accounts: AccountRepository,
        audit: Audit,
        clock: Callable[[], float],
        federation: FederatedAccounts | None = None,
        *,
        own_clients: frozenset[str],
    ) -> None:
        """Without `federation` only this server's tokens are valid. `own_clients` are this server's own sign-in APIs:
        they begin sessions without being registered.
        """
        self._accounts = accounts
        self._audit = audit
        self._clock = clock
        self._federation = federation
        self.unregistered = own_clients | {PUBLIC}
        self._hasher = PasswordHasher()
        self._threads = Pool(1, "password")
        self._waiting = 0
        self._hashing = asyncio.Semaphore(1)  # each takes 64 MiB: however many sign in at once, memory stays flat

    @property
    def federated(self) -> bool:
        """Whether tokens of an external issuer are accepted."""
        return self._federation is not None

    async def bearer(self, credential: str | None) -> Principal:
        """The principal of a bearer token. Raises `NotSignedIn` for None, `BadToken`, `IssuerUnavailable`."""
        if credential is None:
            raise NotSignedIn
        secret = undated(credential)
        if self._federation is not None and secret.count(".") == 2:  # a JWT (RFC 7519 §3); our secrets have no dots
            return await self._federation.admit(credential)
        bearer = await self._accounts.bearer(secret_digest(secret))
        if bearer is None:
            raise BadToken
        user, scopes, grant = bearer
        return Principal(user.id, user.name, user.tier, user.admin, scopes, grant)

    async def stands(self, user: PrincipalId, grant: str) -> bool:
        """Whether work begun under this `grant` may go on: neither the grant nor the account has ended."""
        return await self._accounts.stands(user, grant)

    async def add_user(self, name: str, password: str, *, tier: Tier, admin: bool, by: Actor = COMMAND_LINE) -> None:
        """Create an account; the password is stored as an Argon2id hash. Raises `AccountRefused`, `AccountTaken`."""
        if not is_name(name):
            raise AccountRefused(NAMES)
        hashed = await self.hashed(password)
        user = User(PrincipalId(new_id()), name, hashed, tier, admin, disabled=False, created_at=self._clock())
        if not await self._accounts.add_user(user):
            raise AccountTaken(f"There is a user {name!r} already.")
        await self._audit.note(by, Act.USER_ADDED, name, f"{tier}, admin" if admin else tier)

    async def set_password(self, name: str, password: str, by: Actor = COMMAND_LINE) -> None:
        """Change a user's password. Raises `AccountUnknown`, and `AccountRefused` also for accounts of an external
        issuer.
        """
        user = await self.user(name)
        if not user.password:
            raise AccountRefused(f"{name!r} does not sign in here.")
        await self._accounts.set_password(user.id, await self.hashed(password))
        await self._audit.note(by, Act.PASSWORD_CHANGED, name)

    async def hashed(self, password: str) -> str:
        """The Argon2id hash of a new password. Raises `AccountRefused` for what cannot be one, and `RateLimited`."""
        self.check_password(password)
        async with self._turn():
            return await self._threads.run(self._hasher.hash, password)

    def check_password(self, password: str) -> None:
        """Raise `AccountRefused` for what cannot be a password."""
        if not password:
            raise AccountRefused("The password is empty.")
        if len(password) < MIN_PASSWORD:
            raise AccountRefused(f"The password has fewer than {MIN_PASSWORD} characters.")
        if not password.isprintable():
            raise AccountRefused("The password holds what cannot be typed.")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a free hashing slot. Raises `RateLimited` when too many are waiting already."""
        if self._waiting >= QUEUE:
            raise RateLimited(1)
        self._waiting += 1
        try:
            async with self._hashing:
                yield
        finally:
            self._waiting -= 1

    async def user_with(self, name: str, password: str) -> User | None:
        """The user of this name and password, unless disabled. Takes the same time when there is no such user."""
        user = await self._accounts.user(name)
        right = await self.is_right(user.password if user is not None else None, password)
        return user if right and user is not None and not user.disabled else None

    async def is_right(self, hashed: str | None, password: str) -> bool:
        """Whether the hash is of this password; None takes as long, and is of none. Raises `RateLimited`."""
        async with self._turn():
            return await self._threads.run(self._is_right, hashed, password)

    async def reader(self, user: PrincipalId, grant: str) -> Principal | None:
        """Who may read as this user under a `grant` of its; None once the grant or the account has ended."""
        found = await self._accounts.user_of(user) if await self._accounts.stands(user, grant) else None
        if found is None:
            return None
        return Principal(found.id, found.name, found.tier, scopes=frozenset({Scope.READ}), grant=grant)

    def _is_right(self, hashed: str | None, password: str) -> bool:
        secret = password.encode(errors="surrogatepass")
        if not hashed:
            self._hasher.hash(secret)  # as long as a verification takes
            return False
        try:
            return self._hasher.verify(hashed, secret)
        except Argon2Error:
            return False

    async def tokens(self, name: str) -> list[Token]:
        """The user's valid tokens. Raises `AccountUnknown`."""
        return await self._accounts.tokens((await self.user(name)).id)

    async def revoke_own(self, principal: Principal, token: str, by: Actor) -> None:
        """Revoke one of the caller's own tokens at once. Raises `AccountUnknown`."""
        if token not in {own.id for own in await self._accounts.tokens(principal.id)}:
            raise AccountUnknown(f"There is no token {token} that is good.")
        await self.revoke_token(token, by)

    async def revoke_token(self, token: str, by: Actor = COMMAND_LINE) -> None:
        """Revoke the token of this id at once. Raises `AccountUnknown`."""
        owner = await self._accounts.revoke_token(token)
        if owner is None:
            raise AccountUnknown(f"There is no token {token} that is good.")
        await self._audit.note(by, Act.TOKEN_REVOKED, await self.name_of(owner), token)

    async def user(self, name: str) -> User:
        """The user of this name. Raises `AccountUnknown`."""
        user = await self._accounts.user(name)
        if user is None:
            raise AccountUnknown(f"There is no user {name!r}.")
        return user

    async def name_of(self, user: PrincipalId) -> str:
        """The user's name; the id when the account is gone."""
        known = await self._accounts.user_of(user)
        return known.name if known is not None else user

    async def create_client(self, name: str, scopes: frozenset[Scope], tier: Tier) -> str:
        """Register a program that gets tokens in its own name, as `client:<name>`; returns its secret, which is not
        stored. Raises `AccountRefused`, `AccountTaken`.
        """
        if not is_name(name) or name in self.unregistered:
            raise AccountRefused(f"{NAMES} {', '.join(sorted(self.unregistered))} are taken.")
        now, secret, account = self._clock(), new_secret(), f"client:{name}"
        created = User(PrincipalId(new_id()), account, NO_PASSWORD, tier, admin=False, disabled=False, created_at=now)
        await self._accounts.add_user(created)
        user = await self.user(account)  # the account outlives a removed client of the same name
        if not await self._accounts.add_client(Client(name, user.id, secret_digest(secret), scopes, now)):
            raise AccountTaken(f"There is a client {name!r} already.")
        await self._accounts.change_user(account, tier=tier, disabled=False)
        await self._audit.note(COMMAND_LINE, Act.CLIENT_ADDED, account, " ".join(sorted(scopes)))
        return secret

    async def rotate_client(self, name: str) -> str:
        """Replace the client's secret and return the new one; tokens issued under the old one stay valid. Raises
        `AccountUnknown`.
        """
        secret = new_secret()
        if not await self._accounts.set_client_secret(name, secret_digest(secret)):
            raise AccountUnknown(f"There is no client {name!r}.")
        await self._audit.note(COMMAND_LINE, Act.CLIENT_CHANGED, f"client:{name}", "another secret")
        return secret

    async def remove_client(self, name: str) -> None:
        """Remove a client: its tokens are revoked, its files stay. Raises `AccountUnknown`."""
        if not await self._accounts.remove_client(name):
            raise AccountUnknown(f"There is no client {name!r}.")
        await self._accounts.change_user(f"client:{name}", disabled=True)
        await self._audit.note(COMMAND_LINE, Act.CLIENT_REMOVED, f"client:{name}")

    async def clients(self) -> list[Client]:
        """Every client, by name."""
        return await self._accounts.clients()

    async def grant(self, client: User, scopes: frozenset[Scope], lifetime: float, address: str) -> str:
        """Issue a token to a client in its own name. `lifetime` in seconds."""
        secret = await self.issue(client, scopes, lifetime)
        await self._audit.note(Actor(client.name, address), Act.TOKEN_CREATED, outcome=" ".join(sorted(scopes)))
        return secret

    async def client(self, name: str) -> tuple[Client, User] | None:
        """The client of this name and its account."""
        return await self._accounts.client(name)

    async def issue(self, user: User, scopes: frozenset[Scope], lifetime: float | None) -> str:
        """Issue a token, stored only as a digest. `lifetime` in seconds, None unlimited."""
        secret, now = new_secret(), self._clock()
        expires_at = None if lifetime is None else now + lifetime
        await self._accounts.add_token(Token(new_id(), user.id, secret_digest(secret), scopes, now, expires_at))
        return secret

    async def token(self, secret: str) -> tuple[User, Token] | None:
        """The user and record of a valid token."""
        return await self._accounts.token(secret_digest(undated(secret)))

    async def users(self) -> list[User]:
        """Every user, by name."""
        return await self._accounts.users()

    async def change_user(
        self, name: str, *, tier: Tier | None = None, disabled: bool | None = None, by: Actor = COMMAND_LINE
    ) -> None:
        """Change the fields that are given; a disabled user's tokens are refused at once. Raises `AccountUnknown`."""
        if not await self._accounts.change_user(name, tier=tier, disabled=disabled):
            raise AccountUnknown(f"There is no user {name!r}.")
        locked = {None: "", True: "disabled", False: "enabled"}[disabled]
        await self._audit.note(by, Act.USER_CHANGED, name, f"{tier or ''} {locked}".strip())

    async def remove_user(self, name: str, heir: str | None, by: Actor = COMMAND_LINE) -> int:
        """End an account; returns how many files were given to `heir`, or removed. Its credentials are refused at once.
        Raises `AccountUnknown`, `AccountRefused` while one of its uploads is being sealed.
        """
        if heir == name:
            raise AccountRefused("Nobody inherits from themselves.")
        for wanted in (name, heir) if heir is not None else (name,):
            await self.user(wanted)
        removed = await self._accounts.remove_user(name, heir)
        if removed is None:
            raise AccountUnknown(f"There is no user {name!r} any more{'' if heir is None else f', or no {heir!r}'}.")
        if removed.busy:
            raise AccountRefused(f"An upload of {name!r} is just becoming a file. Try again in a moment.")
        given = "removed" if heir is None else f"given to {heir}"
        await self._audit.note(by, Act.USER_REMOVED, name, f"{removed.user}: {removed.files} files {given}")
        return removed.files

    async def set_quota(self, name: str, own: Mapping[str, int | None], by: Actor = COMMAND_LINE) -> None:
        """Change the named fields (of `OwnQuota`) of the user's own quota. Raises `AccountUnknown`."""
        if not await self._accounts.set_quota(name, own):
            raise AccountUnknown(f"There is no user {name!r}.")
        changes = [f"{what} {'as usual' if most is None else most}" for what, most in own.items()]
        await self._audit.note(by, Act.USER_CHANGED, name, ", ".join(changes))

    async def create_token(
        self, name: str, scopes: frozenset[Scope], lifetime: float | None, by: Actor = COMMAND_LINE
    ) -> str:
        """Issue a token to the user, stored only as a digest. `lifetime` in seconds, None unlimited.

        Raises `AccountUnknown`.
        """
        secret = await self.issue(await self.user(name), scopes, lifetime)
        await self._audit.note(by, Act.TOKEN_CREATED, name, " ".join(sorted(scopes)))
        return secret


def new_secret() -> str:
    """A new credential of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def secret_digest(secret: str) -> str:
    """The digest under which a secret is stored. A plain SHA-256 is enough: secrets have 256 random bits."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
