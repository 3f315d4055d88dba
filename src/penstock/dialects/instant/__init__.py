"""`instant`: instant upload by hash, numbered parts from 0, an explicit merge (`docs/dialects/instant.md`)."""

from typing import TYPE_CHECKING

import msgspec

from penstock.http.dialect import Dialect

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class InstantSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings."""

    file_limit: int


def _build(services: "Services", settings: InstantSettings) -> "DialectApp":
    from penstock.dialects.instant.routes import instant

    return instant(services, settings)


DIALECT = Dialect(
    name="instant",
    prefixes=("/api/file/", "/api/file/download/"),
    telling={"/api/file/upload": frozenset({"file_id", "index", "chunk"})},  # `oss` has it, too (RULINGS, `instant`)
    build=_build,
    settings=InstantSettings,
    may_be_open=True,
)
