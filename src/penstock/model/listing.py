"""Lists of files: in which order, and which of them."""

from dataclasses import dataclass
from enum import StrEnum

from penstock.model.file import File
from penstock.model.ids import FolderId


class Sort(StrEnum):
    """What files are sorted by."""

    NAME = "name"
    SIZE = "size"
    TIME = "time"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files are listed. `kind` is a media type, or the beginning of some (`image/`); the time is that of their
    coming, in Unix seconds, from `since` on and before `until`.
    """

    kind: str | None = None
    dialect: str | None = None
    label: str | None = None
    since: float | None = None
    until: float | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()

    def takes(self, file: File) -> bool:
        """Whether this file is among them."""
        return (
            (self.kind is None or file.media_type.startswith(self.kind))
            and (self.dialect is None or file.dialect == self.dialect)
            and (self.label is None or self.label in file.labels)
            and (self.since is None or file.created_at >= self.since)
            and (self.until is None or file.created_at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of files, of one `folder` or, with None, of all."""

    folder: FolderId | None = None
    sort: Sort = Sort.NAME
    descending: bool = False
    wanted: Wanted = Wanted()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a list goes on: behind this value of what it is sorted by and, among equals, behind this id."""

    value: str | float
    id: str
