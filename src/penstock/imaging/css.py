"""What CSS says of a drawing's size: its own style, and the rules of its style sheets that plainly mean the root."""

import re
from collections.abc import Iterator, Mapping

_MAX_LENGTH = 1 << 16
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLOCK = re.compile(r"@[^{};]{0,200}\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|@[^{};]{0,200};")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIDE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*([^;]*)", re.IGNORECASE)
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_SIMPLE = re.compile(r"(?:[\w-]+:)?(svg|\*|:root)?((?:[.#][\w-]+)*)(:root)?", re.IGNORECASE)


def sides(style: str) -> dict[str, str]:
    """`width` and `height` as declarations give them."""
    return {name.lower(): _IMPORTANT.sub("", value).strip() for name, value in _SIDE.findall(style[:_MAX_LENGTH])}


def without_sides(style: str) -> str:
    """The same declarations without these."""
    return _SIDE.sub("", style).strip("; ")


def sheet_sides(sheet: str, root: Mapping[str, str]) -> dict[str, str]:
    """`width` and `height` of the root, of these attributes, as the rules of a sheet give them; those for other media
    aside.
    """
    styles: dict[str, str] = {}
    for selectors, declarations in _rules(sheet[:_MAX_LENGTH]):
        if any(_means_root(selector.strip(), root) for selector in selectors.split(",")):
            styles |= sides(declarations)
    return styles


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    yield from _RULE.findall(_BLOCK.sub("", _COMMENT.sub("", sheet)))


def _means_root(selector: str, root: Mapping[str, str]) -> bool:
    """Whether it is one simple selector, and true of the root: what is below it has none of the root's size."""
    match = _SIMPLE.fullmatch(selector)
    if match is None or not selector:
        return False
    names = {f".{name}" for name in root.get("class", "").split()} | {f"#{root.get('id', '')}"}
    return set(re.findall(r"[.#][\w-]+", match[2])) <= names
