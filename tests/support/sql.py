"""The ports of uploads over SQLite, as one object."""

from penstock.adapters.sql.hashing import SqlHashing
from penstock.adapters.sql.parts import SqlParts
from penstock.adapters.sql.reservations import SqlReservations
from penstock.adapters.sql.sealing import SqlSealing
from penstock.adapters.sql.uploads import SqlUploads


class SqlUploading(SqlUploads, SqlParts, SqlReservations, SqlSealing, SqlHashing):
    """What the specification of uploads asks for."""
