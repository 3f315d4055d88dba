"""Every fault in the words of `files`."""

from typing import Any

from penstock.dialects.files.wire import Envelope, now
from penstock.identity.factors import METHODS
from penstock.model import faults as f


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status, message, data = _words(fault)
    return status, Envelope(False, message, data, now())


def _words(fault: f.Fault) -> tuple[int, str, dict[str, Any] | None]:
    match fault:
        case f.InputMissing(name=name):
            return 400, f"缺少参数: {name}", None
        case f.InputInvalid(name=name, reason=reason):
            return 400, f"参数错误: {name}", {"field": name, "reason": reason}
        case f.PartsMissing(missing=missing, received=received, total=total):
            # 1-based on the wire (files.md §5.2); 0-based inside.
            numbers = [number + 1 for number in missing]
            return 409, f"分片不完整，已上传{received}个分片，总共{total}个分片", {"missingChunks": numbers}
        case f.SizeWrong(expected=expected, actual=actual):
            return 409, f"文件大小不一致，应为{expected}字节，实际{actual}字节", None
        case f.TooLarge(limit=limit):
            return 413, f"文件大小超过限制({limit}字节)", None
        case f.StorageFull(free=int(free), min_free=int(least)):
            return 507, "存储空间不足", {"free": free, "minFree": least}
        case f.QuotaExceeded(what=what, limit=limit):
            return 507, QUOTAS[what].format(limit), {"quota": what, "limit": limit}
        case f.SecondFactorNeeded(challenge=challenge, seconds=seconds):
            return 401, "需要二次验证", {"challenge_id": challenge, "expires_in": seconds, "available_methods": METHODS}
        case f.SudoRequired():
            return 403, "此操作需要再次验证身份", {"error": "SUDO_TOKEN_REQUIRED"}
        case _:
            return *WORDS[type(fault)], None


WORDS: dict[type[f.Fault], tuple[int, str]] = {
    f.NotSignedIn: (401, "需要登录"),
    f.CredentialsWrong: (401, "用户名或密码错误"),
    f.BadToken: (401, "登录已失效"),
    f.CodeWrong: (401, "验证码错误"),
    f.FactorActive: (409, "二次验证已启用"),
    f.FactorMissing: (409, "二次验证未启用"),
    f.AdminRequired: (403, "没有权限"),
    f.AccountUnknown: (404, "账户不存在"),
    f.AccountTaken: (409, "名称已被使用"),
    f.AccountRefused: (400, "账户信息无效"),
    f.IssuerUnavailable: (503, "身份验证服务暂时不可用"),
    f.ScopeMissing: (403, "没有权限"),
    f.BodyTypeRefused: (415, "Content-Type不受支持"),
    f.BodyMalformed: (400, "请求体格式错误"),
    f.BodyCut: (400, "请求体不完整"),
    f.BodyTooSlow: (408, "上传超时"),
    f.HeadTooLarge: (431, "请求头过大"),
    f.TransferCodingUnknown: (501, "不支持的传输编码"),
    f.ContentCodingRefused: (415, "不支持的内容编码"),
    f.UploadUnknown: (404, "上传任务不存在"),
    f.UploadConflict: (409, "上传参数不一致"),
    f.UploadBusy: (409, "分片正在合并"),
    f.StillSealing: (503, "分片正在合并"),
    f.UploadCancelled: (409, "上传已取消"),
    f.UploadEnded: (404, "上传任务不存在"),
    f.UploadSealed: (409, "上传已完成"),
    f.PartConflict: (409, "分片内容与已合并的文件不一致"),
    f.PartDigestWrong: (400, "分片MD5校验失败"),
    f.DigestWrong: (409, "文件MD5校验失败"),
    f.FileUnknown: (404, "文件不存在"),
    f.FileTrashed: (404, "文件已删除"),
    f.FileDamaged: (500, "文件已损坏"),
    f.PictureTypeRefused: (415, "不支持的图片类型"),
    f.PictureRefused: (400, "图片无法处理"),
    f.ContentRefused: (422, "文件内容不被允许"),
    f.SignatureInvalid: (403, "签名无效或已过期"),
    f.PicturesBusy: (503, "图片处理繁忙"),
    f.ScannerUnavailable: (503, "内容检查服务暂时不可用"),
    f.RangeUnsatisfiable: (416, "请求范围无效"),
    f.PreconditionFailed: (412, "前提条件不满足"),
    f.RouteUnknown: (404, "接口不存在"),
    f.MethodRefused: (405, "请求方法不允许"),
    f.StorageFull: (507, "存储空间不足"),
    f.TooManyVariants: (429, "图片处理方式过多"),
    f.RateLimited: (429, "请求过于频繁"),
    f.FundsMissing: (503, "余额不足"),
    f.BroadcastFailed: (503, "交易广播失败"),
    f.ChainUnavailable: (503, "区块链暂时不可用"),
    f.PublicationUnknown: (404, "任务不存在"),
    f.StorageFailed: (503, "存储服务暂时不可用"),
    f.Unexpected: (500, "服务器内部错误"),
}
"""The faults whose words depend on nothing else."""

QUOTAS = {
    "bytes": "存储空间配额不足({}字节)",
    "files": "文件数量已达上限({}个)",
    "uploads": "未完成的上传已达上限({}个)",
}
"""What a caller has had enough of, and how much of it it may have."""
