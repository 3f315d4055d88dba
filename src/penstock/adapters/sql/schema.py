"""The tables as statements."""

from collections.abc import Iterator

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from penstock.adapters.sql.tables import metadata

SQLITE: Dialect = sqlite.dialect()
POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def statements(dialect: Dialect = SQLITE) -> Iterator[str]:
    """The statements that create every table, each followed by those of its indexes."""
    for table in metadata.sorted_tables:
        yield _written(CreateTable(table), dialect)
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield _written(CreateIndex(index), dialect)


def _written(element: ExecutableDDLElement, dialect: Dialect) -> str:
    return str(element.compile(dialect=dialect))
