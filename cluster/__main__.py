"""`python -m cluster up | down`: a cluster for trying, which goes on until it is taken down."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cluster.cluster import Cluster
from cluster.programs import Missing

FOLDER = Path(__file__).with_name(".cache") / "run"
STATE = FOLDER / "running.json"
PATIENCE = 30.0
"""How long, in seconds, a program may take to end."""

Running = dict[str, dict[str, int]]
"""The process of each program, when it began, and its port, by its name."""


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; returns the exit code."""
    match arguments:
        case ["up"]:
            return up()
        case ["down"]:
            return down()
    print(__doc__, file=sys.stderr)
    return 2


def up() -> int:
    """Start what does not run, and tell how to use it."""
    running = _running()
    try:
        cluster = Cluster(FOLDER, ports={name: entry["port"] for name, entry in running.items()}, flags=_OPEN)
    except Missing as missing:
        print(f"{missing} is missing: see 'A cluster to try' in docs/deploy.md.", file=sys.stderr)
        return 1
    for name, program in cluster.programs.items():
        if name in running and _is_alive(running[name]):
            continue
        print(f"starting {name}", flush=True)
        cluster.start_one(name)
        running[name] = {"pid": program.pid, "port": program.port, "begun": _begun(program.pid) or 0}
        STATE.write_text(json.dumps(running))
    token = _token(cluster)
    victims = "\n".join(f"  {name:<10} kill -9 {entry['pid']}" for name, entry in running.items())
    print(
        f"\nPenstock serves {cluster.url} (documentation at /docs) from {len(cluster.nodes)} nodes.\n"
        f"A token: {token}\n\n"
        f"What may be killed while it works; `make cluster` starts again what does not run:\n{victims}\n\n"
        f"Everything is written below {FOLDER}. `make cluster-down` ends it."
    )
    return 0


def down() -> int:
    """End what runs, the nodes before what they stand on."""
    cluster = Cluster(FOLDER) if STATE.exists() else None
    for name, entry in reversed(_running().items()):
        if cluster is not None and _is_alive(entry):
            print(f"ending {name}", flush=True)
            _end(entry, cluster.programs[name].stop_signal)
    STATE.unlink(missing_ok=True)
    return 0


_OPEN = ("--open", "instant,metaid")


def _running() -> Running:
    with suppress(FileNotFoundError):
        running: Running = json.loads(STATE.read_text())
        return running
    return {}


def _is_alive(entry: Mapping[str, int]) -> bool:
    """Whether the process runs, and not another one that has its number by now."""
    return _begun(entry["pid"]) == entry["begun"]


def _begun(pid: int) -> int | None:
    """When a process began, in ticks of this machine (proc_pid_stat(5)); None for one that has ended."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else int(fields[19])
    return None


def _end(entry: Mapping[str, int], how: signal.Signals) -> None:
    deadline = time.monotonic() + PATIENCE
    with suppress(ProcessLookupError):
        os.kill(entry["pid"], how)
        while _is_alive(entry):
            if time.monotonic() > deadline:
                os.killpg(entry["pid"], signal.SIGKILL)
            time.sleep(0.05)


def _token(cluster: Cluster) -> str:
    """A token of the user of this cluster, which is made once."""
    path = FOLDER / "token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(cluster.token("you"))
    return path.read_text()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
