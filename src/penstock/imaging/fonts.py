"""The fonts that drawings are lettered with: those of this machine, whatever a drawing asks for.

resvg leaves text out when the family that it names is not there, so that every list of families gets a last resort.
"""

import re
from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = tuple(str(folder) for folder in map(Path, ("/usr/share/fonts", "/usr/local/share/fonts")) if folder.is_dir())
"""Where fonts lie. A worker can read nothing else on the disk (`confine.py`)."""

_PREFERRED = ("DejaVuSans", "NotoSans-Regular", "LiberationSans-Regular", "Arial", "NotoSansCJK-Regular")
_STYLED = re.compile(r"(font-family\s*:[^;}!]+)")


@cache
def last_resort() -> str | None:
    """The family to fall back on; None on a machine without fonts, where text is left out."""
    found = {path.stem: path for folder in FOLDERS for path in Path(folder).rglob("*.[to]t[fc]")}
    chosen = [found[stem] for stem in (*_PREFERRED, *sorted(found)) if stem in found]
    return str(ImageFont.truetype(chosen[0]).getname()[0]) if chosen else None


def with_last_resort(style: str) -> str:
    """Add `sans-serif`, which is the last resort, to every family list of some CSS."""
    return _STYLED.sub(r"\1, sans-serif", style)
