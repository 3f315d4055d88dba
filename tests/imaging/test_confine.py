"""What a worker cannot do, should a picture ever take it over. Each is tried in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.imaging.wire import READY, Job
from penstock.model.image import EVERY_KIND, MAX_PIXELS, Recipe
from tests.imaging import bombs
from tests.imaging.samples import encoded, noisy
from tests.support.ci import required_in_ci

ATTEMPT = """
import ctypes, io, os, socket, sys
from PIL import Image
from penstock.imaging import confine, drawing, worker
how, folder = sys.argv[1:]
fonts = how not in ("no landlock", "no seccomp")
if how == "no landlock":
    confine._only_fonts = lambda: False
if how in ("no seccomp", "filter that does nothing"):
    confine.refuse_sockets = lambda: how != "no seccomp"
worker._warm_up()
free = socket.socket()  # the kernel must refuse to connect it, too
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
datagrams = socket.socket(type=socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 0))
sending = socket.socket(type=socket.SOCK_DGRAM)
assert confine.confine(1 << 30) is fonts

def refused(attempt, *kinds):
    try:
        attempt()
    except (kinds or (OSError,)):
        return
    sys.exit(f"{attempt} was not refused")

bird = folder + "/bird.png"
refused(lambda: open(bird, "rb"))
refused(lambda: open(folder + "/new", "w"))
refused(lambda: os.listdir(folder))
refused(lambda: open("/etc/passwd"))
refused(lambda: socket.create_connection(address))
for family in socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK:
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW:
        refused(lambda: socket.socket(family, kind))
refused(socket.socketpair)
if how != "no seccomp":
    refused(lambda: free.connect(address))
    refused(lambda: sending.sendto(b"x", datagrams.getsockname()))
    refused(lambda: free.bind(("127.0.0.1", 0)))
    refused(lambda: listener.accept())
io_uring_setup, room = 425, ctypes.create_string_buffer(120)
assert ctypes.CDLL(None).syscall(io_uring_setup, 8, room) < 0
os.close(0)  # a place below every limit on descriptors
refused(lambda: socket.socket(type=socket.SOCK_DGRAM))
refused(lambda: os.execv("/bin/true", ["true"])) if fonts else None
refused(lambda: bytearray(1 << 30), MemoryError)
for name in bird, "../../../../../../../../.." + bird, "bird.png":
    # Straight to resvg, past everything that reads the drawing first.
    png = drawing._drawn(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
                         f'<image href="{name}" width="9" height="9"/></svg>')
    assert Image.open(io.BytesIO(png)).getbbox() is None, name
print("confined")
"""


def attempt(how: str, folder: Path, script: str = ATTEMPT) -> str:
    """Run the attempts in a process confined so; what it says."""
    (folder / "bird.png").write_bytes(encoded(noisy(9, 9), "PNG"))
    command = [sys.executable, "-c", script, how, str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("how", ["no landlock", "no seccomp"])
def test_on_an_older_kernel(how: str, tmp_path: Path) -> None:
    """On any kernel a confined worker opens no file and no socket."""
    assert attempt(how, tmp_path) == "confined\n"


def test_on_this_kernel(tmp_path: Path) -> None:
    """With Landlock and seccomp a confined worker reads fonts, and reaches nothing else: no file, no TCP, no UDP, no
    Unix socket.
    """
    required_in_ci(_landlock(), "Landlock or seccomp")
    assert attempt("all", tmp_path) == "confined\n"


def _landlock() -> bool:
    asked = "from penstock.imaging.confine import confine; print(confine(1 << 30))"
    return subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True).stdout == b"True\n"


def test_the_canary_sings(tmp_path: Path) -> None:
    """Without the confinement resvg does read the file: the attempts above prove something."""
    unconfined = ATTEMPT.replace("assert confine.confine(1 << 30) is fonts", "refused = lambda *_: None")
    unconfined = unconfined.replace("def refused", "def _refused").replace("assert ctypes", "ctypes")
    assert "AssertionError" in attempt("all", tmp_path, unconfined)


def test_the_second_canary_sings(tmp_path: Path) -> None:
    """Without the filter Landlock lets UDP and Unix sockets through: it is the filter that stops them."""
    assert "was not refused" in attempt("filter that does nothing", tmp_path)


def work(seconds: int, drawing: int, *pictures: bytes) -> subprocess.CompletedProcess[bytes]:
    """Have a worker without a server do these jobs."""
    jobs = [Job(len(picture), None, [Recipe()], EVERY_KIND, MAX_PIXELS).framed() + picture for picture in pictures]
    command = [sys.executable, "-m", "penstock.imaging.worker", str(1 << 30), str(seconds), str(drawing)]
    return subprocess.run(command, input=b"".join(jobs), capture_output=True, check=False, timeout=60)


def test_cpu_is_rationed() -> None:
    """A worker that spends more than a job may cost is ended by the kernel, also when its server is gone."""
    done = work(60, 0, bombs.COSTLY["svg of endless filters"])
    assert (done.returncode, done.stdout) == (-signal.SIGXCPU, READY)


def test_nothing_is_said_of_pictures() -> None:
    """What the libraries would print about hostile pictures, in words from inside them, reaches no log of ours."""
    names = ("tiff of broken LZW", "tiff of broken JPEG", "tiff of 60,000 bands", "svg of entities")
    done = work(20, 20, *(bombs.BROKEN[name] for name in names))
    assert (done.returncode, done.stderr, done.stdout.count(b"refused")) == (0, b"", len(names))


@pytest.mark.parametrize("module", ["penstock.imaging.wire", "penstock.adapters.pictures"])
def test_the_server_decodes_nothing(module: str) -> None:
    """The server itself loads neither Pillow nor resvg: no decoder of theirs is in its process."""
    asked = f"import sys, {module}; sys.exit(bool({{'PIL', 'resvg_py'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
