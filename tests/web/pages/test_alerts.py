"""The pages of alerts, as a browser gets them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.core.playbook import plan, rule, run
from tests.web.house import House, house_in
from tests.web.scenes import sends, visits
from watcher.core.outcome import Fate
from watcher.messages.wording import Language

EVIL = "<script>alert(1)</script>\u202e[x]*"
FILE = plan(
    rule("down", "state-mismatch", remind="30m"),
    rule("errors & more", "new-error", "warning"),
    rule("loop", "restart", count=3, within="10m"),
    jobs=("a", "b", "<script*"),
)
DETAIL = re.compile(r'href="(/alert\?id=\w+)"')
SILENCE = re.compile(r'href="(/silences\?[^"]*)#add"')


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Two jobs down and told, one of them with a name that means harm; one that restarts."""
    async with house_in(tmp_path, FILE) as made:
        made.lists(EVIL)
        made.reads(run("a"), run("b"), run(EVIL))
        made.waits("1m")
        down = run("b", "FAILED", error="java.lang.Boom: <b>bang</b>", error_at=1795348860000)
        made.reads(run("a", id=2), down, run(EVIL, "FAILED"))
        await sends(made, Fate.DELIVERED)
        yield made


async def test_what_fires_and_what_waits(house: House) -> None:
    """How many, each with its kind, rule, severity, who knows of it and what is ahead."""
    async with visits(house) as visitor:
        text = await visitor.reads("/alerts")
    assert "Firing: 2. Pending: 1." in text
    for words in ("critical", "state: failed", "is told again at 12:31", "1 of 3 within 10 min"):
        assert words in text
    assert "nobody yet" in text


async def test_nothing_fires(tmp_path: Path) -> None:
    """A page without alerts says so in words."""
    async with house_in(tmp_path) as house, visits(house) as visitor:
        assert "Nothing is pending or firing." in await visitor.reads("/alerts")


@pytest.mark.parametrize(
    "query, total",
    [
        ("phase=pending", 1),
        ("kind=state-mismatch", 2),
        ("rule=loop", 1),
        ("source=prod&severity=critical", 3),
        ("q=B", 1),
        ("kind=nonsense&phase=nonsense&page=nonsense", 3),
    ],
)
async def test_filters_stand_in_the_address(house: House, query: str, total: int) -> None:
    """What is asked for is found; what means nothing counts as not asked for."""
    async with visits(house) as visitor:
        text = await visitor.reads(f"/alerts?{query}")
    assert f"Alerts that fit: {total}." in text


async def test_a_filter_that_nothing_fits_leads_back(house: House) -> None:
    """The page keeps what was asked for, and offers all."""
    async with visits(house) as visitor:
        text = await visitor.reads("/alerts?q=nothing+such&rule=gone")
    assert "No alert fits" in text
    assert 'value="nothing such"' in text
    assert '<option value="gone" selected>' in text


async def test_pages_of_many(tmp_path: Path) -> None:
    """A hundred a page, the filters kept from one to the next."""
    names = tuple(f"job_{number:03}" for number in range(120))
    async with house_in(tmp_path, plan(rule("down", "state-mismatch"), jobs=names)) as house:
        house.reads(*(run(name, "FAILED") for name in names))
        await house.keeps()
        async with visits(house) as visitor:
            first = await visitor.reads("/alerts?kind=state-mismatch")
            second = await visitor.reads("/alerts?page=2&kind=state-mismatch")
            beyond = await visitor.reads("/alerts?page=99999999999999999999")
    assert 'href="/alerts?page=2&kind=state-mismatch"' in first
    assert (100, 20) == (len(DETAIL.findall(first)), len(DETAIL.findall(second)))
    assert "job_119" in second
    assert "No alert fits" not in first
    assert [] == DETAIL.findall(beyond)


async def test_what_ended_is_told_with_its_reason(house: House) -> None:
    """For a day: how it ended, and how long it lasted."""
    for span in ("1m", "2m"):
        house.waits(span)
        house.reads(run("a", id=2), run("b"), run(EVIL, "FAILED"))
    await house.keeps()
    async with visits(house) as visitor:
        text = await visitor.reads("/alerts")
        assert "Ended in the last 24 hours" in text
        assert "recovered" in text
        house.waits("25h")
        assert "Ended in the last 24 hours" not in await visitor.reads("/alerts")


async def test_the_story_of_an_alert(house: House) -> None:
    """Its event with the error, what was decided about it, and each message with its attempts."""
    async with visits(house) as visitor:
        page = await visitor.reads("/alerts?q=b&rule=down")
        (address,) = set(DETAIL.findall(page))
        text = await visitor.reads(address)
    assert 200 == visitor.status
    for words in ("Should be RUNNING, is FAILED", "told", "began", "delivered", "Firing since"):
        assert words in text
    assert "<b>bang</b>" not in visitor.text


async def test_no_secret_is_shown(house: House) -> None:
    """Neither in what an error says nor in what a receiver said."""
    house.waits("1m")
    bad = run("b", "FAILED", error="java.lang.Boom: key s3cr3t", error_at=1795348920000)
    house.reads(run("a", id=2), bad, run(EVIL))
    house.waits("2m")
    house.reads(run("a", id=2), run("b"), run(EVIL))
    house.waits("2m")
    house.reads(run("a", id=2), run("b"), run(EVIL))
    await sends(house, Fate.REJECTED, detail="no s3cr3t")
    async with visits(house) as visitor:
        listed = await visitor.reads("/alerts") + await visitor.reads("/deliveries")
        paths = re.findall(r'href="(/(?:alert|delivery)\?id=\w+)"', listed)
        told = [await visitor.reads(path) for path in set(paths)]
    assert any("java.lang.Boom" in text for text in told)
    assert all("s3cr3t" not in text for text in (listed, *told))


@pytest.mark.parametrize("query", ["", "?id=", "?id=nope", "?id=%00%ff", "?x=1"])
async def test_an_alert_that_is_not_kept(house: House, query: str) -> None:
    """404, with a way back."""
    async with visits(house) as visitor:
        text = await visitor.reads(f"/alert{query}")
    assert 404 == visitor.status
    assert "No such alert" in text


async def test_silence_this_names_this_job_alone(house: House) -> None:
    """A name that looks like a pattern is taken as a name in the form."""
    async with visits(house) as visitor:
        page = await visitor.reads("/alerts?kind=state-mismatch&q=script")
        (address,) = set(SILENCE.findall(page))
        query = parse_qs(urlsplit(address).query)
        assert {"kind": ["state-mismatch"], "rule": ["down"], "source": ["prod"]}.items() <= (
            query.items()
        )
        form = await visitor.sends(
            "/silences", "/silences", {**{k: v[0] for k, v in query.items()}, "for": "2h"}
        )
    assert "Jobs that it fits: 1. Alerts of it that fire now: 1." in form


async def test_hostile_names_stay_text(house: House) -> None:
    """No name becomes markup, and none turns the direction of what follows it."""
    async with visits(house) as visitor:
        for path in ("/alerts", *DETAIL.findall(await visitor.reads("/alerts"))):
            await visitor.reads(path)
            assert "<script>alert" not in visitor.text
            assert "\u202e" not in visitor.text


async def test_the_pages_speak_chinese(house: House) -> None:
    """In the file's language, every word of the page is."""
    house.language = Language.CHINESE
    async with visits(house) as visitor:
        text = await visitor.reads("/alerts")
        assert "触发中：2，待定：1。" in text
        story = await visitor.reads(DETAIL.findall(text)[0])
    assert "期望 RUNNING，实际 FAILED" in story
