"""`scratch`: a header-driven upload of numbered parts that completes by itself (`docs/dialects/scratch.md`)."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from penstock.http.dialect import Dialect
from penstock.units import MIB, Bytes, about

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class ScratchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings."""

    scratch_limit: Annotated[Bytes, about("The largest file of the `scratch` dialect.")] = 100 * MIB


def _build(services: "Services", settings: ScratchSettings) -> "DialectApp":
    from penstock.dialects.scratch.routes import scratch

    return scratch(services, settings)


DIALECT = Dialect(name="scratch", prefixes=("/api/scratch/",), build=_build, settings=ScratchSettings)
