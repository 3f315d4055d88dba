"""Facts about files, accounts, and what the background looks after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock.model.audit import Entry
from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import FileId, Location, Md5, PrincipalId, Sha256, UploadId
from penstock.model.principal import Client, Scope, Session, Tier, Token, User
from penstock.model.upload import Part
from penstock.ports.bytes import Placed


class FileLedger(Protocol):
    """Facts about files and blobs. One method, one transaction, one outcome.

    Every file record counts, with the size of its blob, against its owner's quota (see `UploadLedger`) until it is
    removed: those in the trash, and further ones on the same blob. Variants do not.
    """

    async def file(self, file: FileId) -> File | None:
        """The file of this id."""

    async def of_upload(self, upload: UploadId) -> File | None:
        """The file that this upload became."""

    async def of_key(self, owner: PrincipalId, dialect: str, key: str) -> File | None:
        """The newest file that a client of the dialect knows by this name of its own."""

    async def of_hash(self, readers: PrincipalId | None, md5: Md5, size: int | None) -> File | None:
        """The newest sound file with this MD5, and size when given; of any owner when `readers` is None."""

    async def blob(self, sha256: Sha256) -> Blob | None:
        """The blob of these bytes, if it is not known to be damaged."""

    async def unhashed(self, readers: PrincipalId | None, size: int | None, count: int) -> list[Blob]:
        """At most `count` sound blobs whose MD5 nobody computed yet, among those files."""

    async def record_md5(self, blob: Sha256, md5: Md5) -> None:
        """Fill in a blob's MD5."""

    async def claim(self, owner: PrincipalId, dialect: str, blob: Sha256, file: NewFile) -> File | None:
        """Another record on the same blob; None when the blob is gone or damaged. The owner's own record under the same
        key and blob is answered instead of a second one. Raises `QuotaExceeded`, `TooLarge`.
        """

    async def add_picture(
        self,
        owner: PrincipalId,
        dialect: str,
        picture: Placed,
        file: NewFile,
        variants: Sequence[tuple[str, Placed]],
    ) -> tuple[File, list[Location]]:
        """Record a picture and the variants made with it, by the names of their recipes, in one transaction; also
        returns the locations whose bytes other blobs made superfluous. Raises `QuotaExceeded`, `TooLarge`; then none
        of them is recorded.
        """

    async def add_variant(self, source: Sha256, recipe: str, variant: Placed) -> tuple[Blob, list[Location]] | None:
        """Record what a recipe made of a stored picture, or answer what it made before; None when the picture is
        gone.
        """

    async def variant(self, source: Sha256, recipe: str) -> Blob | None:
        """What a recipe made of a stored picture; None when it did not yet, or it is damaged."""

    async def page(self, owner: PrincipalId, search: str, start: int, count: int) -> tuple[int, list[File]]:
        """How many of the owner's files, the trash aside, have `search` in their name, and a page, newest first."""

    async def remove(self, owner: PrincipalId, file: FileId) -> bool:
        """Remove the record, leaving a tombstone; false when the owner has no such file. Repeated: true."""

    async def bury(self, owner: PrincipalId, identifier: str) -> None:
        """Leave a tombstone: the owner removed whatever this id named."""

    async def buried(self, owner: PrincipalId, identifier: str) -> bool:
        """Whether this owner removed what this id named."""

    async def damage(self, at: Location) -> None:
        """The bytes of the blob that lies there are wrong: its files stay listed and are never served. Nothing happens
        when no blob lies there any more.
        """


@dataclass(frozen=True, slots=True)
class Finding:
    """A record to be checked against its bytes: `upload` and `part`, or `blob`."""

    upload: UploadId | None = None
    part: Part | None = None
    blob: Blob | None = None
    damaged: bool = False


class UpkeepLedger(Protocol):
    """What the background asks. Repeating any of it is harmless."""

    async def expire_uploads(self) -> int:
        """Every open upload whose time has run out becomes expired; returns how many."""

    async def finished(self, count: int) -> list[UploadId]:
        """Uploads whose bytes in staging nobody needs: sealed, cancelled or expired, not yet marked discarded."""

    async def forget_old(self) -> int:
        """Remove the records of final uploads past their expiry whose bytes are gone; returns how many."""

    async def stalled(self, count: int) -> list[UploadId]:
        """Uploads whose sealer's lease ran out: those in sealing are open again, those in placing are returned."""

    async def known(self, upload: UploadId) -> bool:
        """Whether the upload has a record at all."""

    async def trash_older(self, seconds: float) -> int:
        """Files created longer ago than this go to the trash; returns how many."""

    async def purge_trash(self, seconds: float) -> int:
        """Files trashed longer ago than this are removed; returns how many."""

    async def collect(self, grace: float, count: int) -> list[Location]:
        """Condemn every unreferenced blob, and delete the records of those condemned longer ago than `grace` seconds
        that are still unreferenced. Their bytes are the caller's to remove.
        """

    async def located(self, at: Location) -> bool:
        """Whether a blob record names this location."""

    async def findings(self, after: str, count: int) -> tuple[str, list[Finding]]:
        """The next records to check, and where to go on from; "" when there are no more."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A new access and a new refresh token, by their digests, and when they end (Unix seconds)."""

    access: str
    refresh: str
    access_expires_at: float
    refresh_expires_at: float


@dataclass(frozen=True, slots=True)
class Rotated:
    """Whose session went on, and when the newest pair ends."""

    user: User
    access_expires_at: float
    refresh_expires_at: float


class AccountLedger(Protocol):
    """Facts about users and their tokens."""

    async def add_user(self, user: User) -> bool:
        """Record the user; false when the name is taken."""

    async def user(self, name: str) -> User | None:
        """The user of this name."""

    async def user_of(self, user: PrincipalId) -> User | None:
        """The user of this id."""

    async def users(self) -> list[User]:
        """Everybody, by name."""

    async def change_user(self, name: str, *, tier: Tier | None = None, disabled: bool | None = None) -> bool:
        """Change what is given; false when there is no such user."""

    async def set_quota(self, name: str, own: Mapping[str, int | None]) -> bool:
        """Change what is named of the user's own quota (the fields of `OwnQuota`); false when there is no such user."""

    async def add_token(self, token: Token) -> None:
        """Record the token."""

    async def bearer(self, digest: str) -> tuple[User, frozenset[Scope]] | None:
        """Whose token this is and what for: not expired, not revoked, nor its session, its user not disabled."""

    async def tokens(self, user: PrincipalId) -> list[Token]:
        """The user's tokens that are good and belong to no session, newest first."""

    async def revoke_token(self, token: str) -> bool:
        """The token of this id ends at once; false when there is none that is good."""

    async def token(self, digest: str) -> tuple[User, Token] | None:
        """The token of this digest, of a session or not, and whose it is, as long as it is good."""

    async def add_client(self, client: Client) -> None:
        """Record the client; its account is there."""

    async def client(self, client: str) -> tuple[Client, User] | None:
        """The client of this id, and the account it acts as."""


class SessionLedger(Protocol):
    """Facts about sign-ins. Secrets are known by their digests alone."""

    async def begin(self, session: Session, pair: Pair) -> None:
        """Record a session with its first pair."""

    async def rotate(self, used: str, pair: Pair, grace: float) -> Rotated | None:
        """The refresh token `used` is used, and the pair made of it takes its place; the session lives as long as its
        newest refresh token. Within `grace` seconds of its use it answers what took its place then. Used again later,
        somebody has stolen it: its session is revoked. None whenever nobody is signed in by it.
        """

    async def of_secret(self, digest: str) -> Session | None:
        """The session that an access or refresh token belongs to, revoked or not."""

    async def of_user(self, user: PrincipalId) -> list[Session]:
        """The user's sessions that have not ended, newest first."""

    async def revoke(self, session: str) -> bool:
        """The session and every credential of it end at once; false when there is none that lives."""

    async def forget_ended(self, seconds: float) -> int:
        """Remove sessions that ended longer ago than this, and what belongs to them; returns how many."""


class AuditLedger(Protocol):
    """What was done, for those who ask later."""

    async def record(self, entry: Entry) -> None:
        """Write it down."""

    async def last(self, count: int, name: str | None) -> list[Entry]:
        """At most so many entries, newest first; only those by or about this name, if one is given."""

    async def forget_old(self, seconds: float) -> int:
        """Remove entries older than this; returns how many."""
