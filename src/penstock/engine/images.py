"""Pictures: re-encoded for safety on upload, and rendered into variants on request."""

import hashlib
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import xxhash

from penstock.engine.catalog import Catalog, mark_if_damaged
from penstock.engine.events import Events, unrecorded
from penstock.engine.hooks import Hooks
from penstock.engine.receiving import SpooledBody, admitting, md5_of, never_discarded
from penstock.engine.scanning import Inspector
from penstock.model.faults import (
    DigestWrong,
    FileUnknown,
    HookUnavailable,
    PictureTypeRefused,
    QuotaExceeded,
    StorageFailed,
    StorageFull,
    TooLarge,
    TooManyVariants,
    UploadRefused,
)
from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import Location, Md5, PrincipalId, Sha256, StagedLocation, UploadId, new_id
from penstock.model.image import EVERY_KIND, Recipe, Rendered
from penstock.model.principal import Principal
from penstock.model.upload import Digests, Part
from penstock.ports import Blobs, FileRepository, Hint, Pictures, Placed, Staging

MAX_WATERMARK = 8 << 20
"""The largest watermark, in bytes."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """What is to become of a picture: itself by `main`, and beside it one for each of `others`."""

    main: Recipe
    others: Sequence[Recipe]
    accept: frozenset[str]


class Images:
    """Stores pictures and renders variants of them. Originals are not kept."""

    def __init__(
        self,
        files: FileRepository,
        staging: Staging,
        blobs: Blobs,
        pictures: Pictures,
        inspector: Inspector,
        hooks: Hooks,
        events: Events,
        catalog: Catalog,
    ) -> None:
        self._files = files
        self._staging = staging
        self._blobs = blobs
        self._pictures = pictures
        self._inspector = inspector
        self._hooks = hooks
        self._events = events
        self._catalog = catalog

    async def take(
        self,
        principal: Principal,
        dialect: str,
        body: SpooledBody,
        file: NewFile,
        spec: ImageSpec,
        watermark: File | None,
    ) -> File:
        """Store what the spec makes of the spooled picture, if it has the MD5 that its client says.

        Raises `DigestWrong`, `PictureTypeRefused`, `PictureRefused`, `ContentRefused`, `ScannerUnavailable`,
        `UploadRefused`, `HookUnavailable`, `QuotaExceeded`, `TooLarge`, `StorageFull`, `StorageFailed`; then nothing is
        kept.
        """
        actual = await md5_of(self._staging, body.holder, body.location, body.length)
        if file.identifier_md5 is not None and actual != file.identifier_md5:
            raise DigestWrong(file.identifier_md5, actual)
        upload = await self._hooks.create(unrecorded(principal, dialect, file, body.length))
        file = replace(file, name=upload.given_name or file.name)
        await self._inspector.check(body.read(), body.length, file.name, file.media_type)
        recipes = [spec.main, *spec.others]
        rendered = await self._render(principal.id, body.read(), body.length, recipes, watermark, spec.accept)
        main, *others = [await self._place(picture) for picture in rendered]
        typed = replace(file, media_type=rendered[0].format.media_type, label=spec.main.name())
        variants = [(recipe.name(), placed) for recipe, placed in zip(spec.others, others, strict=True)]
        await body.count_no_more()
        try:
            await self._hooks.finish(upload, main.digests)
            tell = self._events.finished(upload, created=True)
            taken, garbage = await self._files.add_picture(principal.id, dialect, main, typed, variants, tell)
        except (QuotaExceeded, TooLarge, UploadRefused, HookUnavailable):
            await self._forget([placed.location for placed in (main, *others)])
            raise
        await self._forget(garbage)
        return taken

    async def variant(
        self, owner: PrincipalId, file: File, recipe: Recipe, watermark: File | None = None, *, anew: bool = False
    ) -> Blob:
        """The variant of a stored picture by this recipe, rendered in the owner's turn and charged to the owner:
        rendered once, and again (`anew`) when its bytes were dropped. Raises `FileUnknown` when the picture is gone,
        `TooManyVariants`, and as `take`.
        """
        existing = await self._use_existing(file, recipe.name())
        if existing is not None:
            return existing
        await self._files.check_recipe(file.blob.sha256, recipe)
        return await self._add_variant(owner, file, recipe, watermark, anew=anew)

    async def _add_variant(
        self, owner: PrincipalId, file: File, recipe: Recipe, watermark: File | None, *, anew: bool
    ) -> Blob:
        content = await self._catalog.read(file, 0, file.blob.size)
        [rendered] = await self._render(owner, content, file.blob.size, [recipe], watermark, EVERY_KIND)
        placed = await self._place(rendered)
        try:
            outcome = await self._files.add_variant(owner, file.blob.sha256, recipe, placed, anew=anew)
        except (QuotaExceeded, TooLarge, TooManyVariants):
            await self._forget([placed.location])
            raise
        if outcome is None:
            raise FileUnknown
        blob, garbage = outcome
        await self._forget(garbage)
        return blob

    async def named_variant(self, file: File, name: str) -> Blob:
        """A variant by the name of its recipe; one whose bytes were dropped is rendered again. Raises `FileUnknown`,
        and as `variant`.
        """
        existing = await self._use_existing(file, name)
        if existing is not None:
            return existing
        recipe = await self._files.recipe(file.blob.sha256, name)
        if recipe is None:
            raise FileUnknown
        mark = await self._picture_of(file, recipe.watermark.picture) if recipe.watermark is not None else None
        return await self._add_variant(file.owner, file, recipe, mark, anew=True)

    async def _use_existing(self, file: File, name: str) -> Blob | None:
        """A variant whose bytes are stored; marks it as used now."""
        found = await self._files.variant(file.blob.sha256, name)
        if found is not None:
            with suppress(StorageFull, StorageFailed):  # a full disk must not prevent viewing
                await self._files.touch_variant(file.blob.sha256, name)
        return found

    async def _picture_of(self, file: File, sha256: Sha256) -> File:
        """The watermark of the variant's recipe."""
        blob = await self._files.blob(sha256)
        if blob is None:
            raise FileUnknown
        return replace(file, blob=blob)

    def refuse_watermark(self, file: File) -> None:
        """Raise `PictureTypeRefused` for a file that is no picture, `TooLarge` for one beyond the limit of
        watermarks.
        """
        if not file.media_type.startswith("image/"):
            raise PictureTypeRefused
        if file.blob.size > MAX_WATERMARK:
            raise TooLarge(MAX_WATERMARK)

    async def _render(
        self,
        whose: PrincipalId,
        picture: AsyncIterator[bytes],
        size: int,
        recipes: Sequence[Recipe],
        watermark: File | None,
        accept: frozenset[str],
    ) -> list[Rendered]:
        """Render a picture. The watermark is read into memory only when the job's turn has come."""
        mark = partial(self._whole, watermark) if watermark is not None else None
        return await self._pictures.render(whose, picture, size, recipes, watermark=mark, accept=accept)

    async def _whole(self, watermark: File) -> bytes:
        pieces = await self._catalog.read(watermark, 0, watermark.blob.size)
        return b"".join([piece async for piece in pieces])

    async def _place(self, picture: Rendered) -> Placed:
        """Store a picture as a blob without a record: after a crash it is an orphan."""
        holder, content = UploadId(new_id()), picture.content
        try:
            with never_discarded():
                staged = await self._write(holder, content)
            part = Part(0, staged, len(content), xxhash.xxh3_128_hexdigest(content), 0)
            location = await self._staging.compose(holder, [part])
        finally:
            await self._staging.discard(holder)
        sha256 = Sha256(hashlib.sha256(content).hexdigest())
        await mark_if_damaged(self._files, self._blobs, sha256)
        md5 = Md5(hashlib.md5(content, usedforsecurity=False).hexdigest())
        return Placed(location, Digests(len(content), sha256, md5, zlib.crc32(content)))

    async def _write(self, holder: UploadId, content: bytes) -> StagedLocation:
        sink = await self._staging.begin(holder, 0, Hint(len(content), len(content)), admitting())
        kept = False
        try:
            await sink.write(content)
            staged = await sink.commit()
            kept = True
        finally:
            await sink.release(keep=kept)
        return staged

    async def _forget(self, garbage: Sequence[Location]) -> None:
        for location in garbage:
            await self._blobs.forget(location)
