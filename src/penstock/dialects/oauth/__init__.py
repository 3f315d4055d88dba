"""`oauth`: OAuth 2.0 for clients that speak it (`docs/dialects/oauth.md`)."""

from penstock.dialects.oauth.routes import oauth_room

__all__ = ["oauth_room"]
