"""Headers that stand in several lines."""

from collections.abc import Sequence


def in_one_line(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Lines of one name are one line (RFC 9110 §5.3): of two values where one is told, the first would count."""
    lines: dict[bytes, bytes] = {}
    for name, value in headers:
        lines[name] = b", ".join([lines[name], value]) if name in lines else value
    return list(lines.items())
