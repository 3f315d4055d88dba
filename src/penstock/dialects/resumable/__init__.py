"""`resumable`: Resumable Uploads for HTTP, the coming standard (`docs/dialects/resumable.md`)."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.units import TIB, Bytes, about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class ResumableSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings."""

    resumable_limit: Annotated[Bytes, about("The largest file of the `resumable` dialect.")] = 5 * TIB


def _build(services: "Services", settings: ResumableSettings) -> "DialectApp":
    from penstock.dialects.resumable.routes import resumable

    return resumable(services, settings)


DIALECT = Dialect(
    name="resumable",
    prefixes=("/resumable/", "/resumable"),
    build=_build,
    settings=ResumableSettings,
    may_be_open=True,
)
