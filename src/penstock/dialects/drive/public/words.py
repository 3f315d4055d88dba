"""The words of the pages, in the languages that there are."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; `{}` is filled in."""

    language: str
    download: str
    open: str
    password: str
    unlock: str
    protected: str
    empty: str
    more: str
    ends: str
    left: str
    send: str
    choose: str
    here: str
    at_most_files: str
    at_most_bytes: str
    at_most_each: str
    needs_script: str
    sent: str
    failed: str
    refused: str
    gone: str
    wrong_password: str
    spent: str
    too_often: str
    wrong: str


ENGLISH = Words(
    language="en",
    download="Download",
    open="Open",
    password="Password",  # noqa: S106  # a word
    unlock="Continue",
    protected="This link is protected by a password.",
    empty="Nothing is in here.",
    more="More",
    ends="Ends on {}",
    left="Downloads left: {}",
    send="Send files",
    choose="Choose files",
    here="Choose files, or drop them here.",
    at_most_files="Files that may still come: {}",
    at_most_bytes="Space that is left: {}",
    at_most_each="Largest file: {}",
    needs_script="Sending files takes JavaScript.",
    sent="sent",
    failed="not sent",
    refused="That is not possible.",
    gone="This link does not work, or works no longer.",
    wrong_password="The password is wrong.",  # noqa: S106  # a sentence
    spent="It was downloaded as often as it may be.",
    too_often="That was too often. Please try again later.",
    wrong="Something went wrong. Please try again later.",
)
CHINESE = Words(
    language="zh-CN",
    download="下载",
    open="打开",
    password="密码",  # noqa: S106  # a word
    unlock="继续",
    protected="此链接受密码保护。",
    empty="这里没有内容。",
    more="更多",
    ends="有效期至 {}",
    left="剩余下载次数：{}",
    send="发送文件",
    choose="选择文件",
    here="选择文件，或拖到此处。",
    at_most_files="还可接收文件数：{}",
    at_most_bytes="剩余空间：{}",
    at_most_each="单个文件上限：{}",
    needs_script="发送文件需要启用 JavaScript。",
    sent="已发送",
    failed="未发送",
    refused="无法完成此操作。",
    gone="链接不存在或已失效。",
    wrong_password="密码错误。",  # noqa: S106  # a sentence
    spent="下载次数已达上限。",
    too_often="操作过于频繁，请稍后再试。",
    wrong="出错了，请稍后再试。",
)


def words_for(accept_language: str) -> Words:
    """Those of the language that is liked best (RFC 9110 §12.5.4); English where none is there."""
    liked: dict[str, float] = {}
    for entry in accept_language[:200].split(","):
        tag, _, weight = entry.partition(";")
        try:
            liked.setdefault(tag.strip().lower().partition("-")[0], float(weight.partition("=")[2] or 1))
        except ValueError:
            continue
    return CHINESE if liked.get("zh", 0) > liked.get("en", 0) else ENGLISH


def as_json(words: Words) -> str:
    """What the script says."""
    return msgspec.json.encode({"sent": words.sent, "failed": words.failed, "refused": words.refused}).decode()
