"""Faults in Chinese, where a contract in that language has no words of its own for them."""

from collections.abc import Mapping

from penstock.http import faults as h
from penstock.model import faults as f

CHINESE: Mapping[type[f.Fault], str] = {
    f.NotSignedIn: "需要登录",
    f.BadToken: "无效的认证令牌",
    f.CredentialsWrong: "用户名或密码错误",
    f.CodeWrong: "验证码错误",
    f.SecondFactorNeeded: "需要二次验证",
    f.FactorActive: "二次验证已启用",
    f.FactorMissing: "二次验证未启用",
    f.SudoRequired: "此操作需要再次验证身份",
    f.AdminRequired: "没有权限",
    f.ScopeMissing: "没有权限",
    f.AccountUnknown: "账户不存在",
    f.AccountTaken: "名称已被使用",
    f.AccountRefused: "账户信息无效",
    f.IssuerUnavailable: "身份验证服务暂时不可用",
    f.SignatureInvalid: "签名无效或已过期",
    f.InputMissing: "参数缺失",
    f.InputInvalid: "参数错误",
    h.BodyTypeRefused: "Content-Type不受支持",
    h.BodyMalformed: "请求体格式错误",
    f.BodyCut: "请求体不完整",
    h.BodyTooSlow: "上传超时",
    h.HeadTooLarge: "请求头过大",
    h.TransferCodingUnknown: "不支持的传输编码",
    h.ContentCodingRefused: "不支持的内容编码",
    f.TooLarge: "文件大小超过限制",
    f.UploadUnknown: "上传任务不存在",
    f.UploadConflict: "上传参数不一致",
    f.UploadBusy: "文件正在合并",
    f.StillSealing: "文件正在合并",
    f.OffsetWrong: "上传偏移量不一致",
    f.AppendCutOff: "上传已由另一请求继续",
    f.SizeConflict: "上传参数不一致",
    f.UploadCancelled: "上传已取消",
    f.UploadEnded: "上传已取消",
    f.UploadJoined: "该上传由其他上传拼接而成，不接收数据",
    f.UploadSealed: "上传已完成",
    f.PartConflict: "分片内容与已合并的文件不一致",
    f.PartDigestWrong: "分片MD5校验失败",
    f.PartsMissing: "分片未全部上传",
    f.SizeWrong: "文件大小不一致",
    f.DigestWrong: "文件MD5校验失败",
    f.FileUnknown: "文件不存在",
    f.FileTrashed: "文件已删除",
    f.FolderUnknown: "文件夹不存在",
    f.FolderTrashed: "文件夹已删除",
    f.FolderBusy: "文件夹内容仍在移动，请稍后再试",
    f.NameTaken: "该名称已存在",
    f.Outdated: "内容已被修改",
    f.KeyReused: "幂等键已用于其他请求",
    f.WebhookUnknown: "Webhook 不存在",
    f.DeliveryUnknown: "投递记录不存在",
    f.KeyInUse: "相同幂等键的请求仍在处理",
    f.FileDamaged: "文件已损坏",
    f.PictureTypeRefused: "不支持的图片类型",
    f.PictureRefused: "图片无法处理",
    f.PicturesBusy: "图片处理繁忙",
    f.TooManyVariants: "图片处理方式过多",
    f.ContentRefused: "文件内容不被允许",
    f.ScannerUnavailable: "内容检查服务暂时不可用",
    f.UploadRefused: "上传被拒绝",
    f.HookUnavailable: "上传审核服务暂时不可用",
    h.RangeUnsatisfiable: "请求范围无效",
    h.PreconditionFailed: "前提条件不满足",
    h.RouteUnknown: "接口不存在",
    h.MethodRefused: "请求方法不允许",
    f.StorageFull: "存储空间不足",
    f.QuotaExceeded: "存储空间配额不足",
    f.RateLimited: "请求过于频繁",
    f.LimiterUnavailable: "限流服务暂时不可用",
    f.FundsMissing: "余额不足",
    f.BroadcastFailed: "交易广播失败",
    f.ChainUnavailable: "区块链暂时不可用",
    f.PublicationUnknown: "任务不存在",
    f.StorageFailed: "存储服务暂时不可用",
    f.Unexpected: "服务器内部错误",
}
"""Every fault in a few words, without its facts."""


def storage_full(free: int, min_free: int) -> str:
    """A full disk, with how many bytes are free and how many are to stay so."""
    return f"存储空间不足(剩余{free}字节，至少保留{min_free}字节)"


QUOTAS = {"bytes": CHINESE[f.QuotaExceeded], "files": "文件数量已达上限", "uploads": "未完成的上传已达上限"}
"""What a caller has had enough of (`QuotaExceeded.what`)."""
