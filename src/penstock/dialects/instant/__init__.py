"""`instant`: instant upload by hash, numbered parts from 0, an explicit merge (`docs/dialects/instant.md`)."""

from penstock.dialects.instant.routes import instant_room

__all__ = ["instant_room"]
