"""`pocket`: whole files by PUT, for the test that a dialect is one folder (`docs/dialects/pocket.md`)."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.units import MIB, Bytes, about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class PocketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides."""

    pocket_limit: Annotated[Bytes, about("The largest file of the `pocket` dialect.")] = MIB


def _build(services: "Services", settings: PocketSettings) -> "DialectApp":
    from .routes import pocket

    return pocket(services, settings)


DIALECT = Dialect(name="pocket", prefixes=("/pocket/",), build=_build, settings=PocketSettings, may_be_open=True)
