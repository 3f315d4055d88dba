"""Request bodies: streamed, bounded, validated."""
