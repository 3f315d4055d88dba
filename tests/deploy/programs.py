"""Programs that judge what is in deploy/."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.ci import required_in_ci

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
INSTALLED = ROOT / "deploy" / ".cache" / "bin"
"""Where `make test-cluster` installs what takes minutes to build."""


def program(name: str) -> str:
    """The path of a program: installed for this, beside this Python, or of this machine. Without it the test skips."""
    places = [str(INSTALLED), str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    required_in_ci(found is not None, name)
    return str(found)


def judged(*command: str | Path, stdin: str = "") -> str:
    """What a program says that finds nothing wrong."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
