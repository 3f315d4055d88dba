"""The wording of every fault in `scratch`."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from penstock.dialects.scratch.wire import ErrorEnvelope
from penstock.http import faults as h
from penstock.http.routing.chinese import CHINESE, storage_full
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f

DIFFERENCES: Mapping[type[f.Fault], int] = {h.BodyTypeRefused: 400}  # RULINGS, `scratch`: *any other type is 400*
"""Statuses that differ from the base table."""

CODES: Mapping[type[f.Fault], str] = {f.NotSignedIn: "ZC_ERROR_NEED_LOGIN", f.SudoRequired: "SUDO_TOKEN_REQUIRED"}
"""The codes of faults that clients distinguish within one status."""

INPUT = "缺少必要的文件信息"
WORDS: Mapping[type[f.Fault], str] = {
    f.InputMissing: INPUT,
    f.InputInvalid: INPUT,
    h.BodyTypeRefused: "Content-Type必须是multipart/form-data",
    f.BodyCut: "分块数据不完整",
    f.UploadUnknown: "上传不存在",
    f.UploadConflict: "上传ID已被另一个未完成的文件使用",
    f.PartConflict: "分块内容与已完成的文件不一致",
    f.PartDigestWrong: "分块MD5校验失败",
}
"""The wording of faults whose facts are not disclosed."""

_STATUS = {**STATUS, **DIFFERENCES}
_WORDS = {**CHINESE, **WORDS}


def word(fault: f.Fault) -> tuple[int, Any]:
    """The HTTP status and the envelope of a fault."""
    kind = type(fault)
    return _STATUS[kind], ErrorEnvelope(message=_message(fault), code=CODES.get(kind, UNSET))


def _message(fault: f.Fault) -> str:
    match fault:
        case f.TooLarge(limit=limit):
            return f"文件大小超过限制({_size(limit)})"
        case f.SizeWrong(expected=expected, actual=actual):
            return f"分块总大小与文件大小不一致，应为{expected}字节，实际{actual}字节"
        case f.PartsMissing(received=received, total=total):
            return f"分块不完整，已上传{received}个，共{total}个"
        case f.StorageFull(free=int(free), min_free=int(least)):
            return storage_full(free, least)
        case f.QuotaExceeded(what="bytes", limit=limit):
            return f"存储空间配额不足({_size(limit)})"
        case f.QuotaExceeded(what=what, limit=limit):
            return f"{'文件数量' if what == 'files' else '未完成的上传'}已达上限({limit}个)"
        case _:
            return _WORDS[type(fault)]


def _size(limit: int) -> str:
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if limit % unit == 0 and limit:
            return f"{limit // unit}{name}"
    return f"{limit}B"
