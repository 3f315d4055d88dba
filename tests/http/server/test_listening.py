"""Where a server listens."""

import socket

import pytest

from cluster.programs import free_port
from penstock.http.server.listening import ListenRefused, host_and_port, listen


def reached(sockets: list[socket.socket], address: str) -> bool:
    """Whether somebody listens at this address."""
    for sock in sockets:
        sock.listen()
    try:
        socket.create_connection((address, sockets[0].getsockname()[1]), 5).close()
    except ConnectionRefusedError:
        return False
    finally:
        for sock in sockets:
            sock.close()
    return True


@pytest.mark.parametrize(
    ("host", "address", "there"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::", "127.0.0.1", True),
        ("::", "::1", True),
        ("::1", "::1", True),
        ("::1", "127.0.0.1", False),
        ("localhost", "127.0.0.1", True),
    ],
)
def test_everywhere_is_everywhere(host: str, address: str, there: bool) -> None:
    """`::` answers IPv4, too; an address of its own answers at that alone."""
    assert reached(listen(host, 0), address) == there


@pytest.mark.parametrize("host", ["127.0.0.1", "no such host", "192.0.2.1"])
def test_an_address_that_cannot_be_had_is_one_plain_line(host: str) -> None:
    """A taken port, a name that is none and an address of somebody else's are told with their reason."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ListenRefused, match=r"^Cannot listen on .*:\d+: .*\.$"):
            listen(host, taken.getsockname()[1])


def test_printed_addresses_have_brackets() -> None:
    """RFC 3986 §3.2.2."""
    assert [host_and_port("::1", 80), host_and_port("h", 80), host_and_port("::", None)] == ["[::1]:80", "h:80", "[::]"]


def test_all_addresses_of_a_host_share_a_port_that_was_chosen() -> None:
    """Port 0 is one port, whatever the host stands for."""
    sockets = listen("localhost", 0)
    assert len({sock.getsockname()[1] for sock in sockets}) == 1
    for sock in sockets:
        sock.close()
    assert free_port()
