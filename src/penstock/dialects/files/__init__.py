"""`files`: whole files and numbered parts from 1, by UUID (`docs/dialects/files.md`)."""

from penstock.dialects.files.routes import files_room

__all__ = ["files_room"]
