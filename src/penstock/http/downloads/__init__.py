"""What an answer carries of a file: ranges, conditions, names."""
