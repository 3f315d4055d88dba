"""HTTP connections: parsing requests and writing answers."""
