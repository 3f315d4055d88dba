"""The API documentation, generated from the calls."""
