"""Takes from a process every call that makes or uses a socket (seccomp(2)): Landlock knows TCP alone.

Linux alone can do it, on the architectures below. It is one way, for every thread of the process.
"""

import ctypes
import os
import struct
from collections.abc import Sequence

_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_SET_FILTER, _ALL_THREADS = 1, 1  # linux/seccomp.h
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # with EPERM
_X32 = 0x40000000  # from here on the numbers of a second interface on x86-64

_GENERIC = (198, 199, 200, 201, 202, 203, 206, 211, 242, 269, 117, 270, 271)
"""socket, socketpair, bind, listen, accept, connect, sendto, sendmsg, accept4, sendmmsg; ptrace, process_vm_readv and
_writev, by which another process would do it for us.
"""
_SAME_EVERYWHERE = (425, 426, 427, 438)
"""io_uring_setup, _enter and _register, which make sockets past every filter; pidfd_getfd, which takes another's."""

_MACHINES = {
    "x86_64": (317, 0xC000003E, (41, 53, 49, 50, 43, 42, 44, 46, 288, 307, 101, 310, 311)),
    "aarch64": (277, 0xC00000B7, _GENERIC),
    "riscv64": (277, 0xC00000F3, _GENERIC),
}
"""The number of seccomp(2), how the kernel names the architecture (linux/audit.h), and the calls above."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_sockets() -> bool:
    """Every such call fails from now on, with EPERM; false when the kernel cannot do it."""
    known = _MACHINES.get(os.uname().machine)
    if known is None or struct.calcsize("P") != 8:
        return False
    number, architecture, calls = known
    code = _compiled(architecture, (*calls, *_SAME_EVERYWHERE))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    program = _Program(len(code) // 8, code)
    refused: int = libc.syscall(number, _SET_FILTER, _ALL_THREADS, ctypes.byref(program))
    return refused == 0


def _compiled(architecture: int, calls: Sequence[int]) -> bytes:
    """The filter for the kernel's virtual machine. Calls by another architecture's numbers are refused, too."""
    last = len(calls) + 5  # where the refusal stands
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, last - 2, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, last - 4, 0, _X32),
        *((_IF_EQUAL, last - 5 - at, 0, call) for at, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
