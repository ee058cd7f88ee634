"""A story's page: what happens, what is done by hand, what deserves a message, what is told.

A person reads it, and the runner plays it. It is Markdown of this shape::

    # The job fails and comes back

    Prose: what happens, what the on-call should hear and why.

    Lasts 12 s. Judged on `oncall`.
    (or: Lasts 900 s, 30 times as fast, from 2026-11-25 06:20. Left waiting: 3.)

    ## By hand

    | at | what |
    |---|---|
    | 3 s | `watcher …` |

    ## Worth telling

    | trouble | who | about | from | until | at most |
    |---|---|---|---|---|---|
    | payments has failed | payments | state, error | 2 s | 12 s | 2 |

    ## Told

    ### oncall

    #### 3 s · state-mismatch.firing (began): payments

    ````
    text
    ````

`Told` is written from what came (`python -m tests.stories NAME`) for a person to read and judge;
the seconds of its heads are what was measured then, and are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path

from tests.stories.blurring import bare
from tests.stories.message import Message, read_head

STORIES = Path(__file__).parent
PAGE, SCENARIO, RULES = "story.md", "scenario.toml", "rules.toml"
_LASTS = re.compile(
    r"^Lasts (?P<lasts>\d+) s(?:, (?P<factor>\d+) times as fast)?(?:, from (?P<start>[\d: -]+))?\."
    r"(?: Judged on `(?P<judged>[\w-]+)`\.)?(?: Left waiting: (?P<left>\d+)\.)?$",
    re.MULTILINE,
)
_ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)
_TOLD = "\n## Told\n"
_MESSAGE = re.compile(r"^#### ([^\n]+)\n\n````\n(.*?)\n````$", re.MULTILINE | re.DOTALL)
_INTRODUCTION = "What came on each channel, and nothing else."
SILENCE = "Nothing."
NEAR = 2
"""So many of the machine's seconds may lie between what a page says and what is measured anew."""


@dataclass(frozen=True)
class Deed:
    """What somebody does by hand, so many seconds after the story's first request."""

    at: float
    what: str


@dataclass(frozen=True)
class Trouble:
    """Something that deserves a message, and how many of them at most.

    `who` are globs of those whose naming tells it, `about` what a message about it is about; a
    message tells it that came in the seconds `since` … `until`.  One that only `may` be told is
    never missed (`at most` says `may 1`).
    """

    name: str
    who: tuple[str, ...]
    about: tuple[str, ...]
    since: float
    until: float
    most: int
    may: bool = False


@dataclass(frozen=True)
class Story:
    """One story: its folder, and what its page says.

    `lasts` is in seconds of the story, `factor` of which pass in one of the machine's.
    """

    folder: Path
    title: str
    lasts: float
    factor: int
    start: datetime | None
    judged_on: str
    left_waiting: int
    deeds: tuple[Deed, ...]
    troubles: tuple[Trouble, ...]
    told: Mapping[str, tuple[Message, ...]]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def takes(self) -> float:
        """How long it is played, in seconds of the machine."""
        return self.lasts / self.factor


def names() -> list[str]:
    """All stories, by the names of their folders."""
    return sorted(page.parent.name for page in STORIES.glob(f"*/{PAGE}"))


def read_story(name: str, among: Path = STORIES) -> Story:
    """The story of that name."""
    folder = among / name
    text = (folder / PAGE).read_text(encoding="utf-8")
    rest, _, told = text.partition(_TOLD)
    lasts = _LASTS.search(rest)
    assert lasts, f"{name}: the page does not say how long the story lasts"
    length = float(lasts["lasts"])
    start = lasts["start"]
    return Story(
        folder=folder,
        title=text.partition("\n")[0].removeprefix("# "),
        lasts=length,
        factor=int(lasts["factor"] or 1),
        start=datetime.fromisoformat(start).replace(tzinfo=UTC) if start else None,
        judged_on=lasts["judged"] or "oncall",
        left_waiting=int(lasts["left"] or 0),
        deeds=tuple(Deed(_seconds(at), what.strip("`")) for at, what in _table(rest, "By hand")),
        troubles=tuple(_trouble(row, length) for row in _table(rest, "Worth telling")),
        told=dict(_read_told(told)),
    )


def _section(text: str, heading: str) -> str:
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def _table(text: str, heading: str) -> Iterator[list[str]]:
    for row in _ROW.findall(_section(text, heading))[2:]:
        yield [cell.strip() for cell in row.split("|")]


def _seconds(written: str) -> float:
    return float(written.removesuffix(" s"))


def _trouble(row: list[str], lasts: float) -> Trouble:
    name, who, about, since, until, most = row
    ends = _seconds(until) if until else lasts + 60
    return Trouble(
        name=name,
        who=tuple(who.split(", ")),
        about=tuple(about.split(", ")),
        since=_seconds(since),
        until=ends,
        most=int(most.removeprefix("may ")),
        may=most.startswith("may "),
    )


def _read_told(text: str) -> Iterator[tuple[str, tuple[Message, ...]]]:
    for part in text.split("\n### ")[1:]:
        channel, _, rest = part.partition("\n")
        yield (
            channel,
            tuple(Message(*read_head(head), said) for head, said in _MESSAGE.findall(rest)),
        )


def write_told(story: Story, told: Mapping[str, tuple[Message, ...]]) -> None:
    """Put what came in the place of what the page says; what is alike keeps its old words."""
    page = story.folder / PAGE
    head = page.read_text(encoding="utf-8").partition(_TOLD)[0].rstrip("\n")
    parts = [f"{head}\n{_TOLD}\n{_INTRODUCTION}\n"]
    for channel, messages in told.items():
        parts.append(f"\n### {channel}\n")
        old = story.told.get(channel, ())
        kept = old if _as_before(old, messages, story.factor) else messages
        parts += [f"\n#### {one.head()}\n\n````\n{one.text}\n````\n" for one in kept]
        parts += [] if messages else [f"\n{SILENCE}\n"]
    page.write_text("".join(parts), encoding="utf-8")


def _as_before(old: tuple[Message, ...], new: tuple[Message, ...], seconds: int) -> bool:
    """Whether the same came at about the same time."""
    near = all(abs(one.at - two.at) <= NEAR * seconds for one, two in zip(old, new, strict=False))
    return near and sense(old) == sense(new)


def alike(messages: tuple[Message, ...]) -> list[str]:
    """The messages in a form that is equal where they say the same."""
    return [
        "\n".join(["; ".join(part.written() for part in one.parts), bare(one.text)])
        for one in messages
    ]


def sense(messages: tuple[Message, ...]) -> dict[str, list[str]]:
    """What was said, and about each in which order: equal where a channel heard the same.

    Only what is about the same is promised to come in the order in which it happened.
    """
    said = list(zip(messages, alike(messages), strict=True))
    about: dict[str, list[str]] = {"all": sorted(words for _, words in said)}
    for message, words in said:
        for name in {name for part in message.parts for name in part.who}:
            about.setdefault(f"in order, {name}", []).append(words.partition("\n")[0])
    return about


def differences(expected: tuple[Message, ...], came: tuple[Message, ...]) -> list[str]:
    """What was said or ordered otherwise, as lines with - and +; nothing where it was the same."""
    before, after = (_lines(sense(messages)) for messages in (expected, came))
    return list(unified_diff(before, after, lineterm="", n=1))


def _lines(said: Mapping[str, list[str]]) -> list[str]:
    words = (f"{about}: {one}" for about in sorted(said) for one in said[about])
    return "\n".join(words).splitlines()
