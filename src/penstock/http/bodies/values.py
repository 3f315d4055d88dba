"""Validation of parameters: each function returns the value or raises a fault that names the parameter."""

import re
from typing import TypeVar

from penstock.model.faults import InputInvalid, InputMissing
from penstock.model.ids import Md5
from penstock.model.names import display_name

T = TypeVar("T")

_MD5 = re.compile(r"[0-9a-fA-F]{32}")


def required(value: T | None, name: str) -> T:
    """The value. Raises `InputMissing` for None."""
    if value is None:
        raise InputMissing(name)
    return value


def whole_number(text: str, name: str, low: int, high: int) -> int:
    """A decimal number within bounds, both included: ASCII digits only. Raises `InputInvalid`."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise InputInvalid(name, "not a whole number")
    return within(int(text), name, low, high)


def within(number: int, name: str, low: int, high: int) -> int:
    """The number, checked against bounds, both included. Raises `InputInvalid`."""
    if not low <= number <= high:
        raise InputInvalid(name, f"not between {low} and {high}")
    return number


def plain_text(text: str, name: str, longest: int) -> str:
    """Text without control characters or lone surrogates, of 1 to `longest` characters. Raises `InputInvalid`."""
    if not 1 <= len(text) <= longest:
        raise InputInvalid(name, f"not 1 to {longest} characters")
    if any(
        ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000 for character in text
    ):
        raise InputInvalid(name, "a control character")
    return text


def file_name(text: str, name: str) -> str:
    """A file's name: the last component of the client's value. Raises `InputInvalid`."""
    try:
        return display_name(text)
    except ValueError as error:
        raise InputInvalid(name, str(error)) from error


def md5_digest(text: str, name: str) -> Md5:
    """An MD5 in hexadecimal, of either case. Raises `InputInvalid`."""
    if not _MD5.fullmatch(text):
        raise InputInvalid(name, "not 32 hexadecimal digits")
    return Md5(text.lower())
