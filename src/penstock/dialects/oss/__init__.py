"""`oss`: presigned parts, resumable downloads, safe pictures (`docs/dialects/oss.md`)."""

from penstock.dialects.oss.routes import oss_room

__all__ = ["oss_room"]
