"""Conditions that statements have in common, or a partial index and the statements that it serves."""

FAILURE = "outcome IN ('wrong', 'wrong code')"
"""Of an entry of the audit log that anybody can cause who knows no secret."""

LIVE = "completed_at IS NULL AND failed_at IS NULL"
"""Of a publication that is under way."""

WATCHED = "watched_at IS NOT NULL AND buried_at IS NULL"
"""Of a publication whose transactions may still be forgotten."""

EQUAL = """network = :network AND address = :address AND operation = :operation AND path = :path
AND content_type = :content_type AND sha256 = :sha256 AND method = :method"""
"""Of publications of the same thing, whatever its name is: the chain does not tell the name of a direct one."""
