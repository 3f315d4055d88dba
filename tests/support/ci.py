"""What a test needs besides Python."""

import os

import pytest


def required_in_ci(present: bool, what: str) -> None:
    """Skip the test where something is missing on a laptop; fail there where nothing may be."""
    if present:
        return
    if "CI" in os.environ:
        pytest.fail(f"{what} is missing, and CI may not skip it")
    pytest.skip(f"{what} is missing")
