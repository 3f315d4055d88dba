"""The index of files' names: single characters, and each two that follow each other.

Neither FTS5's trigrams nor pg_trgm find a word of two characters, which most Chinese words have. An entry is two
numbers: a digest of the fragment and of the owner, and one that stands for the file and grows with its time. So the
entries of one fragment lie side by side, newest last, and what two owners have in common slows neither down. A digest
may stand for several fragments: whoever finds a file by it looks at its name.
"""

import secrets
from functools import lru_cache
from hashlib import blake2b

from penstock.adapters.sql.tx import Tx
from penstock.model.ids import PrincipalId
from penstock.model.names import fragments


def new_number(now: float) -> int:
    """What a file is known by here: the time in milliseconds, and 20 random bits for those of the same one."""
    return int(now * 1000) << 20 | secrets.randbits(20)


@lru_cache(16_384)  # names have much in common: most of a file's fragments were digested for one before
def digest(owner: PrincipalId, fragment: str) -> int:
    """What an owner's fragment is known by: 63 bits."""
    text = f"{owner}\0{fragment}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


async def add_fragments(tx: Tx, owner: PrincipalId, number: int, name: str) -> None:
    """Enter the folded name of the file that has this number."""
    await tx.run_many(_ADD, _entries(owner, number, name))


async def drop_fragments(tx: Tx, owner: PrincipalId, number: int, name: str) -> None:
    """Remove what was entered."""
    await tx.run_many(_DROP, _entries(owner, number, name))


def _entries(owner: PrincipalId, number: int, name: str) -> list[dict[str, int]]:
    return [{"fragment": digest(owner, fragment), "number": number} for fragment in sorted(fragments(name))]


_ADD = "INSERT INTO fragments (fragment, number) VALUES (:fragment, :number) ON CONFLICT DO NOTHING"
_DROP = "DELETE FROM fragments WHERE fragment = :fragment AND number = :number"
