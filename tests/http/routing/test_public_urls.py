"""What absolute addresses begin with."""

import pytest

from penstock.http.routing.clients import Proxies
from penstock.http.routing.public_urls import PublicUrls
from tests.http.routing.requests import request_from


@pytest.mark.parametrize(
    ("public", "cdn", "proxies", "client", "headers", "calls", "files"),
    [
        ("", "", (), "192.0.2.1", {"host": "a:8080"}, "http://a:8080", "http://a:8080"),
        ("https://p/", "", (), "192.0.2.1", {"host": "a"}, "https://p", "https://p"),
        ("", "https://c/", (), "192.0.2.1", {"host": "a"}, "http://a", "https://c"),
        ("", "", ("192.0.2.0/24",), "192.0.2.1", {"host": "a", "x-forwarded-host": "b"}, "http://b", "http://b"),
        ("", "", ("192.0.2.0/24",), "192.0.2.1", {"host": "a", "x-forwarded-proto": "https"}, "https://a", "https://a"),
        ("", "", ("::1/128",), "192.0.2.1", {"host": "a", "x-forwarded-host": "b"}, "http://a", "http://a"),
        ("", "", ("0.0.0.0/0",), None, {"host": "a", "x-forwarded-host": "b"}, "http://a", "http://a"),
        ("", "", ("0.0.0.0/0",), "192.0.2.1", {"x-forwarded-host": "b, c"}, "http://c", "http://c"),
        ("", "", ("0.0.0.0/0",), "192.0.2.1", {"host": "a", "x-forwarded-host": "c/<b>"}, "http://a", "http://a"),
        (
            "",
            "",
            ("0.0.0.0/0",),
            "192.0.2.1",
            {"host": "a", "x-forwarded-proto": "evil, https"},
            "https://a",
            "https://a",
        ),
        ("", "", ("0.0.0.0/0",), "192.0.2.1", {"host": "a", "x-forwarded-proto": "javascript"}, "http://a", "http://a"),
        ("", "", ("192.0.2.1/32",), "::ffff:192.0.2.1", {"host": "a", "x-forwarded-host": "b"}, "http://b", "http://b"),
        ("", "", (), "192.0.2.1", {}, "http://s:80", "http://s:80"),
    ],
)
def test_forwarded_headers_count_only_from_trusted_proxies(
    public: str, cdn: str, proxies: tuple[str, ...], client: str | None, headers: dict[str, str], calls: str, files: str
) -> None:
    """The setting goes first, then what a trusted proxy added, if it may stand in an address, then the request's Host,
    then where it reached us.
    """
    public_urls = PublicUrls(public, cdn, "", Proxies(proxies))
    request = request_from(client, headers.items())
    assert (public_urls.of_calls(request), public_urls.of_files(request)) == (calls, files)
