"""How far a long command is: shown on standard error where a person looks on, and nowhere else."""

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
