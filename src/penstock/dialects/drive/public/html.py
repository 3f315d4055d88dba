"""The pages as HTML. Whatever comes from people is escaped, and no page has a script or a style within."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from posixpath import relpath
from urllib.parse import urlencode

from penstock.dialects.drive.public.words import Words, as_json
from penstock.engine.shares import Contents
from penstock.model.file import File
from penstock.model.folder import Folder
from penstock.model.share import Share
from penstock.model.upload_request import UploadRequest

UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def relative(page: str, address: str) -> str:
    """A path as a relative reference from a page (RFC 3986 §4.2): a proxy may serve all of it under another path."""
    return relpath(address, page.rpartition("/")[0] or "/")


def file_page(words: Words, page: str, token: str, share: Share, file: File) -> str:
    """A shared file."""
    facts = f"<p class=facts>{human(file.blob.size)} · {escape(file.media_type)}</p>"
    body = f"<h1>{escape(file.name)}</h1>{facts}{_button(words, page, token)}{_terms(words, share)}"
    return _page(words, page, file.name, body)


def folder_page(words: Words, page: str, token: str, share: Share, contents: Contents, after: str | None) -> str:
    """A shared folder, or one in it; `after` is the cursor of the next page."""
    here = f"/s/{token}"
    way = "".join(
        f'<a href="{_to(page, here, folder=folder.id)}">{escape(folder.name)}</a> / ' for folder in contents.path[:-1]
    )
    rows = "".join(_folder_row(words, page, here, folder) for folder in contents.folders)
    rows += "".join(_file_row(words, page, token, file) for file in contents.files)
    rows = f"<ul class=items>{rows}</ul>" if rows else "" if after is not None else f"<p>{words.empty}</p>"
    more = ""
    if after is not None:
        more = f'<p><a href="{_to(page, here, folder=contents.path[-1].id, cursor=after)}">{words.more}</a></p>'
    name = contents.path[-1].name
    body = f"<p class=way>{way}</p><h1>{escape(name)}</h1>{rows}{more}{_terms(words, share)}"
    return _page(words, page, name, body)


def password_page(words: Words, page: str, token: str, *, wrong: bool) -> str:
    """The question for a share's password."""
    told = f"<p role=alert>{words.wrong_password}</p>" if wrong else ""
    body = f"""<h1>{words.protected}</h1>{told}
<form method="post" action="{_to(page, f"/s/{token}/password")}">
<label>{words.password} <input type="password" name="password" required autofocus autocomplete="off"></label>
<button>{words.unlock}</button></form>"""
    return _page(words, page, words.protected, body)


def upload_page(words: Words, page: str, token: str, upload_request: UploadRequest) -> str:
    """Where files are sent."""
    title = upload_request.title or words.send
    files, size = _left(upload_request.most_files, upload_request.files), upload_request.largest
    left = _left(upload_request.most_bytes, upload_request.bytes)
    told = [words.at_most_files.format(files)] if files is not None else []
    told += [words.at_most_bytes.format(human(left))] if left is not None else []
    told += [words.at_most_each.format(human(size))] if size is not None else []
    told += [words.ends.format(_moment(upload_request.expires_at))] if upload_request.expires_at is not None else []
    endpoint, script = f"{_to(page, '/files')}/", _to(page, "/s/assets/upload.js")
    body = f"""<h1>{escape(title)}</h1>
<div id="drop" data-files="{endpoint}" data-token="{escape(token)}" data-words="{escape(as_json(words))}">
<label class="button">{words.choose} <input type="file" id="files" multiple></label>
<p>{words.here}</p><noscript><p>{words.needs_script}</p></noscript></div>
<ul class="items" id="sent" aria-live="polite"></ul>{_facts(told)}<script src="{script}"></script>"""
    return _page(words, page, title, body)


def message_page(words: Words, page: str, message: str) -> str:
    """One sentence."""
    return _page(words, page, message, f"<h1>{escape(message)}</h1>")


def human(size: int) -> str:
    """A number of bytes as people read it."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 or value >= 100 else f"{value:.1f} {UNITS[unit]}"


def _page(words: Words, page: str, title: str, body: str) -> str:
    return f"""<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<link rel="stylesheet" href="{_to(page, "/s/assets/style.css")}"></head><body><main>{body}</main></body></html>"""


def _to(page: str, address: str, **query: str) -> str:
    """A relative reference, as an attribute has it."""
    return escape(relative(page, address) + (f"?{urlencode(query)}" if query else ""))


def _button(words: Words, page: str, token: str, file: str | None = None) -> str:
    """It is a form: what follows links by itself, such as a preview of a chat, begins no download."""
    named = f'<input type="hidden" name="file" value="{escape(file)}">' if file is not None else ""
    action = _to(page, f"/s/{token}/tickets")
    return f'<form method="post" action="{action}">{named}<button>{words.download}</button></form>'


def _folder_row(words: Words, page: str, here: str, folder: Folder) -> str:
    address = _to(page, here, folder=folder.id)
    return f'<li><a class=name href="{address}">{escape(folder.name)}/</a><a href="{address}">{words.open}</a></li>'


def _file_row(words: Words, page: str, token: str, file: File) -> str:
    size, button = human(file.blob.size), _button(words, page, token, file.id)
    return f"<li><span class=name>{escape(file.name)}</span><span class=size>{size}</span>{button}</li>"


def _terms(words: Words, share: Share) -> str:
    told = [words.ends.format(_moment(share.expires_at))] if share.expires_at is not None else []
    left = _left(share.most, share.downloads)
    return _facts(told + ([words.left.format(left)] if left is not None else []))


def _facts(told: Sequence[str]) -> str:
    return f"<p class=facts>{'<br>'.join(map(escape, told))}</p>" if told else ""


def _left(most: int | None, taken: int) -> int | None:
    return None if most is None else max(0, most - taken)


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "9999-12-31"
