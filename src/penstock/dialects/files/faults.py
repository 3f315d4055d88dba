"""The wording of every fault in `files`."""

from collections.abc import Mapping
from typing import Any

from penstock.dialects.files.wire import Envelope, now
from penstock.http.routing.answers import fault_details
from penstock.http.routing.chinese import CHINESE
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {
    f.SizeWrong: 409,  # RULINGS, `files`, *merge*
    f.DigestWrong: 409,  # as the size: the merged bytes differ from those that `init` declared
    f.UploadEnded: 404,  # RULINGS, *A part and the end of its upload*
}
"""Statuses that differ from the base table."""

WORDS: Mapping[type[f.Fault], str] = {
    f.BadToken: "登录已失效",
    f.UploadBusy: "分片正在合并",
    f.StillSealing: "分片正在合并",
    f.UploadEnded: "上传任务不存在",
}
"""The wording of faults whose facts are not disclosed."""

QUOTAS = {
    "bytes": "存储空间配额不足({}字节)",
    "files": "文件数量已达上限({}个)",
    "uploads": "未完成的上传已达上限({}个)",
}
"""The exhausted quota, and its limit."""

_STATUS = {**STATUS, **DIFFERENCES}
_WORDS = {**CHINESE, **WORDS}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    message, data = _words(fault)
    return _STATUS[type(fault)], Envelope(False, message, data, now())


def _words(fault: f.Fault) -> tuple[str, dict[str, Any] | None]:
    message, data = _WORDS[type(fault)], fault_details(fault) or None
    match fault:
        case f.InputMissing(name=name):
            return f"缺少参数: {name}", None
        case f.InputInvalid(name=name):
            return f"参数错误: {name}", data
        case f.PartsMissing(missing=missing, received=received, total=total):
            # 1-based on the wire (files.md §5.2); 0-based inside.
            numbers = [number + 1 for number in missing]
            return f"分片不完整，已上传{received}个分片，总共{total}个分片", {"missingChunks": numbers}
        case f.SizeWrong(expected=expected, actual=actual):
            return f"文件大小不一致，应为{expected}字节，实际{actual}字节", None
        case f.TooLarge(limit=limit):
            return f"文件大小超过限制({limit}字节)", None
        case f.QuotaExceeded(what=what, limit=limit):
            return QUOTAS[what].format(limit), data
        case f.SudoRequired():
            return message, {"error": "SUDO_TOKEN_REQUIRED"}
        case _:
            return message, data
