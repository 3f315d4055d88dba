"""Who is asking, and how they prove it: accounts, sessions, second factors, sudo, and what is written down of it."""
