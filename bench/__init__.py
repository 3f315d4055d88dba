"""Measurements. Nothing here is a test: times are printed, never asserted. `python -m bench --help` tells how."""
