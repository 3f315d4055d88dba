"""The published shapes of `pocket`."""

import msgspec


class Kept(msgspec.Struct):
    """A file that has arrived."""

    id: str
    size: int


class PocketError(msgspec.Struct):
    """The envelope of every error."""

    error: str
    message: str
