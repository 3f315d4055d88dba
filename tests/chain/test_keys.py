"""The wallet's key, held to a published vector."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.chain.keys import WalletKey
from penstock.chain.transaction import ALL_FORKID

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

# RFC 6979 over secp256k1, as the test vectors of several wallets have it: key, message, and R and S of the signature.
VECTORS = [
    (
        1,
        b"Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    ),
    (
        1,
        b"All those moments will be lost in time, like tears in rain. Time to die...",
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
        "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
    ),
]


def numbers(unlocking: bytes) -> tuple[int, int]:
    """R and S of the signature that an unlocking script begins with (DER: X.690 §8)."""
    der = unlocking[1 : 1 + unlocking[0] - 1]
    assert (der[0], der[1], der[2]) == (0x30, len(der) - 2, 0x02)
    r, rest = der[4 : 4 + der[3]], der[4 + der[3] :]
    assert (rest[0], rest[1]) == (0x02, len(rest) - 2)
    return int.from_bytes(r), int.from_bytes(rest[2:])


@pytest.mark.parametrize(("key", "message", "r", "s"), VECTORS)
def test_a_published_signature(key: int, message: bytes, r: str, s: str) -> None:
    """With the published key the published signature comes out: the nonce is RFC 6979's, and S is low."""
    unlocking = WalletKey(key.to_bytes(32)).unlock(sha256(message).digest())
    assert numbers(unlocking) == (int(r, 16), int(s, 16))
    assert unlocking[unlocking[0]] == ALL_FORKID


@given(st.integers(1, ORDER - 1), st.binary(min_size=32, max_size=32))
def test_every_signature_is_low_and_repeatable(key: int, digest: bytes) -> None:
    """Whatever is signed by whatever key, S is in the lower half, and signing again gives the same bytes."""
    wallet = WalletKey(key.to_bytes(32))
    unlocking = wallet.unlock(digest)
    assert 0 < numbers(unlocking)[1] <= ORDER // 2
    assert wallet.unlock(digest) == unlocking


@pytest.mark.parametrize("secret", [0, ORDER, ORDER + 1, (1 << 256) - 1])
def test_what_is_no_key_is_refused(secret: int) -> None:
    """Numbers outside the curve's order are no keys."""
    with pytest.raises(ValueError, match="private key"):
        WalletKey(secret.to_bytes(32))
