"""Authentication: accounts, sessions, second factors, sudo, and the audit log."""
