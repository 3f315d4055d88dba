"""Structured fields (RFC 9651), as far as this dialect has them: items that are integers or booleans."""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers

_KEY = r"[a-z*][a-z0-9_.*-]*"
_BARE = (
    r"(?:\?[01]|-?[0-9]+(?:\.[0-9]+)?|\"(?:[ !#-\[\]-~]|\\[\"\\])*\"|:[A-Za-z0-9+/=]*:|@-?[0-9]+"
    r"|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*)"
)
_PARAMETERS = rf"(?:; *{_KEY}(?:={_BARE})?)*"
_INTEGER = re.compile(rf" *([0-9]+){_PARAMETERS} *")
_BOOLEAN = re.compile(rf" *\?([01]){_PARAMETERS} *")

MAX_DIGITS = 19
"""An integer of more digits is larger than any that is taken. (The standard has fifteen; more are no harm.)"""


def integer(headers: Headers, name: str) -> int | None:
    """The integer that a field says; None without one, and for anything but a non-negative integer, which counts as
    none (draft §4.1).
    """
    found = _INTEGER.fullmatch(headers.get(name, ""))
    if found is None:
        return None
    digits = found[1].lstrip("0") or "0"
    return int(digits) if len(digits) <= MAX_DIGITS else 10**MAX_DIGITS


def boolean(headers: Headers, name: str) -> bool | None:
    """The boolean that a field says; None without one, and for anything else."""
    found = _BOOLEAN.fullmatch(headers.get(name, ""))
    return None if found is None else found[1] == "1"


def dictionary(members: Sequence[tuple[str, int]]) -> str:
    """A dictionary of integers."""
    return ", ".join(f"{key}={value}" for key, value in members)
