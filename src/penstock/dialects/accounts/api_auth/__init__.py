"""`/api/auth/*`: pairs of tokens, in the envelope of `files` (RULINGS, *Auth*)."""
