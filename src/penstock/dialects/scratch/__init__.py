"""`scratch`: a header-driven upload of numbered parts that completes by itself (`docs/dialects/scratch.md`)."""

from penstock.dialects.scratch.routes import scratch_room

__all__ = ["scratch_room"]
