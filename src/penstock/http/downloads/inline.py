"""The content that browsers may display from this origin."""

from penstock.engine.previews import CHARSETS

INLINE_TYPES = frozenset(
    {f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "bmp", "avif")}
    | {f"video/{name}" for name in ("mp4", "webm", "ogg", "mpeg", "quicktime", "x-matroska", "x-m4v", "3gpp")}
    | {
        f"audio/{name}"
        for name in ("mpeg", "mp4", "aac", "ogg", "opus", "wav", "x-wav", "wave", "webm", "flac", "3gpp")
    }
    | {f"text/plain; charset={charset}" for charset in CHARSETS}
)
"""Pictures, videos, sound and plain text, which contain no scripts. Matched exactly: clients may have chosen the media
type, and of a list of types browsers use the last.
"""
