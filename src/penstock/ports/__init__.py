"""What the engine asks of the world, written to whoever implements it.

Every port has its specification as a test class in `tests/ports/`; an adapter passes when it passes that class.
Every method may raise `StorageFull` or `StorageFailed`; other faults are named where they can happen.
"""

from penstock.ports.accounts import AccountLedger, AuditLedger, FactorLedger, Pair, Rotated, SessionLedger
from penstock.ports.bytes import Blobs, Digest, Hasher, Hint, Placed, Sink, Staging, Taken
from penstock.ports.chain import START, TRAIL, Chain, Chapter, Vault, WalletLocked
from penstock.ports.publications import (
    Balance,
    Budgets,
    CoinLedger,
    CoinTaken,
    LeaseLost,
    PublicationLedger,
    Recovered,
    RescanLedger,
    Step,
    Unburied,
    Watched,
    WatchLedger,
)
from penstock.ports.records import FileLedger, Finding, UpkeepLedger
from penstock.ports.services import Allowance, Heard, Identity, Issuer, Keys, Limiter, Pictures, Scanner, unheard
from penstock.ports.uploads import Chase, Committed, Frozen, Opening, PartOutcome, Published, Reserving, UploadLedger

__all__ = [
    "START",
    "TRAIL",
    "AccountLedger",
    "Allowance",
    "AuditLedger",
    "Balance",
    "Blobs",
    "Budgets",
    "Chain",
    "Chapter",
    "Chase",
    "CoinLedger",
    "CoinTaken",
    "Committed",
    "Digest",
    "FactorLedger",
    "FileLedger",
    "Finding",
    "Frozen",
    "Hasher",
    "Heard",
    "Hint",
    "Identity",
    "Issuer",
    "Keys",
    "LeaseLost",
    "Limiter",
    "Opening",
    "Pair",
    "PartOutcome",
    "Pictures",
    "Placed",
    "PublicationLedger",
    "Published",
    "Recovered",
    "RescanLedger",
    "Reserving",
    "Rotated",
    "Scanner",
    "SessionLedger",
    "Sink",
    "Staging",
    "Step",
    "Taken",
    "Unburied",
    "UpkeepLedger",
    "UploadLedger",
    "Vault",
    "WalletLocked",
    "WatchLedger",
    "Watched",
    "unheard",
]
