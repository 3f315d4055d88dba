"""Routing a request to its dialect, authentication, and answers."""
