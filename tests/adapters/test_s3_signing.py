"""Addresses and signatures of an S3 store."""

from collections.abc import Mapping
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from botocore import auth
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials

from penstock.adapters.s3 import Bucket, StoreAddress, store_address
from penstock.adapters.s3.signing import LONGEST, presigner, signed_headers
from penstock.crc64 import crc_of, joined, written

NOW = 1_800_000_000.0
KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize("token", [None, "a/token+of=some sort"])
@pytest.mark.parametrize(
    ("method", "headers", "query"),
    [
        ("PUT", {}, {}),
        ("PUT", {"content-length": "5242880"}, {}),
        ("GET", {}, {"response-content-type": "text/x; q=1", "response-content-disposition": 'inline; filename="ä&?"'}),
    ],
)
def test_an_address_is_signed_as_botocore_signs_it(
    method: str, headers: Mapping[str, str], query: Mapping[str, str], token: str | None
) -> None:
    """Our signature of an address is that of botocore's signer of queries."""
    url = "http://127.0.0.1:8333/bucket/some%20prefix/staging/0b5c/7"
    ours = presigner(ReadOnlyCredentials(*KEYS, token), "eu-central-1", NOW).sign(
        method, url, 600, headers=headers, query=query
    )
    request = AWSRequest(method, f"{url}?{urlencode(query)}" if query else url, dict(headers))
    with patch.object(auth, "get_current_datetime", lambda *_: datetime.fromtimestamp(NOW, UTC).replace(tzinfo=None)):
        S3SigV4QueryAuth(Credentials(*KEYS, token), "s3", "eu-central-1", expires=600).add_auth(request)
    signature = request.url.rpartition("X-Amz-Signature=")[2]
    assert ours.endswith(f"&X-Amz-Signature={signature}")


def test_no_address_is_signed_for_longer_than_s3_takes() -> None:
    """A longer time is a week."""
    signed = presigner(ReadOnlyCredentials(*KEYS, None), "r", NOW).sign("PUT", "http://s/b/k", 30 * 86400)
    assert f"X-Amz-Expires={LONGEST}&" in signed


def test_a_body_is_not_signed() -> None:
    """A request's head is signed before a byte of its body is known."""
    headers = signed_headers(ReadOnlyCredentials(*KEYS, "token"), "r", "PUT", "http://s/b/k?partNumber=1", {})
    assert headers["X-Amz-Content-SHA256"] == "UNSIGNED-PAYLOAD"
    assert headers["X-Amz-Security-Token"] == "token"
    assert "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token" in headers["Authorization"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://bucket", StoreAddress("bucket")),
        (
            "s3://bucket/a/b/?endpoint=http://127.0.0.1:1/&region=x",
            StoreAddress("bucket", "a/b/", "http://127.0.0.1:1", "x"),
        ),
        ("s3://bucket?public=https://files.example/s3/", StoreAddress("bucket", public="https://files.example/s3")),
        ("s3://bucket?public=off", StoreAddress("bucket", public="off")),
        ("s3://my.bucket?region=eu-west-1", StoreAddress("my.bucket", region="eu-west-1")),
    ],
)
def test_a_store_is_named(text: str, address: StoreAddress) -> None:
    """A bucket, perhaps a prefix, an endpoint and a region."""
    assert store_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "http://bucket",
        "s3://",
        "s3:///prefix",
        "s3://key:secret@bucket",
        "s3://b?endpoint=ftp://x",
        "s3://b?acl=public",
        "s3://b?public=here",
        "s3://b?region",
        "bucket",
    ],
)
def test_what_names_no_store(text: str) -> None:
    """Anything else is refused, such as options that nobody would heed."""
    with pytest.raises(ValueError, match=r"s3|endpoint|bad query|region|public"):
        store_address(text)


def test_checksums_of_parts_make_that_of_the_whole() -> None:
    """The CRC of bytes in a row follows from the CRC and the length of each; of an unknown one, nothing does."""
    whole = b"123456789"
    assert crc_of(whole) == 0xAE8B14860A799888  # the check value of CRC-64/NVME
    assert joined([(crc_of(whole[:4]), 4), (crc_of(b""), 0), (crc_of(whole[4:]), 5)]) == crc_of(whole)
    assert joined([(crc_of(whole), 9), (None, 1)]) is None
    assert written(crc_of(whole)) == "rosUhgp5mIg="


@pytest.mark.parametrize(
    ("public", "expected"),
    [(None, "http://inside:1/bucket/p/key"), ("https://out.example/s3", "https://out.example/s3/bucket/p/key")],
)
async def test_clients_get_the_address_by_which_they_reach_the_store(
    public: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be another one than the nodes use; where there is none, nothing is offered."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    bucket = Bucket(StoreAddress("bucket", "p/", "http://inside:1", "x", public))
    presigning = await bucket.presigner()
    assert presigning is not None
    assert presigning[1]("key") == expected
    await bucket.close()
    hidden = Bucket(StoreAddress("bucket", "p/", "http://inside:1", "x", "off"))
    assert await hidden.presigner() is None
    await hidden.close()
