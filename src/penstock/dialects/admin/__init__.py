"""What administrators do over HTTP: accounts, tokens, sessions, the audit log."""

from penstock.dialects.admin.routes import admin_room

__all__ = ["admin_room"]
