"""`/admin/*`: what administrators do over HTTP."""
