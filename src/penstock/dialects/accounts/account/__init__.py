"""`/account/*` and `/auth/*`: sign-in and the caller's own account, in the envelope of `scratch` (RULINGS, *Auth*)."""
