"""What a protocol says, sentence by sentence, and what asks a server whether it holds."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Check:
    """Asks a server whether it keeps these sentences of a section, which are named when it does not. A `brief` one asks
    where unfinished uploads live for two seconds.
    """

    section: str
    sentences: tuple[str, ...]
    ask: Callable[[Any], None]
    brief: bool

    def __call__(self, client: object) -> None:
        """Ask. Raises what the check raises, with the sentences."""
        try:
            self.ask(client)
        except Exception as error:
            for sentence in self.sentences:
                error.add_note(f"{self.section}: {sentence}")
            raise

    def __str__(self) -> str:
        """The section, and the first sentence in short."""
        words = re.findall(r"[\w.:?-]+", self.sentences[0].partition(" ")[2])
        return "-".join([self.section, *words[:9]])


@dataclass(frozen=True)
class Section:
    """A section of a protocol's text, and the checks of its sentences."""

    name: str
    checks: list[Check] = field(default_factory=list)

    def __call__(self, *sentences: str, brief: bool = False) -> Callable[[Callable[[Any], None]], None]:
        """What is decorated asks for these sentences."""

        def add(ask: Callable[[Any], None]) -> None:
            self.checks.append(Check(self.name, sentences, ask, brief))

        return add


def checks_of(protocol: str) -> list[Check]:
    """Every check in the files of this protocol's folder."""
    return [check for section in _sections(protocol) for check in section.checks]


def held(protocol: str) -> list[tuple[str, str]]:
    """The section and the words of every sentence that is asked for."""
    return [(check.section, sentence) for check in checks_of(protocol) for sentence in check.sentences]


def _sections(protocol: str) -> Iterator[Section]:
    for file in sorted((HERE / protocol).glob("*.py")):
        module = import_module(f"tests.journeys.sentences.{protocol}.{file.stem}")
        for found in vars(module).values():
            listed = found if isinstance(found, list) else [found]
            yield from (section for section in listed if isinstance(section, Section))
