"""Where names meet, and nowhere else: ports get adapters, rooms get the engine."""

from penstock.bootstrap.backup import BackupRefused, Copied, Heard, back_up, restore
from penstock.bootstrap.press import Press
from penstock.bootstrap.process import create, running, server
from penstock.bootstrap.rooms import application, connection_limits, open_doors, open_to, rooms_of
from penstock.bootstrap.works import Works, migrate_store, open_works, rotate_keys

__all__ = [
    "BackupRefused",
    "Copied",
    "Heard",
    "Press",
    "Works",
    "application",
    "back_up",
    "connection_limits",
    "create",
    "migrate_store",
    "open_doors",
    "open_to",
    "open_works",
    "restore",
    "rooms_of",
    "rotate_keys",
    "running",
    "server",
]
