"""`/account/*` and `/auth/*`: signing in and one's own account, in the envelope of `scratch` (RULINGS, *Auth*)."""
