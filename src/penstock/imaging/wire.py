"""What the pool and its workers say to each other: frames of JSON, each followed by the bytes it announces.

A worker has handled hostile pictures, so nothing it says is believed beyond these shapes, and nothing is unpickled.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from penstock.model.faults import PictureRefused, PictureTypeRefused
from penstock.model.image import Fit, Format, Position, Recipe, Rendered, Watermark

READY = b"ready\n"
"""The first that a worker says, once it has confined itself."""

FRAME = struct.Struct("!I")
"""The length of a frame, in bytes, goes before it."""

MAX_FRAME = 1 << 16
MAX_ANSWER = 512 << 20
"""More bytes of pictures than this are no answer."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a worker. A picture of `size` bytes follows, and a watermark of `watermark` bytes, if any."""

    size: int
    watermark: int | None
    recipes: Sequence[Recipe]
    accept: frozenset[str]
    most_pixels: int

    def framed(self) -> bytes:
        """The job as a frame."""
        return framed({**asdict(self), "accept": sorted(self.accept)})

    @classmethod
    def read(cls, frame: bytes) -> "Job":
        """The job of a frame."""
        fields = json.loads(frame)
        recipes = [_recipe(recipe) for recipe in fields.pop("recipes")]
        return cls(recipes=recipes, accept=frozenset(fields.pop("accept")), **fields)


@dataclass(frozen=True, slots=True)
class PictureHead:
    """A picture in an answer; `size` bytes of it follow."""

    format: Format
    width: int
    height: int
    size: int


def refusal(fault: PictureRefused | PictureTypeRefused) -> bytes:
    """A fault as the frame of an answer."""
    return framed({"refused": fault.reason if isinstance(fault, PictureRefused) else None})


def result(rendered: Sequence[Rendered]) -> list[bytes]:
    """Pictures as the frame of an answer and what follows it."""
    answered = [
        asdict(PictureHead(picture.format, picture.width, picture.height, len(picture.content))) for picture in rendered
    ]
    return [framed({"made": answered}), *(picture.content for picture in rendered)]


def read_answer(frame: bytes, expected: int) -> list[PictureHead] | PictureRefused | PictureTypeRefused:
    """What the frame of an answer says: a refusal, or that `expected` pictures follow.

    Raises `ValueError` for what is no answer.
    """
    match json.loads(frame):
        case {"refused": None}:
            return PictureTypeRefused()
        case {"refused": str(reason)}:
            return PictureRefused(reason)
        case {"made": [*listed]} if len(listed) == expected:
            pictures = [_head(picture) for picture in listed]
        case _:
            raise ValueError("no answer")
    if sum(picture.size for picture in pictures) > MAX_ANSWER:
        raise ValueError("too long an answer")
    return pictures


def framed(message: dict[str, Any]) -> bytes:
    """JSON, with its length before it."""
    frame = json.dumps(message).encode()
    return FRAME.pack(len(frame)) + frame


def _head(picture: Any) -> PictureHead:
    match picture:
        case {"format": str(name), "width": int(width), "height": int(height), "size": int(size)} if size >= 0:
            return PictureHead(Format(name), width, height, size)
    raise ValueError("no picture")


def _recipe(fields: dict[str, Any]) -> Recipe:
    mark = fields["watermark"]
    return Recipe(
        **fields
        | {
            "fit": Fit(fields["fit"]),
            "format": _maybe(Format, fields["format"]),
            "watermark": mark and Watermark(**mark | {"position": Position(mark["position"])}),
        }
    )


def _maybe(kind: Callable[[str], Format], value: str | None) -> Format | None:
    return None if value is None else kind(value)
