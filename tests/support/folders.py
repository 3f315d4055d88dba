"""Folders for programs that do not run as root: those of pytest are closed to others, again at every start of one."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder() -> Iterator[Path]:
    """An empty folder that is removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="penstock-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
