"""The wallet's secret in the data folder."""

import json
import multiprocessing
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.adapters.disk import DiskVault
from penstock.ports import WalletLocked

SECRET = bytes(range(100, 132))
PASSPHRASE = "correct horse 电池 staple"


def make() -> bytes:
    return secrets.token_bytes(32)


def vault(folder: Path, passphrase: str = PASSPHRASE, new: Callable[[], bytes] = lambda: SECRET) -> DiskVault:
    return DiskVault(folder, passphrase, new)


def open_here(folder: Path, passphrase: str) -> bytes:
    """What another process does."""
    return DiskVault(folder, passphrase, make).read()


passphrases = pytest.mark.parametrize("passphrase", ["", PASSPHRASE], ids=["clear", "sealed"])


@passphrases
async def test_the_secret_is_made_once(tmp_path: Path, passphrase: str) -> None:
    """The first use makes a secret, later uses find it."""
    assert not await vault(tmp_path, passphrase).exists()
    assert vault(tmp_path, passphrase).read() == SECRET
    assert await vault(tmp_path, passphrase, make).exists()
    assert vault(tmp_path, passphrase, make).read() == SECRET


@passphrases
def test_the_file_is_its_owners_alone(tmp_path: Path, passphrase: str) -> None:
    """Nobody else reads the file, and nothing else is left behind."""
    vault(tmp_path, passphrase).read()
    [file] = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("wallet.json", 0o600)


@passphrases
def test_processes_that_start_together_share_one_secret(tmp_path: Path, passphrase: str) -> None:
    """Of many first uses at once, one makes the secret and all have it."""
    with ProcessPoolExecutor(8, mp_context=multiprocessing.get_context("spawn")) as processes:
        found = list(processes.map(open_here, [tmp_path] * 16, [passphrase] * 16))
    assert len(set(found)) == 1
    assert len(list(tmp_path.iterdir())) == 1


@passphrases
def test_threads_that_start_together_share_one_secret(tmp_path: Path, passphrase: str) -> None:
    """Of many first uses in one process, one makes the secret and all have it."""
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(open_here, [tmp_path] * 16, [passphrase] * 16))
    assert len(set(found)) == 1


def test_a_sealed_secret_cannot_be_read(tmp_path: Path) -> None:
    """With a passphrase the secret is nowhere in the file, in no spelling, and neither is the passphrase."""
    vault(tmp_path).read()
    content = (tmp_path / "wallet.json").read_bytes()
    sealed = b64decode(json.loads(content)["sealed"])
    for hidden in (SECRET, PASSPHRASE.encode()):
        for spelling in (hidden, hidden.hex().encode(), b64encode(hidden).rstrip(b"=")):
            assert spelling not in content
            assert spelling not in sealed


def test_the_same_secret_is_sealed_differently_each_time(tmp_path: Path) -> None:
    """Two files of the same secret under the same passphrase have nothing in common."""
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        vault(tmp_path / name).read()
        files.append(b64decode(json.loads((tmp_path / name / "wallet.json").read_text())["sealed"]))
    one, two = files
    assert not {one[at : at + 8] for at in range(len(one))} & {two[at : at + 8] for at in range(len(two) - 7)}


@pytest.mark.parametrize("passphrase", ["", "wrong", PASSPHRASE + " ", PASSPHRASE.upper()])
def test_the_wrong_passphrase(tmp_path: Path, passphrase: str) -> None:
    """Without the passphrase the wallet stays locked, and as it is."""
    vault(tmp_path).read()
    before = (tmp_path / "wallet.json").read_bytes()
    with pytest.raises(WalletLocked):
        vault(tmp_path, passphrase, make).read()
    assert (tmp_path / "wallet.json").read_bytes() == before
    assert vault(tmp_path).read() == SECRET


def test_a_passphrase_that_comes_later(tmp_path: Path) -> None:
    """The first use with a passphrase seals a secret that was in the clear; from then on it is needed."""
    vault(tmp_path, "").read()
    assert vault(tmp_path, PASSPHRASE, make).read() == SECRET
    [file] = tmp_path.iterdir()
    content = file.read_bytes()
    assert SECRET not in content
    assert b64encode(SECRET).rstrip(b"=") not in content
    assert file.stat().st_mode & 0o777 == 0o600
    assert vault(tmp_path, PASSPHRASE, make).read() == SECRET
    with pytest.raises(WalletLocked):
        vault(tmp_path, "").read()


@pytest.mark.parametrize("place", range(0, 76, 5))
def test_a_changed_bit(tmp_path: Path, place: int) -> None:
    """A bit that changed anywhere, in the salt, the nonce, the tag or the secret, is noticed."""
    vault(tmp_path).read()
    file = tmp_path / "wallet.json"
    sealed = bytearray(b64decode(json.loads(file.read_text())["sealed"]))
    assert len(sealed) == 76
    sealed[place] ^= 1
    file.write_text(json.dumps({"sealed": b64encode(sealed).decode()}))
    with pytest.raises(WalletLocked):
        vault(tmp_path, PASSPHRASE, make).read()


DAMAGED: dict[str, Callable[[str], str]] = {
    "a letter": lambda text: text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
    "no letter": lambda text: text[:40] + "!" + text[41:],
    "a letter is missing": lambda text: text[:40] + text[41:],
    "four letters are missing": lambda text: text[:40] + text[44:],
    "beyond ASCII": lambda text: text[:40] + "é" + text[41:],
    "cut": lambda text: text[:40],
    "no sealed text": lambda text: '{"sealed": ""}',
    "no text but a number": lambda text: '{"sealed": 17}',
    "neither sealed nor clear": lambda text: "{}",
    "a list": lambda text: "[]",
    "no JSON": lambda text: "wallet",
    "empty": lambda text: "",
    "a clear secret that is no base64": lambda text: '{"secret": "x"}',
    "a clear secret that is too short": lambda text: '{"secret": "eHh4"}',
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file(tmp_path: Path, damage: Callable[[str], str]) -> None:
    """A file that is not what was written opens nothing, and is neither replaced nor changed."""
    vault(tmp_path).read()
    file = tmp_path / "wallet.json"
    file.write_text(damage(file.read_text()))
    before = file.read_bytes()
    with pytest.raises(WalletLocked):
        vault(tmp_path, PASSPHRASE, make).read()
    assert file.read_bytes() == before
