"""`files`: whole files and numbered parts from 1, by UUID (`docs/dialects/files.md`)."""

from typing import TYPE_CHECKING

import msgspec

from penstock.http.dialect import Dialect

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


class FilesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect's settings."""

    file_limit: int


def _build(services: "Services", settings: FilesSettings) -> "DialectApp":
    from penstock.dialects.files.routes import files

    return files(services, settings)


DIALECT = Dialect(name="files", prefixes=("/api/files/",), build=_build, settings=FilesSettings)
