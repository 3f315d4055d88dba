"""What a file may be called."""

import pytest

from penstock.model.names import display_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("../../a.txt", "a.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a/b\\c", "c"),
        ("a\\b/c", "c"),
        ("..%2f..%2fa", "..%2f..%2fa"),
        ("...", "..."),
        ("CON", "CON"),
        ("nul.txt", "nul.txt"),
        (" a ", " a "),
        ("\u202egpj.exe", "\u202egpj.exe"),
        ("é", "é"),
        ("e\u0301", "e\u0301"),
        ("中" * 341, "中" * 341),
        ("a" * 1024, "a" * 1024),
    ],
)
def test_names_are_kept_exactly(text: str, name: str) -> None:
    """What follows the last slash or backslash is the name, to the last code point."""
    assert display_name(text) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no file name"),
        (".", "no file name"),
        ("..", "no file name"),
        ("a/..", "no file name"),
        ("a\\", "no file name"),
        ("a\x00b", "control character in file name"),
        ("a\nb", "control character in file name"),
        ("a\x1f", "control character in file name"),
        ("\x7f", "control character in file name"),
        ("a\x80", "control character in file name"),
        ("a\x9f", "control character in file name"),
        ("a\x00/b", "control character in file name"),
        ("a\ud800", "lone surrogate in file name"),
        ("\udfff", "lone surrogate in file name"),
        ("a" * 1025, "file name too long"),
        ("中" * 342, "file name too long"),
    ],
)
def test_names_that_cannot_be_kept_are_refused(text: str, reason: str) -> None:
    """An empty, relative, unprintable or overlong name is refused, and the reason says which."""
    with pytest.raises(ValueError, match=f"^{reason}$"):
        display_name(text)
