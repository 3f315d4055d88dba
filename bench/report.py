"""Results as JSON, as Markdown tables, and as a plot."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from bench.goals import GOALS
from bench.measure import CPU_PER_GIB, PEAK, Outcome, Spread

Facts = Mapping[str, str]
"""What is known of the machine and of the run."""


def to_json(facts: Facts, outcomes: Iterable[Outcome]) -> str:
    """Everything, to be read again by `from_json`."""
    return json.dumps({"facts": dict(facts), "cases": [asdict(outcome) for outcome in outcomes]}, indent=1) + "\n"


def from_json(text: str) -> tuple[Facts, list[Outcome]]:
    """The facts and outcomes of an earlier run."""
    told: dict[str, Any] = json.loads(text)
    return told["facts"], [_outcome(case) for case in told["cases"]]


def to_markdown(facts: Facts, outcomes: list[Outcome]) -> str:
    """The goals, then a table for each case."""
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    sections = [goals_table(outcomes), *(case_table(outcome) for outcome in outcomes)]
    return "\n".join(["# Results", "", *lines, "", "## Goals", "", "\n\n".join(sections), ""])


def goals_table(outcomes: list[Outcome]) -> str:
    """Each goal with what was measured; goals that this run says nothing of have a dash."""
    found = {outcome.name: outcome for outcome in outcomes}
    rows = ["| work | goal | measured | |", "|---|---:|---:|---|"]
    for goal in GOALS:
        value = goal.measure(found)
        shown = "–" if value is None else f"{number(value)} {goal.unit}"
        verdict = "" if value is None else "met" if goal.met(value) else "**missed**"
        rows.append(f"| {goal.work} | {goal.relation} {number(goal.wanted)} {goal.unit} | {shown} | {verdict} |")
    return "\n".join(rows)


def case_table(outcome: Outcome) -> str:
    """The medians of a case; the compared figure with its spread, and the ratio of the baseline to each other."""
    figures = list(dict.fromkeys(figure for spreads in outcome.spreads.values() for figure in spreads))
    others = [figure for figure in figures if figure != outcome.figure]
    head = ["", f"{outcome.figure} (least–most)", f"{outcome.baseline} ÷ it", *others]
    said = [f"Rounds: {outcome.rounds}.", *([f"{outcome.note}."] if outcome.note else [])]
    rows = [f"### {outcome.name}", "", " ".join(said), ""]
    rows += [_row(head), "|---|" + "---:|" * (len(head) - 1)]
    for name, spreads in outcome.spreads.items():
        ratio = outcome.ratios.get(name)
        told = [_spread(spreads[outcome.figure]), _spread(ratio) if ratio else ""]
        rows.append(_row([name, *told, *(number(spreads[figure].median) for figure in others)]))
    rows += [_row([name, "failed", *[""] * (len(head) - 2)]) for name in outcome.failed]
    return "\n".join(rows)


def number(value: float) -> str:
    """As a reader wants it: three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _spread(spread: Spread) -> str:
    return f"{number(spread.median)} ({number(spread.least)}–{number(spread.most)})"


def _outcome(told: dict[str, Any]) -> Outcome:
    spreads = {
        name: {figure: Spread(**spread) for figure, spread in figures.items()}
        for name, figures in told.pop("spreads").items()
    }
    ratios = {name: Spread(**spread) for name, spread in told.pop("ratios").items()}
    return Outcome(**told, spreads=spreads, ratios=ratios)


WIDTH, LEFT, RIGHT, BAR, GAP, HEAD = 900, 250, 190, 16, 6, 40
INK, FAINT, OURS, THEIRS = "#1f2d36", "#76828a", "#0f7c80", "#b9ab98"


def to_plot(outcomes: list[Outcome]) -> str:
    """An SVG: for each case a bar for each contender, as long as its median, with a line from least to most."""
    drawn, y = [], 20
    for outcome in outcomes:
        if outcome.spreads:
            drawn.append(_text(20, y + 14, f"{outcome.name}: {outcome.figure}", INK, "bold"))
            y = _bars(outcome, y + 26, drawn) + HEAD // 2
    size = f'width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    style = 'font-family="sans-serif" font-size="12"'
    paper = f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', paper, *drawn, "</svg>", ""])


def _bars(outcome: Outcome, y: int, drawn: list[str]) -> int:
    """Draw the bars of a case from `y` down; returns where they end."""
    shown = {name: spreads[outcome.figure] for name, spreads in outcome.spreads.items()}
    scale = (WIDTH - LEFT - RIGHT) / max(max(spread.most for spread in shown.values()), 1e-9)
    for name, spread in shown.items():
        ours = name == outcome.baseline or name.startswith("Penstock")
        middle, ends = y + BAR / 2, (LEFT + spread.least * scale, LEFT + spread.most * scale)
        width = max(1.0, spread.median * scale)
        drawn.append(_text(LEFT - 8, y + 12, name, INK, anchor="end"))
        drawn.append(
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{OURS if ours else THEIRS}"/>'
            f'<path d="M{ends[0]:.1f} {middle}H{ends[1]:.1f}" stroke="{INK}"/>'
        )
        drawn.append(_text(round(ends[1]) + 8, y + 12, _beside(outcome.spreads[name], spread), FAINT))
        y += BAR + GAP
    return y


def _beside(spreads: Mapping[str, Spread], spread: Spread) -> str:
    told = [number(spread.median)]
    if CPU_PER_GIB in spreads and spreads[CPU_PER_GIB] is not spread:
        told.append(f"{number(spreads[CPU_PER_GIB].median)} CPU s/GiB")
    if PEAK in spreads:
        told.append(f"{number(spreads[PEAK].median)} MiB")
    return " · ".join(told)


def _text(x: int, y: int, words: str, colour: str, weight: str = "normal", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>'


def write(folder: Path, name: str, facts: Facts, outcomes: list[Outcome]) -> list[Outcome]:
    """Write `name`.json, .md and .svg, and return what is in them: cases of the same name and facts that were there
    already stay, unless they were measured anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    earlier = folder / f"{name}.json"
    if earlier.exists():
        known, kept = from_json(earlier.read_text())
        anew = {outcome.name: outcome for outcome in outcomes}
        if known == facts:
            outcomes = [anew.pop(outcome.name, outcome) for outcome in kept] + list(anew.values())
    for ending, text in {
        "json": to_json(facts, outcomes),
        "md": to_markdown(facts, outcomes),
        "svg": to_plot(outcomes),
    }.items():
        (folder / f"{name}.{ending}").write_text(text)
    return outcomes


def into_page(page: str, mark: str, table: str) -> str:
    """A page with a table in its place between two marks."""
    before, rest = page.split(f"<!-- {mark} -->\n", 1)
    after = rest.split(f"<!-- /{mark} -->", 1)[1]
    return f"{before}<!-- {mark} -->\n{table}\n<!-- /{mark} -->{after}"
