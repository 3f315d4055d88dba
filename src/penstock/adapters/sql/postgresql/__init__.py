"""What is PostgreSQL's own: connections, opening and migrating, and a part's record in one round trip."""

from penstock.adapters.sql.postgresql.database import PostgresDatabase
from penstock.adapters.sql.postgresql.news import PostgresNews
from penstock.adapters.sql.postgresql.opening import check_schema, upgrade
from penstock.adapters.sql.postgresql.parts import PostgresParts

__all__ = ["PostgresDatabase", "PostgresNews", "PostgresParts", "check_schema", "upgrade"]
