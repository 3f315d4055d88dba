"""The HTTP status of every fault, in all dialects. A dialect lists those that its contract has otherwise."""

from collections.abc import Mapping

from penstock.http import faults as h
from penstock.model import faults as f

STATUS: Mapping[type[f.Fault], int] = {
    f.InputMissing: 400,
    f.InputInvalid: 400,
    h.BodyMalformed: 400,
    f.BodyCut: 400,  # RFC 9112 §8: the client left, and its request is incomplete
    f.AccountRefused: 400,
    f.PictureRefused: 400,
    f.PartDigestWrong: 400,
    f.DigestWrong: 400,
    f.SizeWrong: 400,
    f.NotSignedIn: 401,
    f.BadToken: 401,
    f.CredentialsWrong: 401,
    f.CodeWrong: 401,
    f.SecondFactorNeeded: 401,
    f.ScopeMissing: 403,  # RFC 6750 §3.1
    f.SudoRequired: 403,
    f.AdminRequired: 403,
    f.UploadJoined: 403,  # tus 1.0.0, *Concatenation*
    f.UploadRefused: 403,  # RFC 9110 §15.5.4: nobody says that it would help to come again
    f.SignatureInvalid: 403,  # no other credential would help (RFC 9110 §15.5.4)
    f.SharePasswordWrong: 403,  # not 401: it is no credential of HTTP's (RFC 9110 §15.5.2)
    f.DownloadsSpent: 403,
    h.RouteUnknown: 404,
    f.AccountUnknown: 404,
    f.UploadUnknown: 404,  # also for another owner's, whose existence is not disclosed (RFC 9110 §15.5.4)
    f.FileUnknown: 404,
    f.FileTrashed: 404,  # not 410: it may come back
    f.FolderUnknown: 404,
    f.JobUnknown: 404,
    f.FolderTrashed: 404,
    f.ShareUnknown: 404,
    f.UploadRequestUnknown: 404,
    f.PublicationUnknown: 404,
    f.WebhookUnknown: 404,
    f.DeliveryUnknown: 404,
    h.MethodRefused: 405,
    h.BodyTooSlow: 408,
    f.AccountTaken: 409,
    f.FactorActive: 409,
    f.FactorMissing: 409,
    f.UploadConflict: 409,
    f.UploadBusy: 409,
    f.OffsetWrong: 409,
    f.AppendCutOff: 409,
    f.SizeConflict: 409,
    f.UploadCancelled: 409,
    f.UploadEnded: 409,
    f.UploadSealed: 409,
    f.PartConflict: 409,
    f.PartsMissing: 409,
    f.FolderBusy: 409,
    f.NameTaken: 409,
    f.KeyInUse: 409,
    f.JobRunning: 409,
    h.PreconditionFailed: 412,
    f.Outdated: 412,
    f.TooLarge: 413,
    h.BodyTypeRefused: 415,
    h.ContentCodingRefused: 415,  # RFC 9110 §15.5.16 counts codings among the types
    f.PictureTypeRefused: 415,
    h.RangeUnsatisfiable: 416,
    f.ContentRefused: 422,
    f.KeyReused: 422,
    f.RateLimited: 429,
    f.TooManyVariants: 429,
    h.HeadTooLarge: 431,  # RFC 6585 §5
    f.FileDamaged: 500,
    f.Unexpected: 500,
    h.TransferCodingUnknown: 501,  # RFC 9112 §6.1
    f.IssuerUnavailable: 503,
    f.StillSealing: 503,  # with `Retry-After`; clients would take a 202 for success
    f.PicturesBusy: 503,
    f.LimiterUnavailable: 503,
    f.ScannerUnavailable: 503,
    f.HookUnavailable: 503,
    f.ChainUnavailable: 503,
    f.BroadcastFailed: 503,
    f.FundsMissing: 503,
    f.StorageFailed: 503,
    f.StorageFull: 507,  # RFC 4918 §11.5
    f.QuotaExceeded: 507,  # RFC 4331 §6
}
"""Every fault's status (RFC 9110 §15 where nothing else is named)."""
