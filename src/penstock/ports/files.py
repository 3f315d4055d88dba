"""Facts about files and blobs."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import FileId, Location, Md5, PrincipalId, Sha256
from penstock.model.image import Recipe
from penstock.ports.bytes import Placed


class FileRepository(Protocol):
    """Facts about files and blobs. One method, one transaction, one outcome.

    Every file record counts, with the size of its blob, against its owner's quota (see `UploadRepository`) until it is
    removed: those in the trash, and further ones on the same blob. So do variants that somebody asked for, while their
    bytes are there and their owner has a file of the picture; those that are made with it do not.
    """

    async def file(self, file: FileId) -> File | None:
        """The file of this id."""

    async def named(self, identifier: str) -> File | None:
        """The file of this id, or the one that the upload of this id became."""

    async def of_key(self, owner: PrincipalId, dialect: str, key: str) -> File | None:
        """The newest file that a client of the dialect knows by this name of its own."""

    async def of_hash(self, readers: PrincipalId | None, md5: Md5, size: int | None) -> File | None:
        """The newest sound file with this MD5, and size when given; of any owner when `readers` is None."""

    async def blob(self, sha256: Sha256) -> Blob | None:
        """The blob of these bytes, if it is not known to be damaged."""

    async def unhashed(self, readers: PrincipalId | None, size: int | None, count: int) -> list[Blob]:
        """At most `count` sound blobs whose MD5 nobody computed yet, among those files."""

    async def record_md5(self, blob: Sha256, md5: Md5) -> None:
        """Fill in a blob's MD5."""

    async def claim(self, owner: PrincipalId, dialect: str, blob: Sha256, file: NewFile) -> File | None:
        """Another record on the same blob; None when the blob is gone or damaged. The owner's own record under the same
        key and blob is answered instead of a second one. Raises `QuotaExceeded`, `TooLarge`, and `RateLimited` after
        too many in a minute that made a record.
        """

    async def add_picture(
        self,
        owner: PrincipalId,
        dialect: str,
        picture: Placed,
        file: NewFile,
        variants: Sequence[tuple[str, Placed]],
    ) -> tuple[File, list[Location]]:
        """Record a picture and the variants made with it, by the names of their recipes, in one transaction; or find
        its record of the same bytes, name and label. Either is its key's newest from then on. Also returns the
        locations whose bytes other blobs made superfluous. Raises `QuotaExceeded`, `TooLarge`; then none of them is
        recorded.
        """

    async def add_variant(
        self, owner: PrincipalId, source: Sha256, recipe: Recipe, variant: Placed, *, anew: bool = False
    ) -> tuple[Blob, list[Location]] | None:
        """Record what a recipe made of a stored picture, as the owner's; None when the picture is gone. Of one picture
        only so many keep their bytes: the longest unused gives way, and where a variant is made `anew` also as many of
        the owner's as there must for its quota. Raises `TooManyVariants`, `QuotaExceeded`, `TooLarge`.
        """

    async def check_recipe(self, source: Sha256, recipe: Recipe) -> None:
        """Raise `TooManyVariants` when a picture has as many recipes as it may, and not this one."""

    async def recipe(self, source: Sha256, name: str) -> Recipe | None:
        """The recipe of this name that a picture was made into another by, also when its bytes gave way."""

    async def touch_variant(self, source: Sha256, recipe: str) -> None:
        """A variant was used now."""

    async def variant(self, source: Sha256, recipe: str) -> Blob | None:
        """What a recipe made of a stored picture; None when it did not yet, or it is damaged."""

    async def page(self, owner: PrincipalId, search: str, start: int, count: int) -> tuple[int, list[File]]:
        """How many of the owner's files, the trash aside, have `search` in their name, and a page, newest first."""

    async def remove(self, owner: PrincipalId, file: FileId) -> bool:
        """Remove the record, leaving a tombstone, of which the owner's newest are kept; false when the owner has no
        such file. Repeated: true.
        """

    async def bury(self, owner: PrincipalId, identifier: str) -> None:
        """Leave a tombstone: the owner removed whatever this id named."""

    async def damage(self, location: Location) -> None:
        """The bytes of the blob that lies there are wrong: its files stay listed and are never served. Nothing happens
        when no blob lies there any more.
        """
