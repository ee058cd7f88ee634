"""Makes docs/signal.md: what three watchers tell of each story, and how much of it is right.

`python -m tests.stories.signal` writes it; a test compares what is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.stories.audience import SCALE, from_dinky, from_streampark, from_watcher
from tests.stories.judging import Heard, Judgement, judge
from tests.stories.message import fold
from tests.stories.page import Story, Trouble, names, read_story
from tests.tree import ROOT

DOCUMENT = ROOT / "docs" / "signal.md"
TOOLS = ("StreamPark", "Dinky", "watcher")
_INTRODUCTION = """\
# Signal: what is told, and how much of it is right

Made by `make signal`; a test compares it with the stories. {count} stories of what goes wrong, or
only seems to, are played by the simulator (`tests/stories/`). What watcher sends is what the pages
of the stories say, and `make stories` proves that through the real process, word for word. What
[StreamPark](https://github.com/apache/streampark) and
[Dinky](https://github.com/DataLinkDC/dinky) would have sent is computed by two functions
(`tests/peers/streampark.py`, `tests/peers/dinky.py`) that were written from what their sources and
documents say, each rule with its citation, in the reading that is fairest to them; neither was run.
They see the same scenarios by the simulator's own player, looking every five seconds.

**How it is judged, the same for all three.** The head of each story's page says which troubles
deserve a message, whom and what such a message must name, from when until when it can tell it, and
how many messages the trouble is worth at most (mostly two, its beginning and its end). A message
that tells one is *right*; one beyond that number is *repeated*; one that tells none is *false*; a
trouble that nobody was told of is *missed*. One message is what a person sees arrive on the one
chat channel that is judged; a list of forty jobs is one. That an end is not told counts for
nothing: only watcher tells ends.

**What this does not show.** The stories, and the verdict on what deserves a message, are ours, and
so are the rules that watcher runs with (`tests/stories/base.toml`, the same for all stories but for
what a story's own `rules.toml` says). They were chosen from what users of other tools ask for,
which is what watcher was built for; tools that submit and stop jobs have other strengths. Where
watcher itself is killed, or its robot refuses, the peers are spared that. A second of a story
stands for {scale:.0f} of life, in the rules' spans as in the peers' own, but for stories whose page
says that their time is sped up; without that scale a peer's own spans mostly never end (last
table).
"""


@dataclass(frozen=True)
class Row:
    """One story with what each of the three tells."""

    story: Story
    heard: dict[str, list[Heard]]

    def judged(self, tool: str) -> Judgement:
        return judge(self.story.troubles, self.heard[tool])


def rows(scale: float = SCALE) -> list[Row]:
    """All stories."""
    return [_row(read_story(name), scale) for name in names()]


def _row(story: Story, scale: float) -> Row:
    heard = (from_streampark(story, scale), from_dinky(story, scale), from_watcher(story))
    return Row(story, dict(zip(TOOLS, heard, strict=True)))


def document() -> str:
    """The whole text of docs/signal.md."""
    all_rows = rows()
    parts = [
        _INTRODUCTION.format(count=len(all_rows), scale=SCALE),
        "\n## In all\n",
        *_totals(all_rows),
        "\n## Story by story\n",
        "Right / wrong messages and troubles; a dash where nothing was sent and nothing was due.\n",
        *_table(all_rows),
        "\n## What each would have heard\n",
        *(line for row in all_rows for line in _story(row)),
        "\n## Without the scale\n",
        "The same stories with a second taken for a second.\n",
        *_totals(rows(scale=1.0)),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _totals(all_rows: Sequence[Row]) -> Iterator[str]:
    yield "| | messages | right | repeated | false | troubles missed |\n|---|---|---|---|---|---|"
    for tool in TOOLS:
        each = [row.judged(tool) for row in all_rows]
        due = sum(not one.may for row in all_rows for one in row.story.troubles)
        missed = sum(len(one.missed) for one in each)
        counted = (
            sum(one.sent for one in each),
            sum(one.right for one in each),
            sum(one.repeated for one in each),
            sum(one.false for one in each),
        )
        yield f"| {tool} | " + " | ".join(map(str, counted)) + f" | {missed} of {due} |"


def _table(all_rows: Iterable[Row]) -> Iterator[str]:
    yield "| story | due | " + " | ".join(TOOLS) + " |\n|---|---|---|---|---|"
    for row in all_rows:
        story = row.story
        link = f"[{story.title}](../tests/stories/{story.name}/story.md)"
        cells = " | ".join(_cell(row.judged(tool)) for tool in TOOLS)
        yield f"| {link} | {_due(story.troubles)} | {cells} |"


def _due(troubles: Sequence[Trouble]) -> str:
    return str(sum(not one.may for one in troubles) or "–")


def _cell(judged: Judgement) -> str:
    if not judged.sent and not judged.wrong:
        return "–"
    wrong = [
        f"{count} {word}"
        for count, word in (
            (judged.repeated, "repeated"),
            (judged.false, "false"),
            (len(judged.missed), "missed"),
        )
        if count
    ]
    return f"{judged.right} right" + "".join(f", **{one}**" for one in wrong)


def _story(row: Row) -> Iterator[str]:
    yield f"\n### {row.story.title}\n"
    if row.story.troubles:
        yield from (
            f"* {'May be told' if one.may else 'Due'}: {one.name} (at most {one.most})"
            for one in row.story.troubles
        )
    else:
        yield "* Due: nothing"
    for tool in TOOLS:
        yield f"* {tool}: " + ("; ".join(_said(row.heard[tool])) or "nothing")


def _said(heard: Iterable[Heard]) -> Iterator[str]:
    """The messages; those that came together and differ in the job alone as one."""

    def likeness(one: Heard) -> tuple[int, str]:
        return round(one.at), one.text.replace(one.who[0], "") if len(one.who) == 1 else one.text

    for (at, text), group in groupby(sorted(heard, key=likeness), key=likeness):
        alike = list(group)
        names = dict.fromkeys(one.who[0] for one in alike)
        many = f"{len(alike)} × " if len(alike) > 1 else ""
        said = alike[0].text if len(names) == 1 else f"{', '.join(fold(names))}{text}"
        yield f"{at} s {many}“{said}”"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
