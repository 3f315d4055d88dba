"""The units that settings are written in, for the server's settings and those of its dialects."""

from typing import Annotated

from msgspec import Meta

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
MINUTE, HOUR, DAY = 60, 3600, 86400

Bytes = Annotated[int, Meta(ge=0, extra={"unit": "bytes"})]
Seconds = Annotated[float, Meta(ge=0, extra={"unit": "seconds"})]
Satoshi = Annotated[int, Meta(ge=0)]
Amount = Annotated[int, Meta(ge=0)]
SECRET = Meta(extra={"secret": True})


def about(text: str) -> Meta:
    """What a setting is for, in one sentence for `penstock config show` and the docs."""
    return Meta(description=text)
