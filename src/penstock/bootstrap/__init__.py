"""Where names meet, and nowhere else: ports get adapters, rooms get the engine."""

from penstock.bootstrap.backup import BackupRefused, Copied, Heard, back_up, restore
from penstock.bootstrap.container import Container, migrate_store, open_container, rotate_keys
from penstock.bootstrap.process import create, running, server
from penstock.bootstrap.publishing import PublishingServices
from penstock.bootstrap.rooms import application, connection_limits, open_doors, open_to, rooms_of

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
    "migrate_store",
    "open_container",
    "open_doors",
    "open_to",
    "restore",
    "rooms_of",
    "rotate_keys",
    "running",
    "server",
]
