"""What a page may show from our origin."""

SHOWN = frozenset(
    {f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "bmp", "avif")}
    | {f"video/{name}" for name in ("mp4", "webm", "ogg", "mpeg", "quicktime", "x-matroska", "x-m4v", "3gpp")}
    | {
        f"audio/{name}"
        for name in ("mpeg", "mp4", "aac", "ogg", "opus", "wav", "x-wav", "wave", "webm", "flac", "3gpp")
    }
)
"""Pictures, videos and sound, which hold no scripts. Exact names: a client may have had a say in what a file is called,
and browsers read a list of types to its end.
"""
