"""Accounts of an external issuer (OpenID Connect)."""

from collections.abc import Callable
from dataclasses import replace

from penstock.identity.audit import Audit
from penstock.model.audit import ISSUER, Act
from penstock.model.faults import BadToken
from penstock.model.ids import PrincipalId, new_id
from penstock.model.principal import Principal, Tier, User, is_name
from penstock.ports import AccountRepository, Issuer

NO_PASSWORD = ""
"""Stands in for a password hash: no password matches it."""


class FederatedAccounts:
    """Maps each subject of the issuer to the account `oidc:<name>`, created at the first request."""

    def __init__(self, issuer: Issuer, accounts: AccountRepository, audit: Audit, clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._accounts = accounts
        self._audit = audit
        self._clock = clock

    async def admit(self, token: str) -> Principal:
        """The principal of one of the issuer's tokens. Raises `BadToken`, `IssuerUnavailable`."""
        identity = await self._issuer.identity(token)
        if identity is None or not is_name(identity.name):
            raise BadToken
        user = await self._account(f"oidc:{identity.name}", identity.tier or Tier.NORMAL)
        if user.disabled:
            raise BadToken
        if identity.tier not in {None, user.tier}:
            user = await self._moved(user, identity.tier)
        return Principal(user.id, user.name, user.tier, user.admin, identity.scopes)

    async def _account(self, name: str, tier: Tier) -> User:
        known = await self._accounts.user(name)
        return known if known is not None else await self._created(name, tier)

    async def _created(self, name: str, tier: Tier) -> User:
        """Create the account, or return the one that a concurrent request created."""
        user = User(
            PrincipalId(new_id()), name, NO_PASSWORD, tier, admin=False, disabled=False, created_at=self._clock()
        )
        if await self._accounts.add_user(user):
            await self._audit.note(ISSUER, Act.USER_ADDED, name, tier)
            return user
        return await self._account(name, tier)

    async def _moved(self, user: User, tier: Tier) -> User:
        await self._accounts.change_user(user.name, tier=tier)
        await self._audit.note(ISSUER, Act.USER_CHANGED, user.name, tier)
        return replace(user, tier=tier)
