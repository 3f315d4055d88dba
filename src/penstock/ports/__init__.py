"""What the engine asks of the world, written to whoever implements it.

Every port has its specification as a test class in `tests/ports/`; an adapter passes when it passes that class.
Every method may raise `StorageFull` or `StorageFailed`; other faults are named where they can happen.
"""

from penstock.ports.accounts import (
    AccountRepository,
    AuditRepository,
    FactorRepository,
    Pair,
    Rotated,
    SessionRepository,
)
from penstock.ports.bytes import Blobs, Digest, Hasher, Hint, Placed, Sink, Staging, Taken
from penstock.ports.chain import START, TRAIL, Chain, Chapter, Vault, WalletLocked
from penstock.ports.publications import (
    CLAIMED,
    Balance,
    Budgets,
    CoinRepository,
    CoinTaken,
    LeaseLost,
    PublicationRepository,
    Recovered,
    RescanRepository,
    Step,
    Unburied,
    Watched,
    WatchRepository,
)
from penstock.ports.records import FileRepository, Finding, UpkeepRepository
from penstock.ports.services import Allowance, Heard, Identity, Issuer, Keys, Limiter, Pictures, Scanner, unheard
from penstock.ports.uploads import (
    Committed,
    Frozen,
    HashLease,
    Opening,
    PartOutcome,
    Published,
    Reserving,
    UploadRepository,
)

__all__ = [
    "CLAIMED",
    "START",
    "TRAIL",
    "AccountRepository",
    "Allowance",
    "AuditRepository",
    "Balance",
    "Blobs",
    "Budgets",
    "Chain",
    "Chapter",
    "CoinRepository",
    "CoinTaken",
    "Committed",
    "Digest",
    "FactorRepository",
    "FileRepository",
    "Finding",
    "Frozen",
    "HashLease",
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
    "PublicationRepository",
    "Published",
    "Recovered",
    "RescanRepository",
    "Reserving",
    "Rotated",
    "Scanner",
    "SessionRepository",
    "Sink",
    "Staging",
    "Step",
    "Taken",
    "Unburied",
    "UpkeepRepository",
    "UploadRepository",
    "Vault",
    "WalletLocked",
    "WatchRepository",
    "Watched",
    "unheard",
]
