"""The chain's bytes: transactions, addresses, PINs, keys, and what a node demands of them. Pure functions."""
