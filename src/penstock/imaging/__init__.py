"""Pictures: bytes in, pictures out. Run in a worker process, since what comes in may be hostile."""
