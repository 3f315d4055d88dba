"""The lines in `docs/events.md` do what the page says of them."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.adapters.hooks.signing import read_keys, signed
from penstock.model.news import TOPICS, News, Topic, told
from tests.support.ci import required_in_ci
from tests.support.hooks import SECRET
from tests.support.receiver import Heard, is_genuine

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
BODY = told(News(1, "event", Topic.FILE_CREATED, "owner", "file", 1.5, '{"name":"报告"}')).encode()  # type: ignore[arg-type]


def sent(moment: float, secrets: str = SECRET) -> Heard:
    headers = signed(read_keys(secrets), "event", int(moment), BODY)
    return Heard(headers, BODY, moment)


OTHER = "whsec_" + "b" * 43 + "="
Sent = Callable[[], Heard]
"""What a receiver is sent, signed when it is: what is old is refused."""

CASES: dict[str, tuple[Sent, bool]] = {
    "good": (lambda: sent(time.time()), True),
    "of one of two secrets": (lambda: sent(time.time(), f"{OTHER} {SECRET}"), True),
    "of another secret": (lambda: sent(time.time(), OTHER), False),
    "too old": (lambda: sent(time.time() - 600), False),
    "of another body": (lambda: Heard(sent(time.time()).headers, BODY + b" ", 0), False),
    "of another event": (lambda: Heard({**sent(time.time()).headers, "webhook-id": "other"}, BODY, 0), False),
}


@pytest.mark.parametrize(("send", "good"), CASES.values(), ids=CASES)
def test_python_knows_who_sent_it(send: Sent, good: bool) -> None:
    """What this server has signed lately is genuine, and nothing else."""
    assert is_genuine(send(), SECRET) == good


@pytest.mark.parametrize(("send", "good"), CASES.values(), ids=CASES)
def test_node_knows_who_sent_it(send: Sent, good: bool, tmp_path: Path) -> None:
    """The same in Node."""
    node = shutil.which("node")
    if node is None:
        required_in_ci(False, "node")
        return
    [lines] = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
    heard = send()
    asked = json.dumps([SECRET, dict(heard.headers), heard.body.decode()])
    (tmp_path / "check.mjs").write_text(f"{lines}\nconsole.log(isGenuine(...{asked}))\n")
    done = subprocess.run([node, tmp_path / "check.mjs"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == json.dumps(good)


def test_the_example_is_an_event() -> None:
    """It has the members that every event has, and the facts of a file."""
    example = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    assert list(example) == list(json.loads(BODY))
    assert example["type"] in TOPICS
    assert set(example["data"]) >= {"kind", "id", "name", "sha256", "folder", "labels"}


def test_every_kind_is_told_of() -> None:
    """No kind without a word about when it happens."""
    assert set(TOPICS) == set(Topic)
