"""The API documentation, made from the calls."""
