"""Addresses: base58check, the prefixes of each network, and the scripts that pay them."""

from hashlib import sha256

from Crypto.Hash import RIPEMD160

from penstock.model.chain import Address, Network

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_LENGTH = 64
"""More characters than any address has: decoding costs the square of them."""

_P2PKH = {False: 0x00, True: 0x6F}
_P2SH = {False: 0x05, True: 0xC4}
"""The prefixes of addresses, by whether they are the testnet's."""


class AddressRefused(ValueError):
    """Nothing can be paid to this address; the text says why."""


def read_address(text: str, network: Network) -> Address:
    """The address of this text. Raises `AddressRefused` for what is none of this network, and for P2SH: paying that is
    invalid by consensus.
    """
    payload = _decode(text)
    if len(payload) != 21:
        raise AddressRefused("not an address")
    if payload[0] == _P2SH[network.is_testnet]:
        raise AddressRefused("a P2SH address, which this chain cannot pay")
    if payload[0] != _P2PKH[network.is_testnet]:
        raise AddressRefused(f"not an address of {network}")
    return Address(text, p2pkh(payload[1:]))


def address_of(public_key: bytes, network: Network) -> Address:
    """The address that a public key can spend from."""
    digest = hash160(public_key)
    return Address(_encode(bytes([_P2PKH[network.is_testnet]]) + digest), p2pkh(digest))


def address_paid(script: bytes, network: Network) -> Address:
    """The address that a P2PKH script pays."""
    return Address(_encode(bytes([_P2PKH[network.is_testnet]]) + script[3:23]), script)


def meta_id(address: str) -> str:
    """The MetaID of an address: the SHA-256 of its text, in lowercase hex."""
    return sha256(address.encode()).hexdigest()


def p2pkh(digest: bytes) -> bytes:
    """The script that pays the holder of the key with this hash."""
    return b"\x76\xa9\x14" + digest + b"\x88\xac"


def is_p2pkh(script: bytes) -> bool:
    """Whether a script pays a key's hash."""
    return len(script) == 25 and script.startswith(b"\x76\xa9\x14") and script.endswith(b"\x88\xac")


def is_p2sh(script: bytes) -> bool:
    """Whether a script pays a script's hash."""
    return len(script) == 23 and script.startswith(b"\xa9\x14") and script.endswith(b"\x87")


def hash160(message: bytes) -> bytes:
    """RIPEMD-160 of SHA-256."""
    return RIPEMD160.new(sha256(message).digest()).digest()


def _encode(payload: bytes) -> str:
    whole = payload + _checksum(payload)
    number, digits = int.from_bytes(whole, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + digits


def _decode(text: str) -> bytes:
    if not 0 < len(text) <= _MAX_LENGTH:
        raise AddressRefused("not an address")
    number = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise AddressRefused("not base58")
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    whole = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, check = whole[:-4], whole[-4:]
    if _checksum(payload) != check:
        raise AddressRefused("its checksum is wrong")
    return payload


def _checksum(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:4]
