"""The bucket of a file, by its suffix (oss.md, appendix)."""

ENDINGS = {
    "image": "jpg jpeg png gif webp bmp svg tif tiff ico heic heif avif",
    "document": "pdf doc docx xls xlsx ppt pptx txt md csv rtf odt ods odp html htm xml json epub",
    "video": "mp4 m4v mov avi mkv webm flv wmv mpg mpeg 3gp ts",
    "audio": "mp3 wav flac aac ogg oga m4a wma opus amr",
    "package": "zip rar 7z tar gz tgz bz2 xz zst jar war apk ipa deb rpm dmg iso",
}
BUCKETS = {ending: bucket for bucket, endings in ENDINGS.items() for ending in endings.split()}
OTHER = "other"


def suffix_of(name: str) -> str:
    """What follows the last dot of a name, in lower case; "" when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def bucket_of(suffix: str) -> str:
    """The bucket of files with this suffix."""
    return BUCKETS.get(suffix.lower(), OTHER)
