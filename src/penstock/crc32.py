"""CRC-32, by which a zip checks each file in it (APPNOTE.TXT §4.4.7)."""

import zlib


class Crc32:
    """The CRC as a hasher (`ports.Hasher`)."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def update(self, piece: memoryview | bytes, /) -> None:
        """Take these bytes in."""
        self.value = zlib.crc32(piece, self.value)

    def copy(self) -> "Crc32":
        """A second one that has taken in the same bytes."""
        return Crc32(self.value)
