"""The soak of `make soak`, in short."""

from pathlib import Path

import pytest

from cluster.programs import Missing
from cluster.soak import soak
from tests.support.ci import required_in_ci

MINUTES = 3.0


@pytest.mark.long
@pytest.mark.on_folder("it has a cluster of its own")
@pytest.mark.timeout(540)
def test_nothing_is_lost(tmp_path: Path) -> None:
    """Whatever is killed under clients of every dialect, what was acknowledged is there afterwards, as it was sent."""
    try:
        report = soak(tmp_path, MINUTES)
    except Missing as missing:
        required_in_ci(False, str(missing))
        raise
    assert (report.lost, report.wrong) == ([], []), report
    assert len(report.kept) > 100
    assert {"nodes killed", "nodes restarted in order", "PostgreSQL restarted", "the store killed"} <= set(report.blows)
    assert set(report.retries) > {"503"}
