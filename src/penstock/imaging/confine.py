"""What is taken from a worker before it meets a picture: memory, files, the network.

Linux alone can do all of it. Everything is one way: a confined process cannot free itself.
"""

import ctypes
import os
import resource
import struct

from penstock.imaging.fonts import FOLDERS
from penstock.imaging.sockets import refuse_sockets

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_VERSION_ASKED = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_FILE_RIGHTS_SINCE_5 = (1 << 16) - 1
_TCP = 0b11  # bind and connect, since version 4
_SCOPES = 0b11  # abstract sockets and signals, since version 6


def confine(memory: int) -> bool:
    """Leave this process `memory` bytes of address space, no core dump, no socket, and no file that is not open yet.

    Where the kernel has Landlock (5.13) and seccomp, fonts can still be read; True then.
    """
    # Files come last: Landlock's rules are made by opening the folders of fonts. A limit of 0 stops every opening, so
    # that without Landlock or seccomp a drawing has no text, rather than a flaw in a decoder the store's files.
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confined = [_only_fonts(), refuse_sockets()]
    files = 32 if all(confined) else 0  # without either, nothing can be opened at all
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    return all(confined)


def spend(seconds: int) -> None:
    """End this process when it has used this many more seconds of CPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _only_fonts() -> bool:
    """Give up every right on files but to read fonts (landlock(7)), and TCP; False when the kernel cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_ASKED)
    if version < 1:
        return False
    handled = struct.pack(
        "=QQQ",
        _FILE_RIGHTS.get(version, _FILE_RIGHTS_SINCE_5),
        _TCP if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )
    # The kernel refuses fields that it does not know only when they are not zero.
    rules = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if rules < 0:
        return False
    for folder in FOLDERS:
        _allow(libc, rules, folder)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    restricted: int = libc.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)
    return restricted == 0


def _allow(libc: ctypes.CDLL, rules: int, folder: str) -> None:
    opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, opened)
    libc.syscall(_ADD_RULE, rules, 1, rule, 0)
    os.close(opened)
