"""The command line, one file per command."""

from penstock.cli.app import main

__all__ = ["main"]
