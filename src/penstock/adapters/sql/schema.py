"""The tables as statements."""

from collections.abc import Iterator

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from penstock.adapters.sql.tables import metadata


def statements() -> Iterator[str]:
    """The statements that create every table, each followed by those of its indexes."""
    for table in metadata.sorted_tables:
        yield _written(CreateTable(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield _written(CreateIndex(index))


def _written(element: ExecutableDDLElement) -> str:
    return str(element.compile(dialect=sqlite.dialect()))
