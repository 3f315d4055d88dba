"""The wallet's key, and signatures by it."""

import secrets

from btclib_libsecp256k1 import dsa
from btclib_libsecp256k1 import keys as curve

from penstock.chain.addresses import address_of, hash160, is_p2pkh
from penstock.chain.transaction import (
    ALL_FORKID,
    Input,
    Output,
    Transaction,
    outputs_hash,
    signature_hash,
)
from penstock.model.chain import Address, Network


class WalletKey:
    """A private key, and what it can do."""

    def __init__(self, secret: bytes) -> None:
        """`secret` has 32 bytes. Raises `ValueError` for one that is no key of the curve."""
        self._secret = secret
        self.public = curve.pubkey_from_prvkey(secret)

    def address(self, network: Network) -> Address:
        """Where this key is paid."""
        return address_of(self.public, network)

    def unlock(self, digest: bytes) -> bytes:
        """The script of an input whose `signature_hash` this is. The nonce is RFC 6979's and S is low (BIP 62), so that
        a transaction which is made again is the same to the byte.
        """
        signature = dsa.sign(digest, self._secret) + bytes([ALL_FORKID])
        return bytes([len(signature)]) + signature + bytes([len(self.public)]) + self.public

    def sign(self, unsigned: Transaction, spent: list[Output]) -> Transaction:
        """The transaction with every input signed; `spent` are the outputs that they spend, in their order."""
        outputs = outputs_hash(unsigned.outputs)
        inputs = tuple(
            Input(
                entry.txid,
                entry.vout,
                self.unlock(signature_hash(unsigned.inputs, outputs, index, spent[index].value, spent[index].script)),
            )
            for index, entry in enumerate(unsigned.inputs)
        )
        return Transaction(inputs, unsigned.outputs)


def new_secret() -> bytes:
    """The secret of a new key: 32 random bytes, below the order of the curve but for one chance in 2¹²⁷."""
    return secrets.token_bytes(32)


def unlocks(transaction: Transaction, outputs: bytes, index: int, spent: Output) -> bool:
    """Whether input `index` may spend this P2PKH output; `outputs` as `outputs_hash` gives it. Only low-S signatures
    in strict DER are good.
    """
    pushed = _pushed_pair(transaction.inputs[index].script)
    if pushed is None or not is_p2pkh(spent.script):
        return False
    signature, public = pushed
    if signature[-1:] != bytes([ALL_FORKID]) or hash160(public) != spent.script[3:23]:
        return False
    if (public[0], len(public)) not in {(2, 33), (3, 33), (4, 65)}:
        return False  # the library would take hybrid keys, which the node does not
    digest = signature_hash(
        transaction.inputs, outputs, index, spent.value, spent.script, transaction.version, transaction.locktime
    )
    try:
        return dsa.verify(digest, public, signature[:-1])
    except ValueError:
        return False


def _pushed_pair(script: bytes) -> tuple[bytes, bytes] | None:
    """The two things that an unlocking script pushes, if that is all it does."""
    first = script[0] if script else 0
    second = script[first + 1] if len(script) > first + 1 else 0
    if not (0 < first < 0x4C and 0 < second < 0x4C) or len(script) != first + second + 2:
        return None
    return script[1 : first + 1], script[first + 2 :]
