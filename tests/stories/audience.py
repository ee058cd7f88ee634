"""What each of the three would tell of a story, in a form that one judge takes."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from tests.peers.dinky import dinky
from tests.peers.looks import Sent, looks
from tests.peers.streampark import streampark
from tests.stories.judging import Heard
from tests.stories.message import Message
from tests.stories.page import SCENARIO, Story
from watcher.simulator import load_scenario

SCALE = 30.0
"""A second of a story stands for so many of life."""

ABOUT: Final = MappingProxyType(
    {
        "state-mismatch": "state",
        "state-change": "state",
        "new-error": "error",
        "restart": "restart",
        "flapping": "restart",
        "input-delay": "delay",
        "missing": "missing",
        "appeared": "new",
        "blind": "sight",
        "reconciled": "sight",
        "undeliverable": "channel",
        "incident": "incident",
        "batch-late": "late",
        "redeployment": "redeployed",
    }
)
"""What a message of each kind is about, in the words of the pages' tables."""


def from_watcher(story: Story) -> list[Heard]:
    """What the page says that the judged channel is told; a test proves that it is."""
    return [_heard(one) for one in story.told.get(story.judged_on, ())]


def from_streampark(story: Story, scale: float = SCALE) -> list[Heard]:
    """What StreamPark would have sent."""
    scenario, scale = load_scenario(story.folder / SCENARIO), _scale(story, scale)
    return _in_story_time(streampark(looks(scenario, story.lasts, scale)), scale)


def from_dinky(story: Story, scale: float = SCALE) -> list[Heard]:
    """What Dinky would have sent."""
    scenario, scale = load_scenario(story.folder / SCENARIO), _scale(story, scale)
    return _in_story_time(dinky(looks(scenario, story.lasts, scale)), scale)


def _scale(story: Story, scale: float) -> float:
    """A story whose own clock is sped up has spans as in life."""
    return scale if story.factor == 1 else 1.0


def _heard(message: Message) -> Heard:
    who = tuple(dict.fromkeys(name for part in message.parts for name in part.who))
    about = frozenset(ABOUT.get(part.kind, part.kind) for part in message.parts)
    first = message.text.partition("\n")[0].lstrip("# ")
    return Heard(float(message.at), who, about, first)


def _in_story_time(sent: Iterable[Sent], scale: float) -> list[Heard]:
    return [Heard(one.at / scale, one.who, frozenset(one.about), one.text) for one in sent]
