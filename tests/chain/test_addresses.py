"""Addresses: what is paid, and what is refused before anybody pays."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.chain.addresses import (
    AddressRefused,
    address_of,
    hash160,
    is_p2pkh,
    is_p2sh,
    meta_id,
    p2pkh,
    read_address,
)
from penstock.model.chain import Network

DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MAIN, TEST = (Network.MAINNET, Network.EMBEDDED_MAINNET), (Network.TESTNET, Network.EMBEDDED_TESTNET)
P2PKH = dict.fromkeys(MAIN, b"\x00") | dict.fromkeys(TEST, b"\x6f")
P2SH = dict.fromkeys(MAIN, b"\x05") | dict.fromkeys(TEST, b"\xc4")
OTHER = dict.fromkeys(MAIN, Network.TESTNET) | dict.fromkeys(TEST, Network.MAINNET)
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
GENESIS_DIGEST = bytes.fromhex("62e907b15cbf27d5425399ebf6f0fb50ebb88f18")

networks = st.sampled_from(Network)
digests = st.binary(min_size=20, max_size=20) | st.integers(0, 20).map(
    lambda zeros: bytes(zeros) + b"\xff" * (20 - zeros)
)


def base58check(payload: bytes) -> str:
    """As it is defined: the base-58 digits of payload and checksum, and a 1 for each zero byte in front."""
    whole = payload + sha256(sha256(payload).digest()).digest()[:4]
    number, digits = int.from_bytes(whole, "big"), []
    while number > 0:
        digits.append(DIGITS[number % 58])
        number //= 58
    zeros = next((index for index, byte in enumerate(whole) if byte), len(whole))
    return "1" * zeros + "".join(reversed(digits))


@given(digests, networks)
def test_an_address_is_read(digest: bytes, network: Network) -> None:
    """Every address of a network is read as the script that pays it."""
    text = base58check(P2PKH[network] + digest)
    address = read_address(text, network)
    assert (address.text, address.script) == (text, b"\x76\xa9\x14" + digest + b"\x88\xac")
    assert is_p2pkh(address.script)
    assert not is_p2sh(address.script)


@given(st.binary(min_size=33, max_size=65), networks)
def test_the_address_of_a_key(public: bytes, network: Network) -> None:
    """The address of a key is written as everybody writes it, and read back."""
    address = address_of(public, network)
    assert address.text == base58check(P2PKH[network] + hash160(public))
    assert read_address(address.text, network) == address


@given(digests, networks)
def test_the_other_network(digest: bytes, network: Network) -> None:
    """An address of a testnet is refused on a mainnet, and the other way round."""
    with pytest.raises(AddressRefused):
        read_address(base58check(P2PKH[OTHER[network]] + digest), network)


@pytest.mark.parametrize("network", Network)
def test_every_network_has_its_prefixes(network: Network) -> None:
    """An embedded network has the prefixes of the real one that it stands for."""
    assert network.is_testnet is (P2PKH[network] == b"\x6f")


@given(digests, networks)
def test_p2sh(digest: bytes, network: Network) -> None:
    """A P2SH address is refused as what it is: paying it is invalid by consensus."""
    with pytest.raises(AddressRefused, match="P2SH"):
        read_address(base58check(P2SH[network] + digest), network)
    with pytest.raises(AddressRefused):
        read_address(base58check(P2SH[OTHER[network]] + digest), network)


@given(digests, networks, st.data())
def test_one_character_changed(digest: bytes, network: Network, data: st.DataObject) -> None:
    """An address with one character changed, lost or added is refused."""
    text = base58check(P2PKH[network] + digest)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[at]))
    for wrong in (text[:at] + other + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + other + text[at:]):
        with pytest.raises(AddressRefused):
            read_address(wrong, network)


@given(st.binary(max_size=40).filter(lambda payload: len(payload) != 21), networks)
def test_another_length(payload: bytes, network: Network) -> None:
    """What is well written but has not the length of an address is refused."""
    with pytest.raises(AddressRefused):
        read_address(base58check(payload), network)


@given(st.text(max_size=80) | st.text(DIGITS, max_size=80), networks)
def test_no_address(text: str, network: Network) -> None:
    """Any other text is refused, and nothing else happens."""
    with pytest.raises(AddressRefused):
        read_address(text, network)


@pytest.mark.parametrize("text", ["1" * 100_000, "z" * 1_000_000, f" {GENESIS}", f"{GENESIS}\n", f"bitcoin:{GENESIS}"])
def test_far_from_an_address(text: str) -> None:
    """What is endless, or has anything around it, is refused."""
    with pytest.raises(AddressRefused):
        read_address(text, Network.MAINNET)


@pytest.mark.parametrize(
    ("text", "network", "digest"),
    [
        (GENESIS, Network.MAINNET, GENESIS_DIGEST),
        ("mpXwg4jMtRhuSpVq4xS3HFHmCmWp9NyGKt", Network.TESTNET, GENESIS_DIGEST),
        ("1111111111111111111114oLvT2", Network.MAINNET, bytes(20)),
        ("1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", Network.MAINNET, "751e76e8199196d454941c45d1b3a323f1433bd6"),
    ],
)
def test_known_addresses(text: str, network: Network, digest: bytes | str) -> None:
    """Addresses that everybody knows are what everybody knows them to be."""
    known = digest if isinstance(digest, bytes) else bytes.fromhex(digest)
    assert read_address(text, network).script == p2pkh(known)


def test_the_first_key() -> None:
    """The key with the secret 1 has its well-known addresses, compressed and not."""
    x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    y = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
    assert address_of(bytes.fromhex("02" + x), Network.MAINNET).text == "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"
    assert address_of(bytes.fromhex("04" + x + y), Network.MAINNET).text == "1EHNa6Q4Jz2uvNExL497mE43ikXhwF6kZm"


def test_meta_id() -> None:
    """The MetaID of an address is the SHA-256 of its text."""
    assert meta_id(GENESIS) == "31a9d2e8a70a091d65a58d2a08f8833abf5e8fa1d741c5400c538c38668cb83e"
