"""`tus`: resumable uploads, tus 1.0.0 with its extensions (`docs/dialects/tus.md`)."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.units import TIB, Bytes, about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services
    from penstock.model.event import Told


class TusSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings."""

    tus_limit: Annotated[Bytes, about("The largest file of the `tus` dialect.")] = 5 * TIB


def _build(services: "Services", settings: TusSettings) -> "DialectApp":
    from penstock.dialects.tus.routes import tus

    return tus(services, settings)


def _describe(told: str) -> "Told":
    from penstock.dialects.tus.wire import told_in

    return told_in(told)


DIALECT = Dialect(
    name="tus",
    prefixes=("/files/", "/files"),
    build=_build,
    settings=TusSettings,
    may_be_open=True,
    describe=_describe,
)
