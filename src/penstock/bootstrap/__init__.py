"""Where names meet, and nowhere else: ports get adapters, rooms get the engine."""

from penstock.adapters.disk import FolderRefused
from penstock.adapters.sql.database import DatabaseRefused
from penstock.bootstrap.backup import BackupRefused, Copied, Heard, back_up, restore
from penstock.bootstrap.press import ChainRefused, Press
from penstock.bootstrap.process import create, running, server
from penstock.bootstrap.rooms import application, connection_limits, open_doors, open_to, rooms_of
from penstock.bootstrap.works import Works, migrate_store, open_works, rotate_keys
from penstock.http.listening import AddressRefused
from penstock.model.faults import AccountRefused, AccountTaken, AccountUnknown
from penstock.ports import WalletLocked
from penstock.settings import SettingsRefused

REFUSALS = (
    FolderRefused,
    DatabaseRefused,
    AccountRefused,
    AccountTaken,
    AccountUnknown,
    SettingsRefused,
    AddressRefused,
    BackupRefused,
    WalletLocked,
    ChainRefused,
)
"""What a person is told in one line."""

__all__ = [
    "REFUSALS",
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
