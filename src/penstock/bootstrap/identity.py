"""Authentication: users, tokens, sessions, the second factor, sudo, and external issuers."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.adapters.sql.accounts import SqlAccounts
from penstock.adapters.sql.audit import SqlAudit
from penstock.adapters.sql.factors import SqlFactors
from penstock.adapters.sql.sessions import SqlSessions
from penstock.bootstrap.storage import Storage
from penstock.dialects import every_dialect
from penstock.identity.access import Access
from penstock.identity.audit import Audit
from penstock.identity.factors import Factors
from penstock.identity.federation import FederatedAccounts
from penstock.identity.sessions import Sessions
from penstock.identity.sudo import Sudo
from penstock.identity.throttle import LoginThrottle
from penstock.ports import AuditRepository, FactorRepository, Issuer, Limiter, SessionRepository
from penstock.settings import Settings, SettingsRefused


@dataclass(frozen=True)
class IdentityServices:
    """The use cases around accounts, and the records that the upkeep maintains. `issuer` is None without an external
    issuer.
    """

    access: Access
    audit: Audit
    sessions: Sessions
    factors: Factors
    sudo: Sudo
    throttle: LoginThrottle
    limiter: Limiter
    issuer: Issuer | None
    audit_records: AuditRepository
    session_records: SessionRepository
    proofs: FactorRepository

    async def close(self) -> None:
        """Close the connections to the issuer."""
        if self.issuer is not None:
            await self.issuer.close()


def open_identity(
    settings: Settings, storage: Storage, limiter: Limiter, clock: Callable[[], float]
) -> IdentityServices:
    """Build the identity services. Raises `SettingsRefused`."""
    database = storage.database
    audit_records, session_records, proofs = SqlAudit(database), SqlSessions(database), SqlFactors(database)
    audit, issuer, throttle = Audit(audit_records, clock), _issuer(settings, clock), LoginThrottle(limiter, clock)
    access = _access(SqlAccounts(database), audit, issuer, clock)
    factors = Factors(access, proofs, throttle, audit, clock)
    sudo = Sudo(access, factors, proofs, throttle, audit, clock, delete=settings.sudo_delete)
    sessions = Sessions(
        access,
        factors,
        throttle,
        audit,
        session_records,
        proofs,
        storage.keys,
        clock,
        access_ttl=settings.access_ttl,
        refresh_ttl=settings.refresh_ttl,
    )
    return IdentityServices(
        access, audit, sessions, factors, sudo, throttle, limiter, issuer, audit_records, session_records, proofs
    )


def _access(accounts: SqlAccounts, audit: Audit, issuer: Issuer | None, clock: Callable[[], float]) -> Access:
    federation = FederatedAccounts(issuer, accounts, audit, clock) if issuer is not None else None
    own_clients = frozenset[str]().union(*(dialect.clients for dialect in every_dialect()))
    return Access(accounts, audit, clock, federation, own_clients=own_clients)


def _issuer(settings: Settings, clock: Callable[[], float]) -> Issuer | None:
    if not settings.oidc_issuer:
        return None
    from penstock.adapters.oidc import OidcIssuer, is_trustworthy

    if not is_trustworthy(settings.oidc_issuer):
        raise SettingsRefused(f"oidc_issuer: {settings.oidc_issuer!r} is not https://…, nor on this machine")
    if not settings.oidc_audience:
        raise SettingsRefused("oidc_audience: without it tokens that were made for others would open this server")
    return OidcIssuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        name_claim=settings.oidc_name_claim,
        tier_claim=settings.oidc_tier_claim,
        clock=clock,
    )
