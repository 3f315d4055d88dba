"""Who calls, by address."""

import pytest
from structlog.testing import capture_logs

from penstock.http.routing.clients import Proxies
from penstock.model.address import SharedAddress
from tests.http.routing.requests import request_from


@pytest.mark.parametrize(
    ("peer", "headers", "address", "shared"),
    [
        ("192.0.2.1", {}, "192.0.2.1", False),
        ("192.0.2.1", {"x-forwarded-for": "203.0.113.9"}, "192.0.2.1", True),
        ("192.0.2.1", {"x-forwarded-proto": "https"}, "192.0.2.1", True),
        ("192.0.2.1", {"forwarded": "for=203.0.113.9"}, "192.0.2.1", True),
        ("127.0.0.1", {"x-real-ip": "203.0.113.9"}, "127.0.0.1", True),
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.9"}, "203.0.113.9", False),
        ("10.0.0.1", {"via": "1.1 proxy"}, "10.0.0.1", False),
    ],
)
def test_an_address_may_be_many_peoples(peer: str, headers: dict[str, str], address: str, shared: bool) -> None:
    """Headers of a proxy that is not trusted move nobody, but tell that others may come from there too."""
    origin = Proxies(("10.0.0.0/8",)).origin(request_from(peer, headers.items()))
    assert (origin, isinstance(origin, SharedAddress)) == (address, shared)


def test_the_log_tells_of_an_undeclared_proxy() -> None:
    """Once in a while the log names a proxy that is not declared, however many requests come through it."""
    proxies = Proxies(())
    with capture_logs() as lines:
        for _ in range(3):
            proxies.origin(request_from("192.0.2.1", [("X-Forwarded-For", "203.0.113.9")]))
        proxies.origin(request_from("192.0.2.2"))
    [line] = lines
    assert (line["log_level"], line["peer"]) == ("warning", "192.0.2.1")
    assert "trusted_proxies" in line["event"]
