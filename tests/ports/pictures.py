"""What every implementation of `Pictures` promises."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from penstock.model.faults import PictureRefused, PictureTypeRefused
from penstock.model.ids import Sha256
from penstock.model.image import Fit, Format, Recipe, Watermark
from penstock.ports import Pictures

KEEP = Recipe()


async def pieces(content: bytes, length: int = 1 << 16) -> AsyncIterator[bytes]:
    """The bytes as they come from a store."""
    for start in range(0, len(content), length):
        yield content[start : start + length]


def drawn(width: int = 64, height: int = 48, kind: str = "PNG") -> bytes:
    """A picture."""
    content = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(content, kind)
    return content.getvalue()


class PicturesSpec:
    """Subclass it with a fixture `pictures`."""

    async def test_one_for_each_recipe(self, pictures: Pictures) -> None:
        """There is one picture for each recipe, in their order, and what is said of it is true."""
        recipes = [KEEP, Recipe(Fit.COVER, 20, 10, Format.JPEG), Recipe(Fit.INSIDE, width=32, format=Format.WEBP)]
        content = drawn()
        made = await pictures.render("me", pieces(content), len(content), recipes)
        told = [(picture.format, picture.width, picture.height) for picture in made]
        assert told == [(Format.PNG, 64, 48), (Format.JPEG, 20, 10), (Format.WEBP, 32, 24)]
        for picture in made:
            image = Image.open(io.BytesIO(picture.content))
            assert (image.format, image.size) == (picture.format.upper(), (picture.width, picture.height))

    async def test_pieces_of_any_length(self, pictures: Pictures) -> None:
        """However the bytes come, the picture is the same."""
        content = drawn()
        one, other = [await pictures.render("me", pieces(content, step), len(content), [KEEP]) for step in (1, 1 << 20)]
        assert one == other

    async def test_a_watermark(self, pictures: Pictures) -> None:
        """A watermark is laid over where a recipe asks for it."""
        content, mark = drawn(), drawn(8, 8)
        recipes = [KEEP, Recipe(watermark=Watermark(Sha256("0" * 64)))]

        async def watermark() -> bytes:
            return mark

        plain, marked = await pictures.render("me", pieces(content), len(content), recipes, watermark=watermark)
        assert plain.content != marked.content

    async def test_what_is_refused(self, pictures: Pictures) -> None:
        """No picture, a picture of another kind, and a broken picture are refused, and the next one is made."""
        content = drawn()
        with pytest.raises(PictureTypeRefused):
            await pictures.render("me", pieces(b"no picture"), 10, [KEEP])
        with pytest.raises(PictureTypeRefused):
            await pictures.render("me", pieces(b""), 0, [KEEP])
        with pytest.raises(PictureTypeRefused):
            await pictures.render("me", pieces(content), len(content), [KEEP], accept=frozenset({"jpeg"}))
        with pytest.raises(PictureRefused):
            await pictures.render("me", pieces(content[:999]), 999, [KEEP])
        assert await pictures.render("me", pieces(content), len(content), [KEEP])

    async def test_a_picture_that_does_not_come(self, pictures: Pictures) -> None:
        """What the bytes raise on their way is raised, and the next picture is made."""

        async def failing() -> AsyncIterator[bytes]:
            yield b"\x89PNG"
            raise EOFError

        content = drawn()
        with pytest.raises(EOFError):
            await pictures.render("me", failing(), len(content), [KEEP])
        for wrong in (len(content) - 1, len(content) + 1):
            with pytest.raises(ValueError, match="bytes"):
                await pictures.render("me", pieces(content), wrong, [KEEP])
        assert await pictures.render("me", pieces(content), len(content), [KEEP])

    async def test_many_at_once(self, pictures: Pictures) -> None:
        """Pictures asked for at the same time do not get mixed up."""
        contents = [drawn(16 + count, 16) for count in range(12)]
        made = await asyncio.gather(
            *(pictures.render("me", pieces(content), len(content), [KEEP]) for content in contents)
        )
        assert [picture.width for [picture] in made] == [16 + count for count in range(12)]

    async def test_giving_up(self, pictures: Pictures) -> None:
        """Whoever gives up waiting does not disturb the next."""
        content = drawn(1500, 1000)
        waiting = asyncio.create_task(pictures.render("me", pieces(content), len(content), [KEEP]))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pictures.render("me", pieces(content), len(content), [Recipe(Fit.COVER, 8, 8)])
