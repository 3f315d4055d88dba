"""Every fault in an English sentence, for dialects whose contracts leave the words open."""

from collections.abc import Mapping

from penstock.http import faults as h
from penstock.model import faults as f

ENGLISH: Mapping[type[f.Fault], str] = {
    f.NotSignedIn: "A token is needed.",
    f.BadToken: "The token is not valid, or not any more.",
    f.CredentialsWrong: "There is no such user, or the password is wrong.",
    f.SecondFactorNeeded: "A code of the second factor is needed.",
    f.CodeWrong: "The code is wrong, or was used before.",
    f.FactorActive: "A second factor is active already.",
    f.FactorMissing: "There is no second factor.",
    f.SudoRequired: "This needs a sudo token.",
    f.AdminRequired: "Only administrators may do this.",
    f.ScopeMissing: "The token does not allow this.",
    f.AccountUnknown: "There is no such account.",
    f.AccountTaken: "The name is taken.",
    f.AccountRefused: "The account cannot be made or changed like this.",
    f.IssuerUnavailable: "The issuer of this token cannot be asked.",
    f.SignatureInvalid: "The address was changed, or is not good any more.",
    f.InputMissing: "Something is missing",
    f.InputInvalid: "Something is not valid",
    h.BodyTypeRefused: "The content has another type than is needed here.",
    h.BodyMalformed: "The content cannot be read.",
    f.BodyCut: "The content broke off.",
    h.BodyTooSlow: "The content came too slowly.",
    h.HeadTooLarge: "The headers are too long.",
    h.TransferCodingUnknown: "The transfer coding is not known.",
    h.ContentCodingRefused: "Coded content is not taken here.",
    h.RangeUnsatisfiable: "There are no such bytes.",
    h.PreconditionFailed: "The condition is not met.",
    h.RouteUnknown: "There is nothing here.",
    h.MethodRefused: "This method does nothing here.",
    f.TooLarge: "There are more bytes than may be.",
    f.UploadUnknown: "There is no such upload.",
    f.UploadConflict: "The upload was declared differently.",
    f.UploadBusy: "The upload is being made a file.",
    f.StillSealing: "The upload is being made a file; ask again.",
    f.UploadCancelled: "The upload was ended.",
    f.UploadEnded: "The upload has ended.",
    f.UploadJoined: "The upload is put together from others, and takes no bytes of its own.",
    f.UploadSealed: "The upload is complete.",
    f.OffsetWrong: "The upload goes on at another offset.",
    f.AppendCutOff: "Another request goes on with this upload.",
    f.SizeConflict: "The upload has another length.",
    f.PartConflict: "The bytes are not those that are here.",
    f.PartDigestWrong: "The bytes do not have the digest that was stated.",
    f.PartsMissing: "Not all of it is here.",
    f.SizeWrong: "There are not as many bytes as were declared.",
    f.DigestWrong: "The whole does not have the digest that was stated.",
    f.FileUnknown: "There is no such file.",
    f.FileTrashed: "The file lies in the trash.",
    f.FolderUnknown: "There is no such folder.",
    f.FolderTrashed: "The folder lies in the trash.",
    f.FolderBusy: "What is in the folder is still on its way; ask again.",
    f.NameTaken: "Something there has this name already.",
    f.Outdated: "It was changed meanwhile.",
    f.ShareUnknown: "There is no such link.",
    f.SharePasswordWrong: "It takes the right password.",
    f.DownloadsSpent: "It was downloaded as often as it may be.",
    f.UploadRequestUnknown: "There is no such upload request.",
    f.KeyReused: "The key was used for another request.",
    f.JobRunning: "A job of this kind runs already.",
    f.JobUnknown: "There is no such job, or it has ended.",
    f.KeyInUse: "The request of this key is still under way; ask again.",
    f.WebhookUnknown: "There is no such webhook.",
    f.DeliveryUnknown: "There is no such delivery.",
    f.FileDamaged: "The file is damaged.",
    f.PictureTypeRefused: "This is no picture of a kind that is taken.",
    f.PictureRefused: "The picture cannot be used.",
    f.PicturesBusy: "Too many pictures are waiting; ask again.",
    f.TooManyVariants: "There are too many variants of this picture.",
    f.ContentRefused: "The content is not allowed.",
    f.ScannerUnavailable: "The content cannot be checked at present.",
    f.UploadRefused: "The upload is refused.",
    f.HookUnavailable: "Nobody decides about uploads at present; ask again.",
    f.StorageFull: "There is no space left.",
    f.QuotaExceeded: "The quota is used up.",
    f.StorageFailed: "The store does not answer; ask again.",
    f.Unexpected: "Something went wrong.",
    f.RateLimited: "That was too often; ask again later.",
    f.LimiterUnavailable: "Calls cannot be counted at present; ask again.",
    f.FundsMissing: "The wallet has too little.",
    f.BroadcastFailed: "The chain did not take it.",
    f.ChainUnavailable: "The chain does not answer.",
    f.PublicationUnknown: "There is no such publication.",
}
"""Two of them are beginnings, which the parameter's name and the reason follow."""


def sentence(fault: f.Fault) -> str:
    """A fault in words."""
    match fault:
        case f.InputMissing(name=name):
            return f"{ENGLISH[type(fault)]}: {name}."
        case f.InputInvalid(name=name, reason=reason):
            return f"{ENGLISH[type(fault)]}: {name} ({reason})."
        case f.StorageFull(free=int(free), min_free=int(least)):
            return f"There is no space left: {free} bytes are free, and {least} are to stay so."
        case f.QuotaExceeded(what=what, limit=limit):
            return f"The quota is used up: {limit} {what}."
        case _:
            return ENGLISH[type(fault)]
