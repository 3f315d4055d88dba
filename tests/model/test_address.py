"""Which addresses are the public internet's."""

import pytest

from penstock.model.address import is_public, literal_address, without_password
from penstock.model.faults import InputInvalid
from penstock.model.webhook import check_url

PRIVATE = """
0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.1.2.3 169.254.169.254 172.16.0.1 192.0.0.8 192.0.2.1 192.168.1.1 198.18.0.1
203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::808:808 2002:7f00:1::
2002:a00:1:: 2001:db8::1 2001:0:4136:e378:8000:63bf:80ff:fffe fc00::1 fd00::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
100::1
"""
PUBLIC = "1.1.1.1 8.8.8.8 172.32.0.1 192.169.0.1 2606:4700::1111 64:ff9b::808:808 ::ffff:8.8.8.8 2002:808:808::"


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private(address: str) -> None:
    """Those of this machine, of private networks, of links, groups and tests are none, however they are wrapped."""
    found = literal_address(address)
    assert found is not None
    assert not is_public(found)
    if "%" not in address:
        host = f"[{address}]" if ":" in address else address
        with pytest.raises(InputInvalid):
            check_url(f"https://{host}/", private=False)
        assert check_url(f"https://{host}/", private=True)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public(address: str) -> None:
    """Others are."""
    found = literal_address(address)
    assert found is not None
    assert is_public(found)
    assert check_url(f"https://{f'[{address}]' if ':' in address else address}/", private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https://user@example.com/",
        "https://:password@example.com/",
        "https://example.com/#there",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://exämple.com/",
        "https://example.com/a b",
        "https://example.com/\r\nHost: b",
        "http://localhost/",
        "https://example.com/" + "x" * 2048,
    ],
)
def test_no_address(url: str) -> None:
    """What cannot be called, or hides something, is refused."""
    with pytest.raises(InputInvalid):
        check_url(url, private=False)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hush@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:p@ss@h/db", "postgresql://u:***@h/db"),
        ("postgresql://h/db?user=u&password=hush", "postgresql://h/db?user=u&password=***"),
        ("https://hooks.example/x?access_token=hush&a=b", "https://hooks.example/x?access_token=***&a=b"),
        ("s3://bucket/prefix?region=a", "s3://bucket/prefix?region=a"),
        ("https://example/a@b", "https://example/a@b"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    """Wherever it stands in a URL, and whatever is in it."""
    assert without_password(url) == shown
