"""Records of files and blobs."""

from collections.abc import Sequence
from typing import Protocol

from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import FileId, Location, Md5, PrincipalId, Sha256
from penstock.model.image import Recipe
from penstock.ports.bytes import Placed
from penstock.ports.outbox import TellFile


class FileRepository(Protocol):
    """Records of files and blobs. Each method is one transaction.

    Every file record counts with the size of its blob against its owner's quota (see `UploadRepository`) until it is
    removed, including those in the trash and further ones on the same blob. Requested variants count too, while their
    bytes exist and their owner has a file of the picture; variants that are made with the picture do not.

    What `tell` says of a file is written into the outbox with its record, or with its removal, and only then.
    """

    async def file(self, file: FileId) -> File | None:
        """The file of this id."""

    async def named(self, identifier: str) -> File | None:
        """The file of this id, or the one that the upload of this id became."""

    async def of_key(self, owner: PrincipalId, dialect: str, key: str) -> File | None:
        """The newest file with this client-chosen key in the dialect."""

    async def of_hash(self, readers: PrincipalId | None, md5: Md5, size: int | None) -> File | None:
        """The newest sound file with this MD5, and size when given; of any owner when `readers` is None."""

    async def trashed_of_hash(self, owner: PrincipalId, md5: Md5, size: int) -> File | None:
        """The owner's file with this MD5 and size that went to the trash last."""

    async def blob(self, sha256: Sha256) -> Blob | None:
        """The blob of these bytes, if it is not known to be damaged."""

    async def unhashed(self, readers: PrincipalId | None, size: int | None, count: int) -> list[Blob]:
        """At most `count` sound blobs whose MD5 is not computed yet, among the files that `readers` may read (None:
        all) and, if given, those of this size in bytes.
        """

    async def record_md5(self, blob: Sha256, md5: Md5) -> None:
        """Fill in a blob's MD5."""

    async def claim(
        self, owner: PrincipalId, dialect: str, blob: Sha256, file: NewFile, tell: TellFile | None = None
    ) -> File | None:
        """Another record on the same blob; None when the blob is gone or damaged. The owner's own record under the same
        key and blob is answered instead of a second one. Raises `QuotaExceeded`, `TooLarge`, and `RateLimited` after
        too many new records in a minute.
        """

    async def add_picture(
        self,
        owner: PrincipalId,
        dialect: str,
        picture: Placed,
        file: NewFile,
        variants: Sequence[tuple[str, Placed]],
        tell: TellFile | None = None,
    ) -> tuple[File, list[Location]]:
        """Record a picture and the variants made with it, by the names of their recipes, in one transaction; or find
        its record of the same bytes, name and label. Either is its key's newest from then on. Also returns the
        locations whose bytes became superfluous. Raises `QuotaExceeded`, `TooLarge`; then none of them is recorded.
        """

    async def add_variant(
        self, owner: PrincipalId, source: Sha256, recipe: Recipe, variant: Placed, *, anew: bool = False
    ) -> tuple[Blob, list[Location]] | None:
        """Record what a recipe made of a stored picture, as the owner's; None when the picture is gone. A picture has a
        bounded number of variants with bytes: the longest unused is dropped, and when a variant is made `anew` also as
        many of the owner's as its quota requires. Raises `TooManyVariants`, `QuotaExceeded`, `TooLarge`.
        """

    async def check_recipe(self, source: Sha256, recipe: Recipe) -> None:
        """Raise `TooManyVariants` when a picture has its most recipes, and this is none of them."""

    async def recipe(self, source: Sha256, name: str) -> Recipe | None:
        """The picture's recipe of this name, also when the bytes of its variant were dropped."""

    async def touch_variant(self, source: Sha256, recipe: str) -> None:
        """Record that a variant was used now."""

    async def variant(self, source: Sha256, recipe: str) -> Blob | None:
        """The variant of a stored picture by this recipe; None when it has no bytes or is damaged."""

    async def page(self, owner: PrincipalId, search: str, start: int, count: int) -> tuple[int, list[File]]:
        """How many of the owner's files, the trash aside, have `search` in their name, and a page, newest first."""

    async def remove(self, owner: PrincipalId, file: FileId, tell: TellFile | None = None) -> bool:
        """Remove the record, leaving a tombstone, of which the owner's newest are kept; false when the owner has no
        such file. Repeated: true.
        """

    async def bury(self, owner: PrincipalId, identifier: str) -> None:
        """Leave a tombstone for this id, which the owner removed."""

    async def damage(self, location: Location) -> None:
        """Mark the blob at this location as damaged: its files stay listed and are never served. Without a blob there
        nothing happens.
        """
