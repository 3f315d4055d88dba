"""The use cases. Knows no HTTP, no SQL, no S3: only the model and the ports."""
