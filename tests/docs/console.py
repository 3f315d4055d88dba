"""Runs the console blocks of a page as one shell session and holds what they print against what the page says."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MARK = "@@@ end of command @@@"


@dataclass(frozen=True)
class Command:
    """One command of a page, and the lines it is said to print; `…` stands for anything within a line."""

    line: int
    command: str
    expected: list[str]


def commands(page: str) -> list[Command]:
    """Every command in the page's console blocks, in order."""
    found: list[Command] = []
    inside = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append(Command(number, line[2:], []))
        elif inside:
            found[-1].expected.append(line)
    return found


def run(page: Path, folder: Path, environment: dict[str, str], replace: dict[str, str]) -> None:
    """Run the page's commands in `folder`; fail at the first whose output differs."""
    text = page.read_text()
    for old, new in replace.items():
        text = text.replace(old, new)
    wanted = commands(text)
    script = "\n".join(f"{step.command}\necho '{MARK}'" for step in wanted)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    printed = done.stdout.split(f"{MARK}\n")
    for step, output in zip(wanted, printed, strict=False):
        assert _fits(step.expected, output.splitlines()), (
            f"{page.name}:{step.line}: $ {step.command}\nprinted: {output}\n{done.stderr}"
        )
    assert len(printed) == len(wanted) + 1, done.stderr


def _fits(expected: list[str], printed: list[str]) -> bool:
    return len(expected) == len(printed) and all(
        re.fullmatch(".*".join(map(re.escape, line.split("…"))), actual)
        for line, actual in zip(expected, printed, strict=True)
    )
