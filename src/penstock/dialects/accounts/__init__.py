"""`accounts`: signing in, second factor, sudo, tokens, OAuth 2.0, administration (`docs/dialects/accounts.md`).

It has several published wordings, each in a folder named after its path, and is always on: every deployment needs
administration.
"""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.units import about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class AccountsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings."""

    admin_api: Annotated[
        bool, about("Whether administrators and OAuth clients are answered over HTTP (`/admin/*`, `/oauth/*`).")
    ] = True


def _build(services: "Services", settings: AccountsSettings) -> "DialectApp":
    from penstock.dialects.accounts.app import accounts

    return accounts(services, settings)


DIALECT = Dialect(
    name="accounts",
    prefixes=("/auth/", "/account/", "/api/auth/", "/oauth/", "/.well-known/oauth-authorization-server", "/admin/"),
    build=_build,
    settings=AccountsSettings,
    clients=frozenset({"files", "scratch"}),
    always_on=True,
    former_names=frozenset({"oauth", "admin"}),
)
