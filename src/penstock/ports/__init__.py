"""What the engine needs from storage and services, written to the implementer.

Every port has its specification as a test class in `tests/ports/`; an adapter passes when it passes that class. Every
method may raise `StorageFull` or `StorageFailed`; other faults are named where they can happen.
"""

from penstock.ports.accounts import (
    AccountRepository,
    AuditRepository,
    FactorRepository,
    Pair,
    Rotated,
    SessionRepository,
)
from penstock.ports.appends import Appended, AppendRepository, Join
from penstock.ports.bytes import (
    Admit,
    Admitted,
    Arrived,
    Blobs,
    BytesMissing,
    Digest,
    Discarded,
    Groups,
    Hasher,
    Hint,
    Offering,
    Placed,
    Sink,
    Staging,
)
from penstock.ports.chain import START, TRAIL, Chain, Chapter, Vault, WalletLocked
from penstock.ports.files import FileRepository
from penstock.ports.folders import FolderRepository
from penstock.ports.hashing import HashingRepository, HashLease
from penstock.ports.hooks import Answer, Hook
from penstock.ports.issuers import Identity, Issuer
from penstock.ports.jobs import JobRepository
from penstock.ports.joins import JoinRepository
from penstock.ports.limits import Allowance, Limiter
from penstock.ports.listing import FileLists
from penstock.ports.news import NewsRepository
from penstock.ports.outbox import (
    KEPT,
    Attempt,
    Backlog,
    Destination,
    Due,
    Message,
    OutboxRepository,
    Tell,
    TellFile,
    Undelivered,
)
from penstock.ports.parts import Admission, Committed, PartOutcome, PartRepository, ReservationRepository, Reserving
from penstock.ports.pictures import Pictures
from penstock.ports.progress import Heard, Stage, unheard
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
from penstock.ports.relocation import Holding, RelocationRepository
from penstock.ports.replies import ReplyRepository
from penstock.ports.samples import SampleRepository
from penstock.ports.scanning import Scanner
from penstock.ports.sealing import Frozen, Published, SealingRepository
from penstock.ports.shares import ShareRepository, UploadRequestRepository
from penstock.ports.signing import Keys
from penstock.ports.trash import TrashRepository
from penstock.ports.upkeep import Finding, LeaseRepository, UpkeepRepository
from penstock.ports.uploads import Opening, UploadRepository
from penstock.ports.usage import Disk, UsageRepository
from penstock.ports.webhooks import WEBHOOK, Receiver, WebhookRepository
from penstock.ports.zips import ZipRepository

__all__ = [
    "CLAIMED",
    "KEPT",
    "START",
    "TRAIL",
    "WEBHOOK",
    "AccountRepository",
    "Admission",
    "Admit",
    "Admitted",
    "Allowance",
    "Answer",
    "AppendRepository",
    "Appended",
    "Arrived",
    "Attempt",
    "AuditRepository",
    "Backlog",
    "Balance",
    "Blobs",
    "Budgets",
    "BytesMissing",
    "Chain",
    "Chapter",
    "CoinRepository",
    "CoinTaken",
    "Committed",
    "Destination",
    "Digest",
    "Discarded",
    "Disk",
    "Due",
    "FactorRepository",
    "FileLists",
    "FileRepository",
    "Finding",
    "FolderRepository",
    "Frozen",
    "Groups",
    "HashLease",
    "Hasher",
    "HashingRepository",
    "Heard",
    "Hint",
    "Holding",
    "Hook",
    "Identity",
    "Issuer",
    "JobRepository",
    "Join",
    "JoinRepository",
    "Keys",
    "LeaseLost",
    "LeaseRepository",
    "Limiter",
    "Message",
    "NewsRepository",
    "Offering",
    "Opening",
    "OutboxRepository",
    "Pair",
    "PartOutcome",
    "PartRepository",
    "Pictures",
    "Placed",
    "PublicationRepository",
    "Published",
    "Receiver",
    "Recovered",
    "RelocationRepository",
    "ReplyRepository",
    "RescanRepository",
    "ReservationRepository",
    "Reserving",
    "Rotated",
    "SampleRepository",
    "Scanner",
    "SealingRepository",
    "SessionRepository",
    "ShareRepository",
    "Sink",
    "Stage",
    "Staging",
    "Step",
    "Tell",
    "TellFile",
    "TrashRepository",
    "Unburied",
    "Undelivered",
    "UpkeepRepository",
    "UploadRepository",
    "UploadRequestRepository",
    "UsageRepository",
    "Vault",
    "WalletLocked",
    "WatchRepository",
    "Watched",
    "WebhookRepository",
    "ZipRepository",
    "unheard",
]
