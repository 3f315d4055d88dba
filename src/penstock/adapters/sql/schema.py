"""The tables as text, one for each database: `python -m penstock.adapters.sql.schema` writes it anew.

It is kept, because SQLAlchemy takes 16 MiB of memory, and a server that makes its tables needs nothing else of it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from penstock.adapters.sql import migrations
from penstock.adapters.sql.postgresql import opening
from penstock.adapters.sql.tables import metadata

TEXTS: Mapping[Path, Dialect] = {
    migrations.SCHEMA: sqlite.dialect(),
    opening.SCHEMA: postgresql.dialect(),  # type: ignore[no-untyped-call]
}
"""The files, and in whose words."""


def text(dialect: Dialect) -> str:
    """The statements that create every table, each followed by those of its indexes."""
    made = "".join(f"{str(element.compile(dialect=dialect)).strip()};\n" for element in _elements())
    return "".join(f"{line.rstrip()}\n" for line in made.expandtabs(4).splitlines())


def _elements() -> Iterator[ExecutableDDLElement]:
    for table in metadata.sorted_tables:
        yield CreateTable(table)
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield CreateIndex(index)


if __name__ == "__main__":
    for path, dialect in TEXTS.items():
        path.write_text(text(dialect), "utf-8")
