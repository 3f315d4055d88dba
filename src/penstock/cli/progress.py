"""How far a long command is: shown on standard error where a person looks on. What takes hours tells it in lines
elsewhere; nothing else does.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from penstock.ports import Stage


def progress(what: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """A bar, told how many bytes are done, and of how many."""
    return _bar(what, DownloadColumn())


def counted(what: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """A bar, told how many are done, and of how many."""
    return _bar(what, MofNCompleteColumn())


@contextmanager
def _bar(what: str, amount: ProgressColumn) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn(what), BarColumn(), amount, TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def steps() -> Iterator[Callable[[str, int], None]]:
    """A line, told what is being done and how often that was done so far."""
    console = Console(stderr=True, highlight=False)
    with console.status("") as status:
        yield lambda step, count: status.update(f"{step}: {count}" if count else step)


def stages() -> AbstractContextManager[Stage]:
    """A bar for work in stages, told which it is, how many bytes of it are done, and of how many; a line for each tenth
    where nobody looks on.
    """
    return _stages(DownloadColumn())


def counted_stages() -> AbstractContextManager[Stage]:
    """As `stages`, told of numbers."""
    return _stages(MofNCompleteColumn())


@contextmanager
def _stages(amount: ProgressColumn) -> Iterator[Stage]:
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ("", -1)

    def __call__(self, stage: str, done: int, total: int) -> None:
        tenths = done * 10 // total if total else 10
        if (stage, tenths) != self._last:
            self._last = stage, tenths
            self._console.print(f"{stage}: {tenths * 10} %")
