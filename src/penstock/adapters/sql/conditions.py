"""Conditions that statements have in common, or a partial index and the statements that it serves."""

FAILURE = "outcome IN ('wrong', 'wrong code')"
"""Audit entries that can be caused without any secret."""

IN_FLIGHT = """state IN ('open', 'sealing', 'placing') AND (state <> 'open' OR expires_at > :now)
AND spent = 0"""
"""Uploads that may still become files of their own."""

LIVE = "completed_at IS NULL AND failed_at IS NULL"
"""Publications under way."""

WATCHED = "watched_at IS NOT NULL AND buried_at IS NULL"
"""Publications whose transactions the chain may still forget."""

EQUAL = """network = :network AND address = :address AND operation = :operation AND path = :path
AND content_type = :content_type AND sha256 = :sha256 AND method = :method"""
"""Publications of the same content, under any name: the chain does not store the name of a direct one."""


def moment_of(kind: str) -> str:
    """The time (Unix seconds) in the entries `<kind>:…` of the table `about`; NULL in all others, which need not be
    numbers: which of two conditions is looked at first is the database's choice.
    """
    return f"CASE WHEN key LIKE '{kind}:%' THEN CAST(value AS DOUBLE PRECISION) END"
