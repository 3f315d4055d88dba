"""What the engine asks of the world, written to whoever implements it.

Every port has its specification as a test class in `tests/ports/`; an adapter passes when it passes that class.
Every method may raise `StorageFull` or `StorageFailed`; other faults are named where they can happen.
"""

from penstock.ports.bytes import Blobs, Digest, Hasher, Hint, Placed, Sink, Staging, Taken
from penstock.ports.records import AccountLedger, FileLedger, Finding, UpkeepLedger
from penstock.ports.services import Keys, Pictures, Scanner
from penstock.ports.uploads import Chase, Committed, Frozen, Opening, PartOutcome, Published, UploadLedger

__all__ = [
    "AccountLedger",
    "Blobs",
    "Chase",
    "Committed",
    "Digest",
    "FileLedger",
    "Finding",
    "Frozen",
    "Hasher",
    "Hint",
    "Keys",
    "Opening",
    "PartOutcome",
    "Pictures",
    "Placed",
    "Published",
    "Scanner",
    "Sink",
    "Staging",
    "Taken",
    "UpkeepLedger",
    "UploadLedger",
]
