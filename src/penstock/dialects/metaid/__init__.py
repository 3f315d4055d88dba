"""`metaid`: files published on a chain, at once or in chunks (`docs/dialects/metaid.md`)."""

from penstock.dialects.metaid.routes import bucket_of, metaid_room

__all__ = ["bucket_of", "metaid_room"]
