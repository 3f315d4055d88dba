"""A process whose clock is wrong by PENSTOCK_TEST_AHEAD seconds. Python imports this module when its folder stands in
PYTHONPATH, before anything else.

It covers what Python code asks: `time.time`, and so the presigned addresses, the ages of objects, the times in answers,
and what the database's clock begins with. C code (datetime, TLS, the file system) still has the right time.
"""

import os
import time

_right = time.time
_ahead = float(os.environ.get("PENSTOCK_TEST_AHEAD", "0"))


def _wrong() -> float:
    return _right() + _ahead


time.time = _wrong
