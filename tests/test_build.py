"""The native half is built where it can be, and nobody's build fails where it cannot."""

import ctypes
import shutil
from pathlib import Path
from typing import Any

import hatch_build
import pytest
from hatch_build import MultibufferHook

ROOT = Path(__file__).parents[1]


@pytest.fixture
def hook(tmp_path: Path) -> MultibufferHook:
    """A hook at work on a copy."""
    copy = tmp_path / hatch_build.SOURCE
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / hatch_build.SOURCE, copy)
    nothing: Any = None
    return MultibufferHook(str(tmp_path), {}, nothing, nothing, str(tmp_path), "wheel")


def built(hook: MultibufferHook) -> dict[str, Any]:
    data: dict[str, Any] = {"pure_python": True, "artifacts": []}
    hook.initialize("standard", data)
    return data


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_with_a_compiler(hook: MultibufferHook, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is beside its source and in the wheel, which is for this platform and any Python."""
    monkeypatch.delenv("CC", raising=False)
    data = built(hook)
    assert ctypes.CDLL(str(Path(hook.root, hatch_build.LIBRARY))).md5_widest() in {2, 8, 16}
    assert data["artifacts"] == [hatch_build.LIBRARY]
    assert data["tag"].startswith("py3-none-linux_")
    assert data["pure_python"] is False


@pytest.mark.parametrize("compiler", ["no-such-compiler -pthread", "false"])
def test_without_one(hook: MultibufferHook, monkeypatch: pytest.MonkeyPatch, compiler: str) -> None:
    """The wheel is pure, and nothing that was built before is left in it."""
    Path(hook.root, hatch_build.LIBRARY).write_bytes(b"old")
    monkeypatch.setenv("CC", compiler)
    assert built(hook) == {"pure_python": True, "artifacts": []}
    assert not Path(hook.root, hatch_build.LIBRARY).exists()
