"""The documents of S3."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from penstock.adapters.s3.errors import refusal

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True, slots=True)
class Document:
    """An answer, or an element of one. Namespaces do not matter: stores differ in theirs."""

    element: Element

    def all(self, name: str) -> Iterator["Document"]:
        """Every child of this name."""
        return (Document(child) for child in self.element if _name(child) == name)

    def text(self, name: str) -> str:
        """The text of the child of this name; nothing where there is none."""
        return next((child.text or "" for child in self.element if _name(child) == name), "")

    @property
    def changed(self) -> float:
        """When it was changed or begun (Unix seconds)."""
        return datetime.fromisoformat(self.text("LastModified") or self.text("Initiated")).timestamp()


def read_answer(status: int, content: bytes) -> Document:
    """The document in an answer; an empty one where there is none. Raises what `refusal` makes of an error."""
    try:
        # A copy that takes long begins with blanks. Entities are no danger from a store that is trusted with all bytes.
        document = Document(fromstring(content.strip() or b"<Empty/>"))  # noqa: S314
    except ParseError:
        raise refusal(status if status >= 300 else 502, "", content[:200].decode(errors="replace")) from None
    if status >= 300 or _name(document.element) == "Error":
        raise refusal(status, document.text("Code"), document.text("Message"))
    return document


def completion(parts: Sequence[tuple[str, str | None]]) -> bytes:
    """What completes a multipart upload of parts with these ETags, and CRCs where they are known."""
    root = Element("CompleteMultipartUpload", xmlns=NAMESPACE)
    for number, (etag, crc) in enumerate(parts, 1):
        part = SubElement(root, "Part")
        SubElement(part, "PartNumber").text = str(number)
        SubElement(part, "ETag").text = f'"{etag}"'
        if crc is not None:
            SubElement(part, "ChecksumCRC64NVME").text = crc
    return tostring(root)


def removal(keys: Sequence[str]) -> bytes:
    """What removes the objects at these keys."""
    root = Element("Delete", xmlns=NAMESPACE)
    for key in keys:
        SubElement(SubElement(root, "Object"), "Key").text = key
    SubElement(root, "Quiet").text = "true"
    return tostring(root)


def content_md5(body: bytes) -> str:
    """The header that a removal must have."""
    return b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
