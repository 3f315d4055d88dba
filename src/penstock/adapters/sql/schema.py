"""The tables as statements."""

from collections.abc import Collection, Iterator

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from penstock.adapters.sql.tables import metadata


def tables(names: Collection[str] | None = None) -> Iterator[str]:
    """What makes these tables, or all, each followed by what makes its indexes."""
    for table in metadata.sorted_tables:
        if names is None or table.name in names:
            yield _written(CreateTable(table))
            yield from indexes([str(index.name) for index in table.indexes])


def indexes(names: Collection[str]) -> Iterator[str]:
    """What makes these indexes where they are missing."""
    found = [index for table in metadata.sorted_tables for index in table.indexes if index.name in names]
    for index in sorted(found, key=lambda index: str(index.name)):
        yield _written(CreateIndex(index, if_not_exists=True))


def _written(element: ExecutableDDLElement) -> str:
    return str(element.compile(dialect=sqlite.dialect()))
