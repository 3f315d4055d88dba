"""The composition root, the only place where ports get adapters and dialects get the engine."""

from penstock.bootstrap.application import application, connection_limits, dialect_apps, open_to, without_token
from penstock.bootstrap.backup import BackupRefused, Copied, Heard, back_up, restore
from penstock.bootstrap.container import Container, open_container
from penstock.bootstrap.process import create, running, server
from penstock.bootstrap.publishing import PublishingServices
from penstock.bootstrap.store import migrate_store

__all__ = [
    "BackupRefused",
    "Container",
    "Copied",
    "Heard",
    "PublishingServices",
    "application",
    "back_up",
    "connection_limits",
    "create",
    "dialect_apps",
    "migrate_store",
    "open_container",
    "open_to",
    "restore",
    "running",
    "server",
    "without_token",
]
