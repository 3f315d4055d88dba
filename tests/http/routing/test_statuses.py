"""Every fault has one status, and one wording in Chinese, before any dialect says otherwise."""

from http import HTTPStatus

from penstock.http.routing.chinese import CHINESE
from penstock.http.routing.statuses import STATUS
from penstock.model.faults import Fault


def test_every_fault_has_a_status() -> None:
    """The table has every fault and nothing else, each with a status that HTTP knows as an error."""
    assert set(STATUS) == set(Fault.__subclasses__())
    assert all(400 <= HTTPStatus(status) < 600 for status in STATUS.values())


def test_every_fault_has_words_in_chinese() -> None:
    """The table has every fault and nothing else."""
    assert set(CHINESE) == set(Fault.__subclasses__())
    assert all(CHINESE.values())
