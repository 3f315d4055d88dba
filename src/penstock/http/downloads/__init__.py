"""Downloads: ranges, conditions, names."""
