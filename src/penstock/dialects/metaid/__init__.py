"""`metaid`: files published on a chain, at once or in chunks (`docs/dialects/metaid.md`)."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from penstock.http.dialect import Dialect
from penstock.units import MIB, Bytes, about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services
    from penstock.model.publication import Terms


class MetaidSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings: the largest file, and the bounds of the fee."""

    publish_limit: Annotated[Bytes, about("The largest file of the `metaid` dialect.")] = 100 * MIB
    fee_floor: Annotated[
        int, Meta(ge=1, description="The least fee, in satoshi per byte; lower wishes are raised.")
    ] = 1
    fee_cap: Annotated[int, Meta(ge=1, description="The highest fee, in satoshi per byte; higher wishes are cut.")] = 5


def _build(services: "Services", settings: MetaidSettings) -> "DialectApp":
    from penstock.dialects.metaid.routes import metaid

    return metaid(services, settings)


def terms_of(settings: MetaidSettings) -> "Terms":
    """On what terms it publishes."""
    from penstock.model.publication import Terms

    return Terms(settings.publish_limit, settings.fee_floor, settings.fee_cap)


DIALECT = Dialect(
    name="metaid",
    prefixes=("/metafile-uploader/", "/api/v1/files/", "/api/v1/config"),
    build=_build,
    settings=MetaidSettings,
    may_be_open=True,
    publishes=terms_of,
    documented_at=("/metafile-uploader/swagger/index.html",),  # metaid.md, *Swagger*
)
