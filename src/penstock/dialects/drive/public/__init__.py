"""`/s/*`: what those see who have a link, without signing in. Pages need no script, but for sending files."""
