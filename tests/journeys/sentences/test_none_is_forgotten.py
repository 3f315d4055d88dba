"""The list of all sentences, read where it lies, and what is asked for here."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.contracts.documents import CONTRACTS
from tests.journeys.sentences.sentences import held
from tests.support.ci import required_in_ci

SENTENCES = CONTRACTS.parent / "tus" / "SENTENCES.md"
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
    required_in_ci(SENTENCES.exists(), str(SENTENCES))
    expected = Counter(listed(SENTENCES.read_text(), PROTOCOLS[protocol]))
    assert expected
    assert Counter((section, words(sentence)) for section, sentence in held(protocol)) == expected
