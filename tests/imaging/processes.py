"""A look at the processes that a pool has started."""

import os
from pathlib import Path


def children(of: int | None = None) -> list[int]:
    """Every worker that this process (or another) has started and that has not ended: workers alone live in `/`."""
    parent = of or os.getpid()
    found = sorted(int(child) for task in Path(f"/proc/{parent}/task").iterdir() for child in _children(task))
    return [child for child in found if _home(child) == "/"]


def _children(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # a thread that has just ended
        return []


def _home(process: int) -> str | None:
    try:
        return os.readlink(f"/proc/{process}/cwd")
    except FileNotFoundError:
        return None


def peak(process: int) -> int:
    """The most memory that a process has held at once, in bytes."""
    [line] = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def ended(process: int) -> bool:
    """Whether a process is gone, or dead and not yet buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def environment(process: int) -> bytes:
    """What a process was told by its environment."""
    return Path(f"/proc/{process}/environ").read_bytes()


def files(process: int) -> list[str]:
    """What a process has open."""
    return [os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir()]
