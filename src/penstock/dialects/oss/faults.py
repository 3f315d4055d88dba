"""Every fault in the words of `oss`: HTTP status, symbolic name, sentence."""

from typing import Any

from penstock.dialects.oss.wire import Envelope, now
from penstock.model import faults as f

INVALID_PARAMETER = "INVALID_PARAMETER"
INVALID_MD5 = "INVALID_MD5"
NOT_FOUND = "FILE_NOT_FOUND"
CONFLICT = "FILE_CONFLICT"
UNAVAILABLE = "SERVICE_UNAVAILABLE"


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status, error, message, data = _words(fault)
    return status, Envelope(code=status, message=message, data=data, error=error, timestamp=now())


def _words(fault: f.Fault) -> tuple[int, str, str, dict[str, Any] | None]:
    match fault:
        case f.InputMissing(name=name):
            return 400, INVALID_PARAMETER, f"缺少参数: {name}", None
        case f.InputInvalid(name="identifier"):
            return 400, INVALID_MD5, "MD5值格式错误", None
        case f.InputInvalid(name=name, reason=reason):
            return 400, INVALID_PARAMETER, f"请求参数错误: {name}", {"field": name, "reason": reason}
        case f.PartsMissing(missing=missing):
            # 1-based on the wire (oss.md, FileChunkVo); 0-based inside.
            return 409, CONFLICT, "分片未全部上传", {"missing": [number + 1 for number in missing]}
        case f.DigestWrong(expected=expected, actual=actual) | f.PartDigestWrong(expected=expected, actual=actual):
            return 400, INVALID_MD5, "文件MD5校验失败", {"expected": expected, "actual": actual}
        case f.TooLarge(limit=limit):
            return 413, "FILE_TOO_LARGE", "文件大小超过限制", {"limit": limit}
        case f.TooManyVariants(limit=limit):
            return 429, "TOO_MANY_REQUESTS", "图片处理方式过多", {"limit": limit}
        case f.PictureRefused(reason=reason):
            return 400, "INVALID_FILE_TYPE", "图片无法处理", {"reason": reason}
        case f.StorageFull(free=int(free), min_free=int(least)):
            return 507, "INSUFFICIENT_STORAGE", "存储空间不足", {"free": free, "minFree": least}
        case f.QuotaExceeded(what=what, limit=limit):
            return 507, "QUOTA_EXCEEDED", QUOTAS[what], {"quota": what, "limit": limit}
        case _:
            return *WORDS[type(fault)], None


WORDS: dict[type[f.Fault], tuple[int, str, str]] = {
    f.NotSignedIn: (401, "UNAUTHORIZED", "需要登录"),
    f.CredentialsWrong: (401, "UNAUTHORIZED", "用户名或密码错误"),
    f.BadToken: (401, "UNAUTHORIZED", "无效的认证令牌"),
    f.CodeWrong: (401, "UNAUTHORIZED", "验证码错误"),
    f.SecondFactorNeeded: (401, "SECOND_FACTOR_REQUIRED", "需要二次验证"),
    f.FactorActive: (409, "CONFLICT", "二次验证已启用"),
    f.FactorMissing: (409, "CONFLICT", "二次验证未启用"),
    f.SudoRequired: (403, "SUDO_TOKEN_REQUIRED", "此操作需要再次验证身份"),
    f.AdminRequired: (403, "FORBIDDEN", "没有权限"),
    f.AccountUnknown: (404, "NOT_FOUND", "账户不存在"),
    f.AccountTaken: (409, "CONFLICT", "名称已被使用"),
    f.AccountRefused: (400, "INVALID_PARAMETER", "账户信息无效"),
    f.IssuerUnavailable: (503, UNAVAILABLE, "身份验证服务暂时不可用"),
    f.ScopeMissing: (403, "FORBIDDEN", "没有权限"),
    f.SignatureInvalid: (403, "SIGNATURE_INVALID", "签名无效或已过期"),
    f.BodyTypeRefused: (400, INVALID_PARAMETER, "Content-Type必须是multipart/form-data"),
    f.BodyMalformed: (400, INVALID_PARAMETER, "请求体格式错误"),
    f.BodyCut: (400, INVALID_PARAMETER, "请求体不完整"),
    f.BodyTooSlow: (408, "GATEWAY_TIMEOUT", "上传超时"),
    f.HeadTooLarge: (431, INVALID_PARAMETER, "请求头过大"),
    f.TransferCodingUnknown: (501, INVALID_PARAMETER, "不支持的传输编码"),
    f.ContentCodingRefused: (415, "UNSUPPORTED_MEDIA_TYPE", "不支持的内容编码"),
    f.UploadUnknown: (404, NOT_FOUND, "上传任务不存在"),
    f.UploadConflict: (409, CONFLICT, "文件已存在"),
    f.UploadBusy: (409, CONFLICT, "分片正在合并"),
    f.StillSealing: (503, UNAVAILABLE, "分片正在合并"),
    f.UploadCancelled: (409, CONFLICT, "上传已取消"),
    f.UploadEnded: (409, CONFLICT, "上传已取消"),
    f.UploadSealed: (409, CONFLICT, "文件已存在"),
    f.PartConflict: (409, CONFLICT, "分片已合并"),
    f.SizeWrong: (400, INVALID_PARAMETER, "文件大小不一致"),
    f.FileUnknown: (404, NOT_FOUND, "文件不存在"),
    f.FileTrashed: (404, NOT_FOUND, "文件已删除"),
    f.FileDamaged: (500, "INTERNAL_ERROR", "文件已损坏"),
    f.PictureTypeRefused: (415, "UNSUPPORTED_MEDIA_TYPE", "不支持的文件类型"),
    f.ContentRefused: (400, "INVALID_FILE_TYPE", "文件内容不被允许"),
    f.PicturesBusy: (503, UNAVAILABLE, "图片处理繁忙"),
    f.ScannerUnavailable: (503, UNAVAILABLE, "内容检查服务暂时不可用"),
    f.RangeUnsatisfiable: (416, "RANGE_NOT_SATISFIABLE", "请求范围无效"),
    f.PreconditionFailed: (412, "PRECONDITION_FAILED", "前提条件不满足"),
    f.RouteUnknown: (404, "NOT_FOUND", "接口不存在"),
    f.MethodRefused: (405, "METHOD_NOT_ALLOWED", "请求方法不允许"),
    f.StorageFull: (507, "INSUFFICIENT_STORAGE", "存储空间不足"),
    f.RateLimited: (429, "TOO_MANY_REQUESTS", "请求过于频繁"),
    f.FundsMissing: (503, UNAVAILABLE, "余额不足"),
    f.BroadcastFailed: (503, UNAVAILABLE, "交易广播失败"),
    f.ChainUnavailable: (503, UNAVAILABLE, "区块链暂时不可用"),
    f.PublicationUnknown: (404, "FILE_NOT_FOUND", "任务不存在"),
    f.StorageFailed: (503, UNAVAILABLE, "存储服务暂时不可用"),
    f.Unexpected: (500, "INTERNAL_ERROR", "服务器内部错误"),
}
"""The faults whose words depend on nothing else."""

QUOTAS = {"bytes": "存储空间配额不足", "files": "文件数量已达上限", "uploads": "未完成的上传已达上限"}
"""What a caller has had enough of."""
