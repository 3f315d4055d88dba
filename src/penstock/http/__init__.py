"""HTTP technique that the dialects share."""
