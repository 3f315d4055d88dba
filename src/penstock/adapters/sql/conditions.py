"""Conditions that a partial index and the statements that it serves have in common."""

FAILURE = "outcome IN ('wrong', 'wrong code')"
"""Of an entry of the audit log that anybody can cause who knows no secret."""

LIVE = "completed_at IS NULL AND failed_at IS NULL"
"""Of a publication that is under way."""

WATCHED = "watched_at IS NOT NULL AND buried_at IS NULL"
"""Of a publication whose transactions may still be forgotten."""
