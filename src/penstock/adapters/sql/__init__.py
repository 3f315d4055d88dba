"""The records, in SQL: one table definition and one set of statements."""
