"""How a request is put on the wire: HTTP leaves its client free in much that changes nothing of what is said."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Manner:
    """`spell` writes the names of headers and `around` stands on both sides of their values; `backwards` turns their
    order; the first bytes go out `pace` at a time; a head is sent `together` with the body behind it, in one packet.
    `chunk` is the line before a chunk.
    """

    name: str
    spell: Callable[[str], str] = str
    around: tuple[str, str] = (" ", "")
    backwards: bool = False
    pace: int = 0
    together: bool = False
    chunk: str = "{:x}"

    def head(self, line: str, fields: list[tuple[str, str]]) -> bytes:
        """The head of a request."""
        before, behind = self.around
        ordered = fields[::-1] if self.backwards else fields
        lines = [f"{self.spell(name)}:{before}{value}{behind}" for name, value in ordered]
        return "\r\n".join([line, *lines, "", ""]).encode("latin-1")


PLAIN = Manner("plain")
LOUD = Manner("loud", str.upper, ("\t  ", "  "), backwards=True, together=True, chunk='{:04X};name="a; b";flag')
HALTING = Manner("halting", str.lower, ("", ""), pace=3)
MANNERS = [
    pytest.param(PLAIN, id="plain"),
    *(
        pytest.param(it, id=it.name, marks=[pytest.mark.long, pytest.mark.on_folder("stores do not see the manner")])
        for it in (LOUD, HALTING)
    ),
]
