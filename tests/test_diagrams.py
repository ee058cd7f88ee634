"""The diagrams in docs/states.md are the code's own tables, drawn."""

from __future__ import annotations

import sys

import pytest

from tests.tree import ROOT
from watcher.core import alert, delivery

PAGE = ROOT / "docs" / "states.md"


def draw_alerts() -> str:
    """The alerts' table as a mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> pending"]
    for (phase, signal), (after, reason) in alert.TRANSITIONS.items():
        told = f" / {reason}" if reason else ""
        lines.append(f"    {phase} --> {after}: {signal}{told}")
    lines += [f"    {end} --> [*]" for end in (alert.Phase.RESOLVED, alert.Phase.WITHDRAWN)]
    return "\n".join(lines)


def draw_deliveries() -> str:
    """The deliveries' table as a mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> waiting"]
    for (before, signal), after in delivery.TRANSITIONS.items():
        lines.append(f"    {before} --> {after}: {signal}")
    ends = [one for one in delivery.Disposition if one not in delivery.OPEN]
    lines += [f"    {end} --> [*]" for end in ends]
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    return (
        "# States\n\n"
        "Drawn from the tables in `watcher/core/alert.py` and `watcher/core/delivery.py`; a test\n"
        "compares. An arrow's label is the signal, and behind the stroke what is told.\n\n"
        f"## An alert\n\n```mermaid\n{draw_alerts()}\n```\n\n"
        f"## A delivery\n\n```mermaid\n{draw_deliveries()}\n```\n"
    )


def test_states_page_is_drawn_from_the_tables() -> None:
    """A changed table without a changed diagram fails."""
    assert page() == PAGE.read_text(encoding="utf-8"), "python -m tests.test_diagrams writes it"


@pytest.mark.parametrize("drawing", [draw_alerts(), draw_deliveries()])
def test_every_state_can_be_left_or_is_an_end(drawing: str) -> None:
    """No state is a trap from which the diagram shows no way."""
    arrows = [line.split(" --> ") for line in drawing.splitlines() if " --> " in line]
    sources = {left.strip() for left, _ in arrows}
    targets = {right.split(":")[0].strip() for _, right in arrows}
    assert targets <= sources | {"[*]"}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.exit(0)
