"""What the documents of an S3 store mean."""

import pytest

from penstock.adapters.s3.errors import Absent, ChecksumWrong, MultipartGone, Refused
from penstock.adapters.s3.xml import read_answer
from penstock.model.faults import StorageFailed, StorageFull


def error(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>words</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "content", "meaning"),
    [
        (404, b"", Absent),
        (404, error("NoSuchKey"), Absent),
        (412, error("PreconditionFailed"), Absent),
        (416, error("InvalidRange"), Absent),
        (404, error("NoSuchUpload"), MultipartGone),
        (400, error("InvalidPart"), MultipartGone),
        (400, error("BadDigest"), ChecksumWrong),
        (503, error("SlowDown"), StorageFailed),
        (502, b"<html>Bad Gateway", StorageFailed),
        (400, error("RequestTimeout"), StorageFailed),
        (200, error("InternalError"), StorageFailed),
        (200, b" \n " + error("InternalError"), StorageFailed),
        (200, b"not XML", StorageFailed),
        (507, error("Full"), StorageFull),
        (404, error("NoSuchBucket"), Refused),
        (403, error("AccessDenied"), Refused),
        (301, b"", Refused),
    ],
)
def test_an_error_says_what_to_do(status: int, content: bytes, meaning: type[Exception]) -> None:
    """Nothing there, gone, wrong, later, full, or for the operator; a 200 may be an error, too."""
    with pytest.raises(meaning):
        read_answer(status, content)


def test_a_document_is_read_whatever_its_namespace() -> None:
    """Stores differ in their namespaces, and a copy that took long begins with blanks."""
    for namespace in ("", " xmlns='http://s3.amazonaws.com/doc/2006-03-01/'"):
        content = f"   <?xml version='1.0'?><R{namespace}><ETag>&quot;x&quot;</ETag><P><N>1</N></P><P><N>2</N></P></R>"
        answer = read_answer(200, content.encode())
        assert (answer.text("ETag"), answer.text("Missing")) == ('"x"', "")
        assert [part.text("N") for part in answer.all("P")] == ["1", "2"]
