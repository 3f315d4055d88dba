"""`accounts`: signing in, second factor, sudo, tokens, OAuth 2.0, administration (`docs/dialects/accounts.md`).

It speaks several published wordings, each in a folder of its own that is named after where it is spoken, and it is
always on: whatever uploads are spoken, somebody administers them.
"""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.units import about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class AccountsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides."""

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
