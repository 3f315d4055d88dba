"""A worker that goes astray, in the way that its first argument says."""

import os
import sys
import time

from penstock.imaging.wire import FRAME, READY, framed


def main() -> None:
    """Say that all is ready, and then misbehave at every job."""
    how = sys.argv[1]
    if how == "mute":
        return
    os.write(1, READY)
    sys.stdin.buffer.read(FRAME.size)
    match how:
        case "hang":
            time.sleep(1000)
        case "exit":
            sys.exit(3)
        case "babble":
            os.write(1, b"x" * 100_000)
        case "promise":
            os.write(1, framed({"made": [{"format": "png", "width": 1, "height": 1, "size": 1 << 40}]}))
        case "invent":
            os.write(1, framed({"made": [{"format": "exe", "width": 1, "height": 1, "size": 0}]}))
        case "stutter":
            os.write(1, framed({"made": []}))
    time.sleep(1000)


main()
