"""The calls of `accounts`, each in the wording of its path."""

from penstock.dialects.accounts import DIALECT, AccountsSettings
from penstock.dialects.accounts.account import faults as account
from penstock.dialects.accounts.account.own import OwnAccount
from penstock.dialects.accounts.account.sign_in import SignIn
from penstock.dialects.accounts.admin import faults as admin
from penstock.dialects.accounts.admin.routes import admin_calls
from penstock.dialects.accounts.api_auth import faults as api_auth
from penstock.dialects.accounts.api_auth.routes import TokenPairs
from penstock.dialects.accounts.oauth import faults as oauth
from penstock.dialects.accounts.oauth.routes import oauth_calls
from penstock.http.routing.dialect_app import DialectApp
from penstock.http.routing.services import Services

TITLE = "accounts: signing in, tokens, OAuth, administration"

WORDINGS = {
    "/account/": account.WORDING,
    "/auth/": account.WORDING,
    "/api/auth/": api_auth.WORDING,
    "/admin/": admin.WORDING,
    "/oauth/": oauth.WORDING,
    "/.well-known/": oauth.WORDING,
}


def accounts(services: Services, settings: AccountsSettings) -> DialectApp:
    """The calls of `accounts`."""
    engine, bodies, proxies = services.engine, services.bodies, services.proxies
    calls = SignIn(engine.sessions, bodies, proxies).calls()
    calls += OwnAccount(engine, bodies, proxies).calls()
    calls += TokenPairs(engine.sessions, bodies, proxies).calls()
    if settings.admin_api:
        calls += oauth_calls(engine, bodies, services.public_urls, proxies)
        calls += admin_calls(engine, bodies, proxies)
    return DialectApp(DIALECT.name, TITLE, calls, services.authenticator, WORDINGS)
