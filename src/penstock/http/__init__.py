"""HTTP technique that the rooms share."""
