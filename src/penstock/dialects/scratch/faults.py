"""Every fault in the words of `scratch`."""

from typing import Any

from msgspec import UNSET

from penstock.dialects.scratch.wire import Refused
from penstock.model import faults as f

INPUT = "缺少必要的文件信息"
CODES: dict[type[f.Fault], str] = {f.NotSignedIn: "ZC_ERROR_NEED_LOGIN", f.SudoRequired: "SUDO_TOKEN_REQUIRED"}
"""What a client tells apart by more than the status."""


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    status, message = _words(fault)
    return status, Refused(message=message, code=CODES.get(type(fault), UNSET))


def _words(fault: f.Fault) -> tuple[int, str]:
    match fault:
        case f.TooLarge(limit=limit):
            return 413, f"文件大小超过限制({_size(limit)})"
        case f.SizeWrong(expected=expected, actual=actual):
            return 400, f"分块总大小与文件大小不一致，应为{expected}字节，实际{actual}字节"
        case f.PartsMissing(received=received, total=total):
            return 409, f"分块不完整，已上传{received}个，共{total}个"
        case f.AccountRefused(reason=reason):
            return 400, f"账户信息无效: {reason}"
        case f.StorageFull(free=int(free), min_free=int(least)):
            return 507, f"存储空间不足(剩余{free}字节，至少保留{least}字节)"
        case f.QuotaExceeded(what="bytes", limit=limit):
            return 507, f"存储空间配额不足({_size(limit)})"
        case f.QuotaExceeded(what=what, limit=limit):
            return 507, f"{'文件数量' if what == 'files' else '未完成的上传'}已达上限({limit}个)"
        case _:
            return WORDS[type(fault)]


WORDS: dict[type[f.Fault], tuple[int, str]] = {
    f.NotSignedIn: (401, "需要登录"),
    f.CredentialsWrong: (401, "用户名或密码错误"),
    f.BadToken: (401, "无效的认证令牌"),
    f.CodeWrong: (401, "验证码错误"),
    f.SecondFactorNeeded: (401, "需要二次验证"),
    f.FactorActive: (409, "二次验证已启用"),
    f.FactorMissing: (409, "二次验证未启用"),
    f.SudoRequired: (403, "此操作需要再次验证身份"),
    f.AdminRequired: (403, "没有权限"),
    f.AccountUnknown: (404, "账户不存在"),
    f.AccountTaken: (409, "名称已被使用"),
    f.IssuerUnavailable: (503, "身份验证服务暂时不可用"),
    f.ScopeMissing: (403, "没有权限"),
    f.InputMissing: (400, INPUT),
    f.InputInvalid: (400, INPUT),
    f.BodyTypeRefused: (400, "Content-Type必须是multipart/form-data"),
    f.BodyMalformed: (400, "请求体格式错误"),
    f.BodyCut: (400, "分块数据不完整"),
    f.BodyTooSlow: (408, "上传超时"),
    f.HeadTooLarge: (431, "请求头过大"),
    f.TransferCodingUnknown: (501, "不支持的传输编码"),
    f.ContentCodingRefused: (415, "不支持的内容编码"),
    f.UploadUnknown: (404, "上传不存在"),
    f.UploadConflict: (409, "上传ID已被另一个未完成的文件使用"),
    f.UploadBusy: (409, "文件正在合并"),
    f.StillSealing: (503, "文件正在合并"),
    f.UploadCancelled: (409, "上传已取消"),
    f.UploadEnded: (409, "上传已取消"),
    f.UploadSealed: (409, "上传已完成"),
    f.PartConflict: (409, "分块内容与已完成的文件不一致"),
    f.PartDigestWrong: (400, "分块MD5校验失败"),
    f.DigestWrong: (400, "文件MD5校验失败"),
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


def _size(limit: int) -> str:
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if limit % unit == 0 and limit:
            return f"{limit // unit}{name}"
    return f"{limit}B"
