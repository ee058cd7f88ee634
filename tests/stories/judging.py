"""The rule by which messages are judged right or wrong, the same for whoever sent them.

* A message *tells* a trouble if it names one of those that the trouble names, is about one of the
  things that the trouble is about, and comes within its time.
* A message that tells a trouble is *right*, up to as many messages as the trouble deserves; beyond
  that it is *repeated*. A message that tells several uses up the one that began last and has room.
* A message that tells no trouble is *false*.
* A trouble that no message tells is *missed*, unless it only may be told.
* Wrong are the repeated, the false and the missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.stories.page import Trouble

ROUNDING = 1.0
"""Pages give whole seconds."""


@dataclass(frozen=True)
class Heard:
    """One message as the judge takes it, in seconds of the story."""

    at: float
    who: tuple[str, ...]
    about: frozenset[str]
    text: str


@dataclass(frozen=True)
class Judgement:
    """What became of the messages and of the troubles."""

    right: int
    repeated: int
    false: int
    missed: tuple[str, ...]

    @property
    def sent(self) -> int:
        return self.right + self.repeated + self.false

    @property
    def wrong(self) -> int:
        return self.repeated + self.false + len(self.missed)


def judge(troubles: Sequence[Trouble], messages: Iterable[Heard]) -> Judgement:
    """Count what is right and what is wrong."""
    room = Counter({trouble.name: trouble.most for trouble in troubles})
    latest_first = sorted(troubles, key=lambda one: -one.since)
    told: set[str] = set()
    became: Counter[str] = Counter()
    for message in sorted(messages, key=lambda one: one.at):
        fitting = [one.name for one in latest_first if tells(message, one)]
        free = [name for name in fitting if room[name] > 0]
        told.update(fitting)
        became["right" if free else "repeated" if fitting else "false"] += 1
        room.subtract(free[:1])
    missed = tuple(one.name for one in troubles if one.name not in told and not one.may)
    return Judgement(became["right"], became["repeated"], became["false"], missed)


def tells(message: Heard, trouble: Trouble) -> bool:
    """Whether the message tells the trouble."""
    return (
        trouble.since - ROUNDING <= message.at <= trouble.until + ROUNDING
        and bool(message.about & set(trouble.about))
        and any(fnmatchcase(name, glob) for name in message.who for glob in trouble.who)
    )
