"""The fonts that drawings are lettered with: those of this machine, whatever a drawing asks for.

resvg takes its serif family when the one that is asked for is not there, and leaves text out when there is neither.
"""

from contextlib import suppress
from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = tuple(str(folder) for folder in map(Path, ("/usr/share/fonts", "/usr/local/share/fonts")) if folder.is_dir())
"""Where fonts lie. A worker can read nothing else on the disk (`confine.py`)."""

_PREFERRED = ("DejaVuSans", "NotoSans-Regular", "LiberationSans-Regular", "Arial", "NotoSansCJK-Regular")


@cache
def last_resort() -> str | None:
    """The family to fall back on; None on a machine without fonts, where text is left out."""
    found = {path.stem: path for folder in FOLDERS for path in Path(folder).rglob("*.[to]t[fc]")}
    for stem in (*_PREFERRED, *sorted(found)):
        with suppress(OSError, KeyError):  # not there, or no font
            return str(ImageFont.truetype(found[stem]).getname()[0])
    return None
