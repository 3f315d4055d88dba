"""The contracts, read where they lie. Nothing of their text is kept here: headings alone say where to look."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CONTRACTS = Path(os.environ.get("PENSTOCK_CONTRACTS", Path(__file__).parents[3] / "shared" / "contracts"))

_FENCE = re.compile(r"^[ \t]*```(\w*)[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+)[ \t]+(.*?)[ \t]*$", re.MULTILINE)
# A comment stands where a value may end; a `//` inside a string follows a colon.
_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where an example stands: the headings above its block, the block's number there, the value's number in it."""

    document: str
    heading: str
    block: int
    value: int

    def __str__(self) -> str:
        return f"{self.document}:{self.heading}:{self.block}.{self.value}"


def text_of(document: str) -> str:
    """The contract of this name; without it the test is skipped on a laptop and fails in CI."""
    path = CONTRACTS / f"{document}.md"
    if path.exists():
        return path.read_text()
    if "CI" in os.environ:
        pytest.fail(f"{path} is missing, and CI may not skip it")
    pytest.skip(f"{path} is missing")


def examples(document: str) -> dict[Place, Any]:
    """Every example: JSON values, or the text of a block in another language."""
    found: dict[Place, Any] = {}
    counts: dict[str, int] = {}
    text = text_of(document)
    for fence in _FENCE.finditer(text):
        heading = _section(text, fence.start())
        block = counts[heading] = counts.get(heading, -1) + 1
        language, content = fence.groups()
        values = _values_or_text(content) if language == "json" else [content]
        found |= {Place(document, heading, block, number): value for number, value in enumerate(values)}
    return found


def _values_or_text(content: str) -> list[Any]:
    """The values of a JSON block; a sketch with an ellipsis in it is text."""
    try:
        return list(_values(content))
    except json.JSONDecodeError:
        return [content]


def sample(document: str, language: str) -> str:
    """The one block in this language."""
    [found] = [fence[2] for fence in _FENCE.finditer(text_of(document)) if fence[1] == language]
    return found


def _section(text: str, before: int) -> str:
    """The headings from the third level down that the position stands under, or else the nearest one."""
    above: dict[int, str] = {}
    for heading in _HEADING.finditer(text, 0, before):
        if not any(fence.start() < heading.start() < fence.end() for fence in _FENCE.finditer(text)):
            above = {level: name for level, name in above.items() if level < len(heading[1])}
            above[len(heading[1])] = heading[2]
    return "/".join(name for level, name in above.items() if level >= 3) or above[max(above)]


def _values(content: str) -> Iterator[Any]:
    decoder, rest = json.JSONDecoder(), _COMMENT.sub("", content).strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].strip()
