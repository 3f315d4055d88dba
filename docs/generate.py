"""Writes what the docs say of the code, from the code: `python docs/generate.py` (a test holds the pages to it)."""

from pathlib import Path

from penstock.model.news import TOPICS
from penstock.model.publication import BURIED, FAILED, PROGRESS, STAGES, Method, Stage, transitions
from penstock.model.sudo import When, sudo_table
from penstock.model.upload import TRANSITIONS
from penstock.settings import load, table

HERE = Path(__file__).parent


def settings() -> str:
    """The table of settings."""
    rows = ["| setting | variable | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{name}` | `{variable}` | {f'`{default}`' if default else ''} | {about} |"
        for name, variable, default, about in table()
    ]
    return "\n".join(rows)


def states() -> str:
    """The diagram of an upload's states."""
    arrows = [f"    {here} --> {there}" for here, following in TRANSITIONS.items() for there in sorted(following)]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> open", *arrows, "```"])


def stages() -> str:
    """The diagram of a publication's stages."""
    lines = ["```mermaid", "flowchart LR"]
    for method in Method:
        named = {str(stage): f"{method}_{stage}[{stage} {PROGRESS[stage]} %]" for stage in STAGES[method]}
        named |= {state: f"{method}_{state}([{state}])" for state in (FAILED, BURIED)}
        for here, following in transitions(method).items():
            lines += [f"    {named[here]} --> {named[there]}" for there in sorted(following) if _is_shown(here, there)]
    return "\n".join([*lines, "```"])


def _is_shown(here: str, there: str) -> bool:
    """From every stage a publication may fail, and go on where it stood: that is said in words."""
    fails, goes_on = there == FAILED and here != Stage.COMPLETED, here == FAILED and there != Stage.CREATED
    return not (fails or goes_on)


def sudo() -> str:
    """The table of sensitive acts."""
    asked = {When.ALWAYS: "everybody", When.SECOND_FACTOR: "whoever has a second factor (`sudo_delete`)"}
    rows = [f"| {act} | {asked[when]} |" for act, when in sudo_table(load({}, {}).sudo_delete).items()]
    return "\n".join(["| act | of whom a sudo token is asked |", "|---|---|", *rows])


def topics() -> str:
    """The table of kinds of events."""
    return "\n".join(["| kind | when |", "|---|---|", *(f"| `{topic}` | {when} |" for topic, when in TOPICS.items())])


PAGES = {
    "events.md": {"topics": topics},
    "operate.md": {"settings": settings},
    "architecture.md": {"states": states, "stages": stages},
    "security.md": {"sudo": sudo},
}


def written(page: str) -> str:
    """A page with its generated pieces as the code has them now."""
    text = (HERE / page).read_text()
    for mark, make in PAGES[page].items():
        before, rest = text.split(f"<!-- {mark} -->\n", 1)
        after = rest.split(f"<!-- /{mark} -->", 1)[1]
        text = f"{before}<!-- {mark} -->\n{make()}\n<!-- /{mark} -->{after}"
    return text


if __name__ == "__main__":
    for name in PAGES:
        (HERE / name).write_text(written(name))
