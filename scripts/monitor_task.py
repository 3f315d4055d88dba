"""Follow a chunked upload until it is on the chain.

Usage: python scripts/monitor_task.py TASK_ID [TIMEOUT=300] [INTERVAL=5]

TIMEOUT and INTERVAL are seconds. The environment variable API_BASE names the server; without it that is
http://127.0.0.1:8080/metafile-uploader. News goes to stderr. At the end one line of JSON is printed on stdout:
where the file is (exit 0), or why it is not there (exit 1).
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

API_BASE = (os.environ.get("API_BASE") or "http://127.0.0.1:8080/metafile-uploader").rstrip("/")

DEFAULTS = ["", "300", "5"]
"""What stands for arguments that are not given."""

PATIENCE = 30.0
"""How many seconds one request may take."""


class Ended(Exception):
    """There will be no success; the text says why."""


class NotNow(Exception):
    """No answer this time; ask again, after `pause` seconds at the earliest."""

    def __init__(self, reason: object, pause: float = 0) -> None:
        super().__init__(str(reason))
        self.pause = pause


class News:
    """Says on stderr what is new."""

    last = "nothing"

    def tell(self, line: str) -> None:
        """Say this, unless it was said last."""
        if line != self.last:
            print(line, file=sys.stderr)
            self.last = line


def fetch(url: str, patience: float) -> tuple[int, bytes]:
    """The status and the body of the answer; a refusal is an answer too."""
    try:
        with urllib.request.urlopen(url, timeout=patience) as answer:  # noqa: S310 - API_BASE is the caller's own
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def envelope(body: bytes) -> dict[str, Any]:
    """The object in the body; an empty one when it holds something else, such as a proxy's page."""
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def ask(url: str, patience: float) -> dict[str, Any]:
    """The task as it stands."""
    try:
        status, body = fetch(url, patience)
    except ValueError as error:
        raise Ended(f"API_BASE: {error}") from error
    except (OSError, http.client.HTTPException) as error:
        raise NotNow(error) from error
    answer = envelope(body)
    message = answer.get("message") or f"HTTP {status} from {url}"
    if status == 429:
        raise NotNow(message, (answer.get("data") or {}).get("retryAfter", 0))
    if status >= 500:
        raise NotNow(message)
    if answer.get("code") != 0:
        raise Ended(message)
    return dict(answer["data"])


def states(task_id: str, timeout: float, interval: float, news: News) -> Iterator[dict[str, Any]]:
    """The task as it stands, again and again until the time is over."""
    url = f"{API_BASE}/api/v1/files/task/{urllib.parse.quote(task_id, safe='')}"
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        pause = interval
        try:
            yield ask(url, min(left, PATIENCE))
        except NotNow as reason:
            news.tell(str(reason))
            pause = max(interval, reason.pause)
        time.sleep(max(0, min(pause, deadline - time.monotonic())))


def follow(task_id: str, timeout: float, interval: float) -> dict[str, Any]:
    """The task once it has succeeded."""
    news = News()
    for task in states(task_id, timeout, interval, news):
        news.tell("{status} | {stage} | {progress}% | {message}".format_map(task))
        if task["status"] == "success":
            return task
        if task["status"] == "failed":
            raise Ended(task["message"])
    raise Ended(f"Timed out after {timeout:g} seconds; last seen: {news.last}")


def report(task: dict[str, Any]) -> dict[str, Any]:
    """Where the file of a task that succeeded is found."""
    pin_id = f"{task['indexTxId']}i0"
    content = f"{API_BASE}/api/v1/files/content/{pin_id}"
    return {
        "success": True,
        "taskId": task["taskId"],
        "status": task["status"],
        "indexTxId": task["indexTxId"],
        "pinId": pin_id,
        "chunkTxIds": task["chunkTxIds"],
        "chunkCount": len(task["chunkTxIds"]),
        "viewUrls": {
            "transaction": f"https://www.mvcscan.com/tx/{task['indexTxId']}",
            "pin": f"https://man.metaid.io/pin/{pin_id}",
            "content": content,
            "accelerate": content,  # this server hands the content out itself: no faster place is known
        },
    }


def arguments(given: list[str]) -> tuple[str, float, float]:
    """The task, and the seconds to wait for it and between two questions; raises `ValueError` at anything else."""
    task_id, *seconds = given + DEFAULTS[len(given) :]
    timeout, interval = map(float, seconds)
    if not task_id or task_id.startswith("-") or not (timeout > 0 and interval > 0):
        raise ValueError
    return task_id, timeout, interval


def main() -> None:
    """Run the script."""
    try:
        task_id, timeout, interval = arguments(sys.argv[1:])
    except ValueError:
        sys.exit(__doc__)
    try:
        outcome = report(follow(task_id, timeout, interval))
    except Ended as reason:
        outcome = {"success": False, "error": str(reason), "taskId": task_id}
    print(json.dumps(outcome))
    sys.exit(not outcome["success"])


if __name__ == "__main__":
    main()
