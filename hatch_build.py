"""Builds the native half of `penstock.multibuffer` where there is a C compiler, or a pure wheel."""

import os
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "src/penstock/multibuffer/md5.c"
LIBRARY = "src/penstock/multibuffer/md5.so"
FLAGS = ("-O3", "-fPIC", "-shared")


class MultibufferHook(BuildHookInterface[Any]):
    """Compiles one file. It knows nothing of Python, so one wheel serves every version of it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the library beside its source, where an editable install finds it, and into the wheel."""
        library = Path(self.root, LIBRARY)
        compiler = shlex.split(os.environ.get("CC", "cc"))
        command = [*compiler, *FLAGS, "-o", str(library), str(Path(self.root, SOURCE))]
        try:
            library.unlink(missing_ok=True)  # never written over: a running server keeps the old one
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # the builder's own compiler
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"MD5 without vector lanes: {getattr(error, 'stderr', '') or error}")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data |= {"pure_python": False, "tag": f"py3-none-{platform}"}
        build_data["artifacts"].append(LIBRARY)
