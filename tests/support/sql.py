"""The ports of uploads over SQLite, as one object."""

from penstock.adapters.sql.appends import SqlAppends
from penstock.adapters.sql.hashing import SqlHashing
from penstock.adapters.sql.joins import SqlJoins
from penstock.adapters.sql.parts import SqlParts
from penstock.adapters.sql.postgresql import PostgresDatabase, PostgresParts
from penstock.adapters.sql.reservations import SqlReservations
from penstock.adapters.sql.sealing import SqlSealing
from penstock.adapters.sql.tx import Database
from penstock.adapters.sql.uploads import SqlUploads
from penstock.model.principal import Quota


class SqlUploading(SqlUploads, SqlParts, SqlAppends, SqlReservations, SqlSealing, SqlHashing, SqlJoins):
    """What the specification of uploads asks for."""


class PostgresUploading(PostgresParts, SqlUploads, SqlAppends, SqlReservations, SqlSealing, SqlHashing, SqlJoins):
    """The same, as PostgreSQL has it."""


Uploading = SqlUploading | PostgresUploading


def uploading(database: Database, quota: Quota) -> Uploading:
    """The ports of uploads as this database has them."""
    if isinstance(database, PostgresDatabase):
        return PostgresUploading(database, quota)
    return SqlUploading(database, quota)
