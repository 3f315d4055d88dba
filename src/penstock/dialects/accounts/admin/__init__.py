"""`/admin/*`: administration over HTTP."""
