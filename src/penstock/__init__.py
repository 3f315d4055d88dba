"""Penstock: the upload server that existing front ends can already talk to."""

__version__ = "0.1.0"
