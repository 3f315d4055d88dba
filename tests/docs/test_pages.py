"""The documentation runs."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import generate
from penstock.adapters.sql.tables import metadata
from penstock.dialects import every_dialect
from tests.docs.console import commands, run
from tests.support.process import PENSTOCK, ServerProcess

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs" / "dialects").glob("*.md"))]


OPEN = [dialect.name for dialect in every_dialect() if dialect.may_be_open]
"""Dialects whose pages are about anonymous access."""


@pytest.fixture
def server(page: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "penstock-data", open=page.stem if page.stem in OPEN else "").start()
    yield server
    server.stop()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_prints_what_its_page_says(page: Path, server: ServerProcess, tmp_path: Path) -> None:
    """A reader who types a page's commands sees what the page shows."""
    environment = server.environment | {"PATH": f"{Path(PENSTOCK).parent}:{os.environ['PATH']}"}
    run(page, tmp_path, environment, {"http://127.0.0.1:8080": server.url})


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_leads_somewhere() -> None:
    """A link between pages names a file that is there, and a heading that it has."""
    dead = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for path, anchor in re.findall(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text()):
            target = page.parent / path if path else page
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.M) if target.suffix == ".md" and anchor else []
            if not target.exists() or (anchor and anchor not in map(_anchor, headings)):
                dead.append(f"{page.relative_to(ROOT)}: {path}#{anchor}")
    assert dead == []


def test_the_readmes_walk_through_the_same_commands() -> None:
    """The two READMEs show the same session."""
    english, chinese = (commands((ROOT / name).read_text()) for name in ("README.md", "README.zh-CN.md"))
    assert [(step.command, step.expected) for step in english] == [(step.command, step.expected) for step in chinese]


@pytest.mark.parametrize("page", generate.PAGES)
def test_generated_pieces_are_those_of_the_code(page: str) -> None:
    """The settings table and the state diagram in the docs are what the code would write today."""
    assert (ROOT / "docs" / page).read_text() == generate.written(page), "run: python docs/generate.py"


def test_every_table_has_its_bound() -> None:
    """The page for operators says of every table of the database what bounds it."""
    section = (ROOT / "docs" / "operate.md").read_text().split("### What bounds what")[1].split("## Backups")[0]
    told = set(
        re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in section.splitlines() if line[:1] == "|"))
    )
    assert told == set(metadata.tables)


def test_the_map_is_complete() -> None:
    """The page on the architecture names every package, and every module of those in which the work is done."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    source = ROOT / "src" / "penstock"
    named = set(re.findall(r"\w+", page[page.index("## The map") : page.index("## Glossary")]))
    there = {path.parent.name for depth in ("*", "*/*") for path in source.glob(f"{depth}/__init__.py")}
    for package in ("engine", "identity", "chain", "publishing", "ports", "http"):
        there |= {path.stem for path in (source / package).rglob("*.py")} - {"__init__"}
    assert there <= named, sorted(there - named)
