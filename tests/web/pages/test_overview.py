"""The first page, as a browser gets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.playbook import NOON, run
from tests.web.house import House, house_in, pages_of
from watcher.core.breaker import Breaker
from watcher.core.job import SourceRecord
from watcher.messages.wording import Language
from watcher.store.views.overview import Mailbox, Overview, StateCount
from watcher.web.pages.overview import mood_of, state_lines


async def get(house: House, path: str = "/") -> str:
    async with pages_of(house) as client, client.get(path) as answer:
        assert 200 == answer.status
        return await answer.text()


async def test_before_the_first_reading_it_says_what_to_check(tmp_path: Path) -> None:
    """A newcomer is not left with an empty page."""
    async with house_in(tmp_path) as house:
        house.unready = ("source prod: no good answer yet, the key was s3cr3t",)
        text = await get(house)
        assert "Nothing has been read yet." in text
        assert "watcher check" in text
        assert "no good answer yet" in text
        assert "s3cr3t" not in text


async def test_when_all_is_well_it_says_so(tmp_path: Path) -> None:
    """In one sentence, with each source and when it was read."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        text = await get(house)
        assert "All is well." in text
        assert "prod" in text


@pytest.mark.parametrize(
    "language, sentence",
    [(Language.ENGLISH, "Alerts that fire: 1."), (Language.CHINESE, "触发中的告警：1。")],
)
async def test_what_fires_comes_first_with_links(
    tmp_path: Path, language: Language, sentence: str
) -> None:
    """The alert leads to its job, and the states to the jobs that are in them."""
    async with house_in(tmp_path) as house:
        house.language = language
        house.reads(run("a"), run("b"))
        house.reads(run("a", "FAILED"), run("b"))
        await house.keeps()
        text = await get(house)
        assert sentence in text
        assert 'href="/job?source=prod&amp;type=FLINK_STREAM&amp;name=a"' in text
        assert 'href="/jobs?expect=RUNNING&amp;actual=FAILED"' in text


async def test_a_blind_source_is_marked(tmp_path: Path) -> None:
    """With since when it is."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        for _ in range(4):
            house.waits("2m")
            house.fails("a", "b")
        await house.keeps()
        assert "blind for" in await get(house)


def overview(*, read: bool = True, firing: int = 0, dead: int = 0) -> Overview:
    source = SourceRecord("prod", NOON if read else None)
    box = Mailbox("ops", 0, None, dead, Breaker())
    return Overview((source,), (), firing, 0, 0, (), (box,), ())


@pytest.mark.parametrize(
    "found, reasons, mood",
    [
        (overview(read=False), ("why",), "first"),
        (overview(firing=1), ("why",), "firing"),
        (overview(), ("why",), "unready"),
        (overview(dead=1), (), "stuck"),
        (overview(), (), "well"),
    ],
)
def test_the_first_sentence_is_about_the_gravest(
    found: Overview, reasons: tuple[str, ...], mood: str
) -> None:
    """All is well only when nothing fires, nothing is dead and nothing is unseen."""
    assert mood == mood_of(found, reasons)


def test_states_are_counted_over_sources_the_wrong_ones_first() -> None:
    """The same pair in two sources is one line; among equals the most frequent comes first."""
    counts = (
        StateCount("one", "FLINK_STREAM", "RUNNING", "RUNNING", 5),
        StateCount("two", "FLINK_STREAM", "RUNNING", "RUNNING", 3),
        StateCount("one", "FLINK_STREAM", "RUNNING", "FAILED", 1),
        StateCount("one", "FLINK_STREAM", None, None, 2),
    )
    lines = [(line.actual_state, line.jobs, line.tone) for line in state_lines(counts)]
    assert [("FAILED", 1, "bad"), (None, 2, "quiet"), ("RUNNING", 8, "ok")] == lines
