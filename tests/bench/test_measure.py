"""What the benchmark makes of figures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.common import Bench
from bench.goals import GOALS, over
from bench.measure import Case, Outcome, Sample, Spread, percentile, run, spread, summary, tree
from bench.measure import ratios as ratios_of
from bench.parts import PARTS
from bench.parts.path import shares, step_of
from bench.report import case_table, from_json, goals_table, into_page, number, to_json, to_plot, write
from bench.wires import Job, Source


def outcome(**contenders: list[float]) -> Outcome:
    def idle(folder: Path) -> Sample:
        return {}

    case = Case("racing", dict.fromkeys(contenders, idle), "MiB/s", baseline="ours")
    return summary(case, {name: [{"MiB/s": value} for value in values] for name, values in contenders.items()})


def test_a_spread_is_median_least_and_most() -> None:
    """The median is told with how far the rounds lay apart."""
    assert spread([3, 1, 10]) == Spread(3, 1, 10)


def test_ratios_are_of_the_same_round() -> None:
    """A round that was slow for both says the same as a fast one."""
    assert ratios_of([10, 100], [5, 50]) == Spread(2, 2, 2)


def test_the_baseline_is_compared_with_everybody_else() -> None:
    """Twice as fast is 2."""
    made = outcome(ours=[200, 400], theirs=[100, 200])
    assert made.ratios == {"theirs": Spread(2, 2, 2)}


@pytest.mark.parametrize(("percent", "wanted"), [(0, 1), (50, 3), (99, 4), (100, 4)])
def test_percentiles(percent: float, wanted: float) -> None:
    """So many percent of the calls took no longer."""
    assert percentile([4, 2, 1, 3], percent) == wanted


def test_everybody_has_a_turn_in_every_round(tmp_path: Path) -> None:
    """A B A B, each in an empty folder; who fails is told of, and does not stop the others."""
    turns: list[str] = []

    def turn(name: str, folder: Path) -> Sample:
        assert list(folder.iterdir()) == []
        turns.append(name)
        return {"MiB/s": 1.0}

    def broken(folder: Path) -> Sample:
        raise OSError("no such thing")

    contenders = {"ours": lambda folder: turn("ours", folder), "theirs": lambda folder: turn("theirs", folder)}
    made = run(Case("turns", {**contenders, "broken": broken}, "MiB/s", "ours"), 2, tmp_path, 0)
    assert turns == ["ours", "theirs", "ours", "theirs"]
    assert made.failed == {"broken": "OSError: no such thing"}
    assert set(made.spreads) == {"ours", "theirs"}
    assert list(tmp_path.iterdir()) == []


def test_a_tree_holds_the_children() -> None:
    """What a server started is counted with it."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in tree(os.getpid())
        child.communicate(b"\n")


def test_results_can_be_read_again() -> None:
    """What was written is what was measured."""
    made = [outcome(ours=[200, 400], theirs=[100, 200])]
    assert from_json(to_json({"cores": "2"}, made)) == ({"cores": "2"}, made)


def test_results_of_a_day_are_kept_together(tmp_path: Path) -> None:
    """A case that is measured again takes its old place, others stay; other sizes or machines begin anew."""
    first, other = outcome(ours=[1]), outcome(ours=[2])
    again, other.name = outcome(ours=[3]), "other"
    facts = {"sizes": "full"}
    assert write(tmp_path, "day", facts, [first]) == [first]
    assert write(tmp_path, "day", facts, [other]) == [first, other]
    assert write(tmp_path, "day", facts, [again]) == [again, other]
    assert from_json((tmp_path / "day.json").read_text()) == (facts, [again, other])
    assert write(tmp_path, "day", {"sizes": "small"}, [other]) == [other]


def test_a_case_is_a_table() -> None:
    """Medians, spreads and ratios, for people."""
    assert case_table(outcome(ours=[200, 400], theirs=[100, 200])).splitlines()[2:] == [
        "Rounds: 2.",
        "",
        "|  | MiB/s (least–most) | ours ÷ it |",
        "|---|---:|---:|",
        "| ours | 300 (200–400) |  |",
        "| theirs | 150 (100–200) | 2.00 (2.00–2.00) |",
    ]


def test_numbers_have_three_digits_that_count() -> None:
    """No reader wants more."""
    assert [number(value) for value in (12345.6, 12.345, 0.1234)] == ["12,346", "12.3", "0.12"]


def test_goals_nobody_measured_have_a_dash() -> None:
    """A run of one part says nothing of the others."""
    rows = goals_table([]).splitlines()[2:]
    assert len(rows) == len(GOALS)
    assert all(row.endswith("| – |  |") for row in rows)


def test_a_page_takes_a_table() -> None:
    """Only what lies between the marks changes."""
    page = into_page("before\n<!-- goals -->\nold\n<!-- /goals -->\nafter\n", "goals", goals_table([]))
    assert page.startswith("before\n<!-- goals -->\n| work |")
    assert page.endswith("<!-- /goals -->\nafter\n")


@pytest.mark.parametrize(
    ("stack", "step"),
    [
        (
            "ff _copy_to_iter ([kernel.kallsyms])\nff sock_read_iter ([kernel.kallsyms])\n7f read (libc.so.6)",
            "receiving",
        ),
        (
            "ff copy_folio ([kernel.kallsyms])\nff __x64_sys_pwrite64 ([kernel.kallsyms])\n7f pwrite (libc.so.6)",
            "writing",
        ),
        ("ff copy ([kernel.kallsyms])\nff filemap_read ([kernel.kallsyms])\nff do_preadv ([kernel])", "reading back"),
        ("7f one (/src/penstock/multibuffer/md5.so)\n7f [unknown] (libffi.so.8)", "MD5 and SHA-256"),
        ("7f [unknown] (/usr/lib/libcrypto.so.3)\n7f _PyEval (libpython3.11.so)", "MD5 and SHA-256"),
        ("7f XXH3_update (_xxhash.cpython-311.so)", "XXH3"),
        ("7f sqlite3Step (libsqlite3.so.0)", "records"),
        ("7f _PyEval_EvalFrameDefault (libpython3.11.so)\nff sys_pwrite ([kernel])", "Python"),
        ("ff clear_page ([kernel.kallsyms])\nff sys_mmap ([kernel.kallsyms])", "everything else"),
    ],
)
def test_where_a_stack_belongs(stack: str, step: str) -> None:
    """The kernel's work is told by what asked for it, everybody else's by where it is."""
    assert step_of(stack).startswith(step)


def test_shares_are_of_all() -> None:
    """The shares of the steps add up to one."""
    assert shares(["7f a (libcrypto.so)", "7f b (libcrypto.so)", "7f c (x)", "7f d (python)"]) == {
        "MD5 and SHA-256": 0.5,
        "everything else": 0.25,
        "Python, uvloop, HTTP": 0.25,
    }


def test_the_plot_is_a_drawing() -> None:
    """It has a bar for everybody."""
    drawn = to_plot([outcome(ours=[200], theirs=[100])])
    assert drawn.startswith("<svg")
    assert drawn.count("<rect") == 3  # the paper, too


def test_a_ratio_is_the_rounds_own() -> None:
    """One over another is the median of the rounds' ratios, whichever of the two the others are compared with."""
    found = {"case": outcome(ours=[100, 300, 300], theirs=[100, 100, 300])}
    assert over("case", "ours", "theirs")(found) == 1
    found = {"case": outcome(ours=[200], theirs=[100])}
    assert over("case", "ours", "theirs")(found) == 2
    assert over("case", "theirs", "ours")(found) == 0.5
    assert over("case", "ours", "nobody")(found) is None
    assert over("another", "ours", "theirs")(found) is None


def test_every_goal_finds_its_figures(tmp_path: Path) -> None:
    """A goal names cases, contenders and figures that exist: when all are 1, each goal has a value."""
    bench = Bench(Source(tmp_path / "source", 1 << 40), 1 << 30, whole=True)
    cases = [case for part in PARTS.values() for case in part(bench)]
    assert len({case.name for case in cases}) == len(cases)
    figures = dict.fromkeys(FIGURES, Spread(1, 1, 1))
    peers = ("nginx", "nginx + digests + syncs", "@tus/server")
    found = {
        case.name: Outcome(
            case.name,
            case.figure,
            case.baseline,
            spreads=dict.fromkeys([*case.contenders, *peers], figures),
            ratios=dict.fromkeys([*case.contenders, *peers], Spread(1, 1, 1)),
        )
        for case in cases
    }
    assert [goal.work for goal in GOALS if goal.measure(found) is None] == []


FIGURES = (
    "MiB/s",
    "calls/s",
    "CPU µs/call",
    "peak RSS, MiB",
    "CPU, s",
    "first answer after, s",
    "p99, ms",
    "seal, ms",
    "seal, ms/GiB",
    "sealed ÷ max(received, MD5)",
    "RSS growth, MiB",
)


def test_slices_cover_the_file_and_stay_in_the_source(tmp_path: Path) -> None:
    """A file larger than the source is cut from it all the same."""
    job = Job("key", Source(tmp_path, 100), start=90, size=1005, part=20)
    slices = list(job.slices())
    assert sum(length for _, length in slices) == 1005
    assert all(start >= 0 and start + length <= 100 for start, length in slices)
    assert len(slices) == job.total == 51
