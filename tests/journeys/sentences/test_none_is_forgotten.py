"""The list of all sentences, read where it lies, and what is asked for here."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.sentences.sentences import held
from tests.support.ci import required_in_ci

SHARED = Path(os.environ.get("PENSTOCK_SHARED", Path(__file__).parents[4] / "shared"))
PROTOCOLS = {"tus": "# tus 1.0.0", "resumable": "# Resumable Uploads for HTTP"}
ELSEWHERE = "not to be seen from outside, or asked of the client"


def listed(text: str, title: str) -> Iterator[tuple[str, str]]:
    """The section and the words of every sentence below this title that asks something of a server."""
    inside, section = False, ""
    for line in text.splitlines():
        if line.startswith("# "):
            inside = line.startswith(title)
        elif line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("- ") and inside and section != ELSEWHERE:
            yield section, words(line.removeprefix("- "))


def words(sentence: str) -> str:
    """A sentence, however its words are set apart."""
    return re.sub(r"\s+", " ", sentence)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_none_is_forgotten(protocol: str) -> None:
    """Every sentence is asked for as often as it is listed, and nothing that is not."""
    path = SHARED / "tus" / "SENTENCES.md"
    required_in_ci(path.exists(), str(path))
    expected = Counter(listed(path.read_text(), PROTOCOLS[protocol]))
    assert expected
    assert Counter((section, words(sentence)) for section, sentence in held(protocol)) == expected
