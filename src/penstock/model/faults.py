"""Faults of the engine, as facts. The dialects word them (`dialects/*/faults.py`)."""

from dataclasses import dataclass, field

from penstock.model.event import Reply
from penstock.model.ids import FileId
from penstock.model.principal import Scope


class Refusal(Exception):
    """An error for the operator, in one line: the text says why, and what to do."""


class Fault(Exception):
    """A refusal. HTTP has some of its own (`penstock.http.faults`). Every subclass has a status
    (`penstock.http.routing.statuses`), and every dialect words it; tests check both.
    """


@dataclass(eq=False)
class NotSignedIn(Fault):
    """No credential, and the call needs one."""


@dataclass(eq=False)
class BadToken(Fault):
    """A credential that is unknown, expired, revoked, or of a disabled user."""


@dataclass(eq=False)
class IssuerUnavailable(Fault):
    """The issuer's keys cannot be fetched, so the credential cannot be verified."""


@dataclass(eq=False)
class CredentialsWrong(Fault):
    """No such user, or a wrong password: it is not disclosed which."""


@dataclass(eq=False)
class SecondFactorNeeded(Fault):
    """The password is right, and a code is required, too. `challenge` and a code complete the sign-in, for this many
    seconds.
    """

    challenge: str
    seconds: int


@dataclass(eq=False)
class CodeWrong(Fault):
    """The code of the second factor is wrong, or was used before."""


@dataclass(eq=False)
class FactorActive(Fault):
    """A second factor is active already."""


@dataclass(eq=False)
class FactorMissing(Fault):
    """There is no second factor."""


@dataclass(eq=False)
class SudoRequired(Fault):
    """The act is sensitive and needs a sudo token."""


@dataclass(eq=False)
class AdminRequired(Fault):
    """Only administrators may do this."""


@dataclass(eq=False)
class AccountRefused(Fault):
    """The request for an account, client, password or token is invalid; the reason is human-readable."""

    reason: str


@dataclass(eq=False)
class AccountUnknown(Fault):
    """There is no such user, token or session."""

    reason: str


@dataclass(eq=False)
class AccountTaken(Fault):
    """The name is taken."""

    reason: str


@dataclass(eq=False)
class ScopeMissing(Fault):
    """The credential is valid but lacks this scope."""

    scope: Scope


@dataclass(eq=False)
class InputMissing(Fault):
    """A required parameter is missing."""

    name: str


@dataclass(eq=False)
class InputInvalid(Fault):
    """A parameter is invalid. `value` repeats it where that is safe."""

    name: str
    reason: str
    value: str | None = None


@dataclass(eq=False)
class BodyCut(Fault):
    """The client went away, or the body ended before its declared length."""


@dataclass(eq=False)
class TooLarge(Fault):
    """More bytes than the limit (in bytes) allows."""

    limit: int


@dataclass(eq=False)
class UploadUnknown(Fault):
    """The caller has no such upload."""


@dataclass(eq=False)
class UploadConflict(Fault):
    """An unfinished upload under this key was declared differently."""


@dataclass(eq=False)
class UploadBusy(Fault):
    """The upload is being sealed, so it accepts neither parts nor a cancel."""


@dataclass(eq=False)
class StillSealing(Fault):
    """The upload is being sealed, and that takes longer than a call may wait: retry after this many seconds."""

    retry_after: int


@dataclass(eq=False)
class OffsetWrong(Fault):
    """Bytes for another offset than the upload has reached."""

    expected: int
    provided: int


@dataclass(eq=False)
class AppendCutOff(Fault):
    """Somebody else goes on with the upload: what this request brings is no longer taken."""


@dataclass(eq=False)
class SizeConflict(Fault):
    """Another size of the whole than was declared, or one below the offset. `known` is what was declared."""

    known: int | None


@dataclass(eq=False)
class UploadCancelled(Fault):
    """The upload was cancelled."""


@dataclass(eq=False)
class UploadEnded(Fault):
    """The upload of a part ended without becoming a file: it was cancelled or deleted, or its time ran out."""


@dataclass(eq=False)
class UploadJoined(Fault):
    """The upload is put together from others, and takes no bytes of its own."""


@dataclass(eq=False)
class UploadSealed(Fault):
    """The upload is complete and cannot be undone or changed."""

    file: FileId


@dataclass(eq=False)
class PartConflict(Fault):
    """A part sent after completion whose bytes are not those of the file."""

    number: int


@dataclass(eq=False)
class PartDigestWrong(Fault):
    """A part whose bytes do not have the digest that its client announced."""

    expected: str
    actual: str


@dataclass(eq=False)
class PartsMissing(Fault):
    """Parts are missing. `missing` are numbers from 0, ascending."""

    missing: list[int]
    received: int
    total: int


@dataclass(eq=False)
class SizeWrong(Fault):
    """All parts together do not have the declared size, in bytes."""

    expected: int
    actual: int


@dataclass(eq=False)
class DigestWrong(Fault):
    """All parts together do not have the declared digest."""

    expected: str
    actual: str


@dataclass(eq=False)
class FileUnknown(Fault):
    """The caller has no such file."""


@dataclass(eq=False)
class FileTrashed(Fault):
    """The file lies in the trash and cannot be read."""


@dataclass(eq=False)
class FolderUnknown(Fault):
    """The caller has no such folder."""


@dataclass(eq=False)
class FolderTrashed(Fault):
    """The folder lies in the trash."""


@dataclass(eq=False)
class FolderBusy(Fault):
    """What is in the folder is on its way into the trash, or out of it."""


@dataclass(eq=False)
class NameTaken(Fault):
    """Something in the folder has this name; `free` is one like it that nothing has."""

    free: str


@dataclass(eq=False)
class Outdated(Fault):
    """What is to be changed is no longer what the caller has seen."""


@dataclass(eq=False)
class ShareUnknown(Fault):
    """No such share, or none any more: it is not disclosed which."""


@dataclass(eq=False)
class SharePasswordWrong(Fault):
    """The password of a share is wrong, or was not given."""


@dataclass(eq=False)
class DownloadsSpent(Fault):
    """As many downloads have begun as the share allows."""


@dataclass(eq=False)
class UploadRequestUnknown(Fault):
    """No such upload request, or none any more."""


@dataclass(eq=False)
class KeyReused(Fault):
    """The key of a request was used for another one."""


@dataclass(eq=False)
class JobRunning(Fault):
    """A job of this kind runs already."""


@dataclass(eq=False)
class JobUnknown(Fault):
    """There is no such job, or it does not run any more."""


@dataclass(eq=False)
class KeyInUse(Fault):
    """The request of this key is still under way."""


@dataclass(eq=False)
class WebhookUnknown(Fault):
    """There is no such webhook."""


@dataclass(eq=False)
class DeliveryUnknown(Fault):
    """The log of the webhook has no such delivery."""


@dataclass(eq=False)
class FileDamaged(Fault):
    """The stored bytes are known to be wrong and are not delivered."""


@dataclass(eq=False)
class PictureTypeRefused(Fault):
    """The bytes are no picture of an accepted kind."""


@dataclass(eq=False)
class PictureRefused(Fault):
    """The bytes are a picture that cannot be used: broken, too many pixels, too costly."""

    reason: str


@dataclass(eq=False)
class PicturesBusy(Fault):
    """Too many pictures wait to be rendered: retry after this many seconds."""

    retry_after: int


@dataclass(eq=False)
class ContentRefused(Fault):
    """A scanner rejected the content."""

    finding: str


@dataclass(eq=False)
class UploadRefused(Fault):
    """A hook of the operator refused the upload, or what became of it; `reply` is how it would word that in HTTP."""

    reply: Reply = field(default_factory=Reply)


@dataclass(eq=False)
class HookUnavailable(Fault):
    """The hook gave no decision, so nothing happens."""


@dataclass(eq=False)
class SignatureInvalid(Fault):
    """A signed URL was changed, has an unknown key, or has expired."""


@dataclass(eq=False)
class ScannerUnavailable(Fault):
    """The scanner gave no answer, so nothing becomes visible."""


@dataclass(eq=False)
class StorageFull(Fault):
    """There is no space for these bytes. Everything acknowledged before stays stored. `free` is how many bytes the disk
    has left, and `min_free` how many must stay free; None when unknown.
    """

    free: int | None = None
    min_free: int | None = None


@dataclass(eq=False)
class QuotaExceeded(Fault):
    """The caller would have more than it may: `what` is "bytes", "files" or "uploads", and `limit` how many."""

    what: str
    limit: int


@dataclass(eq=False)
class TooManyVariants(Fault):
    """A picture has its most variants: `limit` recipes."""

    limit: int


@dataclass(eq=False)
class StorageFailed(Fault):
    """The store failed; nothing was acknowledged."""


@dataclass(eq=False)
class Unexpected(Fault):
    """A defect of the server. The log has the details; the client does not get them."""


@dataclass(eq=False)
class RateLimited(Fault):
    """Too many calls; the next is accepted in `retry_after` seconds."""

    retry_after: int


@dataclass(eq=False)
class LimiterUnavailable(Fault):
    """Calls cannot be counted, and this one must be: retry after this many seconds."""

    retry_after: int


@dataclass(eq=False)
class FundsMissing(Fault):
    """The wallet has less than a publication costs, or the publication costs more than this `setting` allows in a day.
    Amounts in satoshi.
    """

    needed: int
    available: int
    setting: str = ""


@dataclass(eq=False)
class BroadcastFailed(Fault):
    """The chain did not accept a transaction; `reason` is in words, or a note (`penstock.publishing.notes`). While it
    is `pending` the outcome is unknown, and the background resolves it.
    """

    reason: str
    pending: bool = False


@dataclass(eq=False)
class ChainUnavailable(Fault):
    """The chain did not answer."""

    reason: str


@dataclass(eq=False)
class PublicationUnknown(Fault):
    """The caller has no such publication."""
