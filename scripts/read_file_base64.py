"""Print a file as the upload calls want it: base64, with its name, its type and the way to upload it.

Usage: python scripts/read_file_base64.py FILE

Prints one line of JSON on stdout and a summary on stderr.
"""

import base64
import json
import mimetypes
import sys
from pathlib import Path
from typing import Any

MB = 1024 * 1024
THRESHOLD = 5 * MB
"""The largest file, in bytes, that is uploaded directly; what is larger goes in chunks."""

TEXTS = {"application/json", "application/javascript", "application/xml"}
"""Types beside `text/*` that go without `;binary`."""


def mime_type(name: str) -> str:
    """The type that the name tells."""
    kind, encoding = mimetypes.guess_type(name)
    # Of `page.html.gz` it says text/html, but the bytes are not HTML.
    return "application/octet-stream" if kind is None or encoding else kind


def content_type(mime: str) -> str:
    """The type as the chain keeps it: `;binary` marks what is not text."""
    return mime if mime.startswith("text/") or mime in TEXTS else f"{mime};binary"


def describe(path: Path) -> dict[str, Any]:
    """Everything that an upload call needs to know about a file."""
    content = path.read_bytes()
    encoded = base64.b64encode(content).decode()
    mime = mime_type(path.name)
    return {
        "fileName": path.name,
        "filePath": str(path),
        "fileSize": len(content),
        "fileSizeMB": round(len(content) / MB, 2),
        "mimeType": mime,
        "contentType": content_type(mime),
        "uploadMethod": "direct" if len(content) <= THRESHOLD else "chunked",
        "uploadThresholdMB": THRESHOLD // MB,
        "base64Content": encoded,
        "base64Length": len(encoded),
    }


def run(path: Path) -> None:
    """Print the description and its summary."""
    try:
        file = describe(path)
    except OSError as error:
        sys.exit(f"Error: {error}")
    # One line without blanks, for shells that split it into words; UTF-8 in every locale and for every name.
    line = json.dumps(file, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(line.encode(errors="replace") + b"\n")
    print("{fileName}: {fileSizeMB} MB, {contentType}, {uploadMethod} upload".format_map(file), file=sys.stderr)


def main() -> None:
    """Run the script."""
    match sys.argv[1:]:
        case [name] if name and not name.startswith("-"):
            run(Path(name))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
