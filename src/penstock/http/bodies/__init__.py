"""What a request brings: streamed, bounded, checked."""
