"""Lengths that come later (tus 1.0.0, *Creation Defer Length*)."""

from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import Tus, Upload

defer_length = Section("creation-defer-length")


def _length(length: int | str) -> dict[str, str]:
    return {"Upload-Length": str(length)}


@defer_length("MUST Tus-Extension names creation-defer-length")
def _(tus: Tus) -> None:
    assert "creation-defer-length" in tus.extensions()


@defer_length(
    "MUST Upload-Defer-Length: 1 makes an upload without a length",
    "MUST HEAD has Upload-Defer-Length: 1 while the length is not known",
    "MUST HEAD then has no Upload-Length",
    "MUST HEAD has the offset all the same",
)
def _(tus: Tus) -> None:
    _is_open(tus.upload(None), 0)


@defer_length(
    "MUST bytes are taken before the length is known",
    "MUST HEAD still has Upload-Defer-Length: 1 after them",
    "MUST a PATCH with Upload-Length sets it",
    "MUST HEAD then has Upload-Length",
    "MUST HEAD then has no Upload-Defer-Length any more",
    "MUST its bytes are whole",
)
def _(tus: Tus) -> None:
    upload = tus.upload(None)
    upload.appended(0, b"hel")
    upload.appended(3, [b"lo"])
    _is_open(upload, 5)
    upload.appended(5, b", ", _length(12))
    answer = upload.head()
    assert (answer["Upload-Length"], answer["Upload-Offset"]) == ("12", "7")
    assert "Upload-Defer-Length" not in answer
    upload.appended(7, b"world")
    upload.holds(b"hello, world")


def _only_one(tus: Tus, *values: str) -> None:
    for value in values:
        assert tus.create(None, {"Upload-Defer-Length": value}).status == 400


@defer_length("SHOULD Upload-Defer-Length: 0 answers 400")
def _(tus: Tus) -> None:
    _only_one(tus, "0", "00", "")


@defer_length("SHOULD Upload-Defer-Length: 2 answers 400")
def _(tus: Tus) -> None:
    _only_one(tus, "2", "-1", "11", "1.0", "1, 1")


@defer_length("SHOULD Upload-Defer-Length: true answers 400")
def _(tus: Tus) -> None:
    _only_one(tus, "true", "?1", "yes")


@defer_length("MUST the length can be set by an empty PATCH")
def _(tus: Tus) -> None:
    upload = tus.upload(None)
    upload.appended(0, b"", _length(5))
    assert upload.head()["Upload-Length"] == "5"
    upload.appended(0, b"hello")
    upload.holds(b"hello")


@defer_length("MUST once set, another length is refused, and changes nothing")
def _(tus: Tus) -> None:
    upload = tus.upload(None)
    upload.appended(0, b"he", _length(5))
    for length in (4, 6, 2, 0):
        assert upload.patch(2, b"l", _length(length)).refused
    _is_at(upload, 2, 5)
    upload.appended(2, b"llo", _length(5))
    upload.holds(b"hello")


@defer_length("MUST a length given at creation is not changed by a PATCH that names another", "MUST … which is refused")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for length in (4, 6, 10**30):
        assert upload.patch(0, b"he", _length(length)).refused
    _is_at(upload, 0, 5)


@defer_length("MUST a length below the offset is refused, and changes nothing")
def _(tus: Tus) -> None:
    upload = tus.upload(None, body=b"hello")
    for length in (4, 0):
        assert upload.patch(5, b"", _length(length)).refused
        assert upload.patch(5, b"!", _length(length)).refused
    _is_open(upload, 5)


@defer_length("MUST a length that is no number is refused, and changes nothing")
def _(tus: Tus) -> None:
    upload = tus.upload(None, body=b"hello")
    for length in ("-1", "ten", "1e1", "0xa", "10.0", "", "10, 11"):
        assert upload.patch(5, b"!", _length(length)).refused, length
    _is_open(upload, 5)


@defer_length("MUST a length equal to the offset completes the upload", "MUST … and its bytes are whole")
def _(tus: Tus) -> None:
    upload = tus.upload(None, body=b"hello")
    upload.appended(5, b"", _length(5))
    upload.holds(b"hello")
    upload = tus.upload(None, body=b"hel")
    upload.appended(3, b"lo", _length(5))
    upload.holds(b"hello")


@defer_length("MUST a length past the maximum is refused")
def _(tus: Tus) -> None:
    upload, most = tus.upload(None), int(tus.options()["Tus-Max-Size"])
    for length in (most + 1, 2**63, 2**64 + 5, 10**30):
        assert upload.patch(0, b"hello", _length(length)).refused
    _is_open(upload, 0)


@defer_length("MUST an upload of unknown length may bring bytes at its creation")
def _(tus: Tus) -> None:
    upload = tus.upload(None, body=b"hello")
    _is_open(upload, 5)
    upload.appended(5, b", world", _length(12))
    upload.holds(b"hello, world")


def _is_open(upload: Upload, offset: int) -> None:
    answer = upload.head()
    assert (answer["Upload-Defer-Length"], answer["Upload-Offset"]) == ("1", str(offset))
    assert "Upload-Length" not in answer


def _is_at(upload: Upload, offset: int, length: int) -> None:
    answer = upload.head()
    assert (answer["Upload-Offset"], answer["Upload-Length"]) == (str(offset), str(length))
