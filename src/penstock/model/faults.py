"""What the engine refuses, as facts. The dialects put them into words (`dialects/*/faults.py`)."""

from dataclasses import dataclass

from penstock.model.ids import FileId
from penstock.model.principal import Scope


class Refusal(Exception):
    """What whoever runs Penstock is told in one line: the text says why, and what to do."""


class Fault(Exception):
    """A refusal. HTTP has some of its own (`penstock.http.faults`). Every subclass has a status
    (`penstock.http.routing.statuses`), and every dialect has words for it; tests hold each to that.
    """


@dataclass(eq=False)
class NotSignedIn(Fault):
    """No credential, and the call needs one."""


@dataclass(eq=False)
class BadToken(Fault):
    """A credential that is unknown, expired, revoked, or of a disabled user."""


@dataclass(eq=False)
class IssuerUnavailable(Fault):
    """The issuer of a credential shows no keys to check it with."""


@dataclass(eq=False)
class CredentialsWrong(Fault):
    """No such user, or another password: nobody is told which."""


@dataclass(eq=False)
class SecondFactorNeeded(Fault):
    """The password is right, and a code is asked for as well. With it, `challenge` is good for a sign-in, for so many
    seconds.
    """

    challenge: str
    seconds: int


@dataclass(eq=False)
class CodeWrong(Fault):
    """This code of a second factor is not right, or was used before."""


@dataclass(eq=False)
class FactorActive(Fault):
    """There is a second factor already."""


@dataclass(eq=False)
class FactorMissing(Fault):
    """There is no second factor."""


@dataclass(eq=False)
class SudoRequired(Fault):
    """The act is sensitive, and the caller has not proved of late to be there in person."""


@dataclass(eq=False)
class AdminRequired(Fault):
    """Only administrators may do this."""


@dataclass(eq=False)
class AccountRefused(Fault):
    """An account, a client, a password or a token cannot be as asked; the reason is for people."""

    reason: str


@dataclass(eq=False)
class AccountUnknown(Fault):
    """There is no such user, token or session."""

    reason: str


@dataclass(eq=False)
class AccountTaken(Fault):
    """The name is somebody else's."""

    reason: str


@dataclass(eq=False)
class ScopeMissing(Fault):
    """The credential is good but was not made for this."""

    scope: Scope


@dataclass(eq=False)
class InputMissing(Fault):
    """A required parameter is not there."""

    name: str


@dataclass(eq=False)
class InputInvalid(Fault):
    """A parameter is there and cannot be what it must be. `value` is what it was, where that may be told again."""

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
    """The upload is being sealed, so it takes neither parts nor a cancel."""


@dataclass(eq=False)
class StillSealing(Fault):
    """The upload becomes a file, and that takes longer than a call may wait: ask again after so many seconds."""

    retry_after: int


@dataclass(eq=False)
class UploadCancelled(Fault):
    """The upload was cancelled."""


@dataclass(eq=False)
class UploadEnded(Fault):
    """The upload of a part ended without becoming a file: it was cancelled or deleted, or its time ran out."""


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
    """A part whose bytes do not have the MD5 that its client announced."""

    expected: str
    actual: str


@dataclass(eq=False)
class PartsMissing(Fault):
    """Not every part is there. `missing` are numbers from 0, ascending."""

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
    """All parts together do not have the declared MD5."""

    expected: str
    actual: str


@dataclass(eq=False)
class FileUnknown(Fault):
    """The caller has no such file."""


@dataclass(eq=False)
class FileTrashed(Fault):
    """The file lies in the trash and cannot be read."""


@dataclass(eq=False)
class FileDamaged(Fault):
    """The stored bytes are known to be wrong and are not handed out."""


@dataclass(eq=False)
class PictureTypeRefused(Fault):
    """The bytes are no picture of a kind that is taken."""


@dataclass(eq=False)
class PictureRefused(Fault):
    """The bytes are a picture that cannot be used: broken, too many pixels, too costly."""

    reason: str


@dataclass(eq=False)
class PicturesBusy(Fault):
    """So many pictures wait to be made that this one cannot: ask again after so many seconds."""

    retry_after: int


@dataclass(eq=False)
class ContentRefused(Fault):
    """A scanner found the content to be what must not be kept."""

    finding: str


@dataclass(eq=False)
class SignatureInvalid(Fault):
    """A signed URL that was changed, is of an unknown key, or has expired."""


@dataclass(eq=False)
class ScannerUnavailable(Fault):
    """The scanner gave no answer, so nothing becomes visible."""


@dataclass(eq=False)
class StorageFull(Fault):
    """There is no room for these bytes. Everything acknowledged before stays good. `free` is how many bytes the disk
    has left, and `min_free` how many are to stay so; None when nobody looked.
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
    """A picture has been made into as many others as it may: `limit` recipes."""

    limit: int


@dataclass(eq=False)
class StorageFailed(Fault):
    """The store could not do what it promised; nothing was acknowledged."""


@dataclass(eq=False)
class Unexpected(Fault):
    """A defect of ours. The log knows more; the client does not."""


@dataclass(eq=False)
class RateLimited(Fault):
    """Too many calls; in `retry_after` seconds one will be heard."""

    retry_after: int


@dataclass(eq=False)
class FundsMissing(Fault):
    """The wallet has less than a publication costs, or it costs more than this `setting` allows in a whole day. Amounts
    in satoshi.
    """

    needed: int
    available: int
    setting: str = ""


@dataclass(eq=False)
class BroadcastFailed(Fault):
    """The chain did not take a transaction; `reason` is in words, or a note (`penstock.publishing.notes`). While it is
    `pending` nobody knows whether it did, and the background finds out.
    """

    reason: str
    pending: bool = False


@dataclass(eq=False)
class ChainUnavailable(Fault):
    """The chain gave no answer."""

    reason: str


@dataclass(eq=False)
class PublicationUnknown(Fault):
    """The caller has no such publication."""
