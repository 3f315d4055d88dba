"""`/oauth/*`: OAuth 2.0 for clients that speak it (RFC 6749, 7009, 7662, 8414)."""
