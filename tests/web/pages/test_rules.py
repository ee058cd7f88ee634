"""The page of rules, patterns and channels, as a browser gets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.core.playbook import chat, hook, plan, rule, run
from tests.web.house import House, house_in
from tests.web.scenes import sends, visits
from watcher.core.outcome import Fate
from watcher.core.rule import Match
from watcher.core.why import Why
from watcher.messages.wording import Language
from watcher.store.views.rules import Became
from watcher.web.pages.rules import tally_of

EVIL = "<script>alert(1)</script>\u202e"
FILE = plan(
    rule("down", "state-mismatch", match=Match(job=("orders_*", EVIL))),
    rule("loop", "restart", "warning", count=3, within="10m"),
    rule(EVIL, "appeared", "info", notify=()),
    rule("blind", "blind", builtin=True),
    jobs=("orders_1", "nothing_*"),
    channels=(chat("ops", fallback="audit"), hook("audit")),
    labels={"team": EVIL},
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A job that is down and told."""
    async with house_in(tmp_path, FILE) as made:
        made.reads(run("orders_1"))
        made.waits("1m")
        made.reads(run("orders_1", "FAILED"))
        await sends(made, Fate.DELIVERED)
        yield made


async def test_each_rule_in_the_files_words(house: House) -> None:
    """What it hears of, how patient it is, whom it tells; built-in ones are marked."""
    async with visits(house) as visitor:
        text = await visitor.reads("/rules")
    for words in ("state-mismatch", "job orders_*", "count 3 within 10m", "failed 0s", "built in"):
        assert words in text


async def test_what_each_made_of_late(house: House) -> None:
    """Events, what became of them, what fires, and when last; idle rules are named."""
    async with visits(house) as visitor:
        text = await visitor.reads("/rules")
        assert "Rules for which nothing happened in 7 days" in text
        assert "Last" in text
        house.waits("8d")
        later = await visitor.reads("/rules")
    assert text.count("Nothing in 7 days.") + 1 == later.count("Nothing in 7 days.")


async def test_patterns_that_fit_no_job(house: House) -> None:
    """A slip in a name shows as a pattern without jobs."""
    async with visits(house) as visitor:
        text = await visitor.reads("/rules")
    assert "nothing_*" in text
    assert '<span class="badge warn">none</span>' in text


async def test_channels(house: House) -> None:
    """Whether each takes messages, when it last did, and who speaks for it."""
    async with visits(house) as visitor:
        text = await visitor.reads("/rules")
    assert "delivers" in text
    assert "none lately" in text
    assert "Fallback" in text


async def test_hostile_names_stay_text(house: House) -> None:
    """Names of rules, patterns and labels are text."""
    async with visits(house) as visitor:
        await visitor.reads("/rules")
    assert "<script>alert" not in visitor.text
    assert "\u202e" not in visitor.text


async def test_the_page_speaks_chinese(house: House) -> None:
    """The file's own words stay, all others are in the reader's language."""
    house.language = Language.CHINESE
    async with visits(house) as visitor:
        text = await visitor.reads("/rules")
    assert "7 天内没有任何事件的规则" in text
    assert "state-mismatch" in text


def test_events_are_counted_by_what_became_of_them() -> None:
    """Told, told otherwise, held by a gate, or anything else."""
    became = tuple(Became(why, 0, number, None) for number, why in enumerate(Why, start=1))
    tally = tally_of(became)
    held = (Why.SILENCED, Why.WINDOW, Why.INCIDENT, Why.FLAPPING)
    assert sum(1 + list(Why).index(why) for why in held) == tally["held"]
    assert 1 == tally["told"]
    assert sum(range(1, len(Why) + 1)) == sum(tally.values())
