"""`drive`: one's own files and folders, for people's programs, and links to them (`docs/dialects/drive.md`)."""

from typing import TYPE_CHECKING

from penstock.http.dialect import Dialect, NoSettings

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp
    from penstock.http.routing.services import Services


def _build(services: "Services", settings: NoSettings) -> "DialectApp":
    from penstock.dialects.drive.app import drive

    return drive(services)


DIALECT = Dialect(name="drive", prefixes=("/drive/v1/", "/s/"), build=_build)
