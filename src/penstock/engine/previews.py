"""What of a file can be looked at in a browser without harm."""

import codecs
from dataclasses import replace

from penstock.engine.catalog import Catalog, refuse_unreadable
from penstock.engine.images import Images
from penstock.model.file import File
from penstock.model.image import Fit, Format, Recipe
from penstock.model.principal import Principal

PICTURES = frozenset(f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "bmp", "svg+xml", "tiff"))
"""Of what a preview is rendered."""

TEXTS = frozenset(f"application/{kind}" for kind in ("json", "xml", "javascript", "x-sh", "yaml", "toml", "sql"))
"""What is a text although its type does not say so."""

LOOKED_AT = 1 << 16
"""How many bytes of a text tell how its characters are written."""

UTF_8, CHARSETS = "utf-8", ("utf-8", "gb18030")
"""How a text may be written. Nearly every text is valid in the second one, which many Chinese texts are written in."""


class Previews:
    """Previews of files: pictures made small and safe, texts as plain text; sound and video as they are."""

    def __init__(self, images: Images, catalog: Catalog) -> None:
        self._images = images
        self._catalog = catalog

    async def preview(self, principal: Principal, file: File, side: int) -> File:
        """The file as it can be shown: a picture with no side longer than `side` pixels, a text with a type that no
        browser runs. Everything else is what it was. Raises as `Catalog.read` and `Images.variant`.
        """
        refuse_unreadable(file)
        kind = file.media_type.partition(";")[0].strip().lower()
        if kind in PICTURES:
            recipe = Recipe(Fit.INSIDE, side, side, Format.WEBP)
            blob = await self._images.variant(principal.id, file, recipe)
            return replace(file, blob=blob, media_type=Format.WEBP.media_type)
        if kind.startswith("text/") or kind in TEXTS:
            return replace(file, media_type=f"text/plain; charset={await self._charset(file)}")
        return file

    async def _charset(self, file: File) -> str:
        stop = min(file.blob.size, LOOKED_AT)
        start = b"".join([piece async for piece in await self._catalog.read(file, 0, stop)]) if stop else b""
        return next((charset for charset in CHARSETS if _is_written_in(charset, start)), UTF_8)


def _is_written_in(charset: str, start: bytes) -> bool:
    """Whether this is the start of a text that is written so; a character may be cut off."""
    try:
        codecs.getincrementaldecoder(charset)().decode(start)
    except UnicodeDecodeError:
        return False
    return True
