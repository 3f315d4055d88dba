"""Names of objects, and what the records call them."""

from dataclasses import dataclass
from typing import Self
from uuid import uuid4

from penstock.model.ids import Location, StagedLocation, UploadId
from penstock.ports import BytesMissing

STAGING, BLOBS, QUARANTINE, PROBES = "staging/", "blobs/", "quarantine/", "probes/"


def blob_location(upload: UploadId) -> Location:
    """Where this upload's blob comes to lie."""
    return Location(upload)


def upload_of(location: Location) -> UploadId:
    """The upload that brought a blob."""
    return UploadId(location)


@dataclass(frozen=True, slots=True)
class Staged:
    """A part's object: its name below `staging/<upload>/`, its ETag, and the CRC-64/NVME of the bytes that came; None
    where they did not come through this server.
    """

    name: str
    etag: str
    crc: int | None = None

    @property
    def offered(self) -> bool:
        """Whether it was PUT to an address that was given away: somebody may replace it."""
        return self.name.isdecimal()

    @property
    def location(self) -> StagedLocation:
        """What the part's record calls it."""
        return StagedLocation("#".join((self.name, self.etag, "" if self.crc is None else f"{self.crc:016x}")))

    @classmethod
    def at(cls, location: StagedLocation) -> Self:
        """The object that a record names. Raises `BytesMissing` for a name of another store's."""
        try:
            name, etag, crc = location.split("#")
            return cls(name, etag, int(crc, 16) if crc else None)
        except ValueError:
            raise BytesMissing(location) from None


def staged_key(upload: UploadId, name: str = "") -> str:
    """The key of a part's object; without a name what all of the upload's begin with."""
    return f"{STAGING}{upload}/{name}"


def attempt_name(number: int) -> str:
    """The name of a new attempt at a part: no other attempt has it."""
    return f"{number}-{uuid4().hex}"
