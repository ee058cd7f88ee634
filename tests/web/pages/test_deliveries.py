"""The pages of the outbox, as a browser gets them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.core.playbook import plan, rule, run
from tests.web.house import House, house_in
from tests.web.scenes import sends, visits
from watcher.core.outcome import Fate
from watcher.messages.wording import Language

EVIL = "<img src=x onerror=alert(1)>\u202e"
FILE = plan(
    rule("down", "state-mismatch", notify=("ops", "audit")),
    rule("errs", "new-error", "warning"),
    jobs=("a", "b", EVIL),
)
DETAIL = re.compile(r'href="(/delivery\?id=\w+)"')


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Three jobs down: told as a bundle to a chat, refused one by one by a webhook, but for one."""
    async with house_in(tmp_path, FILE) as made:
        made.reads(run("a"), run("b"), run(EVIL))
        made.waits("1m")
        made.reads(*(run(name, "FAILED") for name in ("a", "b", EVIL)))
        await sends(made, Fate.DELIVERED)
        await sends(made, Fate.REJECTED, "audit", detail="no field <b>text</b>")
        made.waits("1m")
        made.reads(*(run(name, "FAILED") for name in ("a", "b", EVIL)))
        yield made


async def test_the_latest_come_first(house: House) -> None:
    """Each with its channel, where it stands, what it is about, and what became of it."""
    async with visits(house) as visitor:
        text = await visitor.reads("/deliveries")
    for words in ("bundle of 3", "delivered", "dead", "no field", 'name=b"'):
        assert words in text
    assert text.index("bundle of 3") < text.index('name=b"')


async def test_an_empty_outbox_says_what_to_do(tmp_path: Path) -> None:
    """Nothing was told yet, and a command shows whether it would be."""
    async with house_in(tmp_path) as house, visits(house) as visitor:
        text = await visitor.reads("/deliveries")
    assert "Nothing was to be told yet." in text
    assert "watcher test-channel" in text


@pytest.mark.parametrize(
    "query, rows, choices",
    [
        ("state=dead", 3, 3),
        ("state=delivered", 4, 0),
        ("state=dead&channel=ops", 0, 0),
        ("channel=audit&q=B", 1, 1),
        ("q=errs", 0, 0),
        ("state=nonsense", 7, 3),
    ],
)
async def test_filters(house: House, query: str, rows: int, choices: int) -> None:
    """Rows that a person can still do something about have a box to choose them by."""
    async with visits(house) as visitor:
        text = await visitor.reads(f"/deliveries?{query}")
    assert (rows, choices) == (len(DETAIL.findall(text)), text.count('name="id"'))


async def test_pages_of_many(tmp_path: Path) -> None:
    """A hundred a page, and a way to the older and the newer ones."""
    names = tuple(f"job_{number:03}" for number in range(150))
    file = plan(rule("down", "state-mismatch", notify=("audit",)), jobs=names, storm=0)
    async with house_in(tmp_path, file) as house:
        house.reads(*(run(name) for name in names))
        house.waits("1m")
        house.reads(*(run(name, "FAILED") for name in names))
        await house.keeps()
        async with visits(house) as visitor:
            first = await visitor.reads("/deliveries?channel=audit")
            older = re.findall(r'href="(/deliveries\?before=[^"]+)"', first)
            second = await visitor.reads(older[0])
            newer = re.findall(r'href="(/deliveries\?after=[^"]+)"', second)
            again = await visitor.reads(newer[0])
    assert (100, 50) == (len(DETAIL.findall(first)), len(DETAIL.findall(second)))
    assert "channel=audit" in older[0]
    assert DETAIL.findall(first) == DETAIL.findall(again)


async def test_all_about_a_dead_one(house: House) -> None:
    """Why it died, its text as told, each attempt, and what can be done."""
    async with visits(house) as visitor:
        page = await visitor.reads("/deliveries?state=dead&q=b")
        text = await visitor.reads(DETAIL.findall(page)[0])
    for words in ("prod/b has failed", "message rejected", "Retry now", "Drop it", "Why"):
        assert words in text
    assert "no field &lt;b&gt;text&lt;/b&gt;" in visitor.text


async def test_a_bundle_lists_its_members(house: House) -> None:
    """What it says as one message, and the messages in it; nothing to do, as it was delivered."""
    async with visits(house) as visitor:
        page = await visitor.reads("/deliveries?state=delivered")
        text = await visitor.reads(DETAIL.findall(page)[0])
        assert "Messages in this bundle" in text
        assert "3 jobs" in text
        assert "Retry now" not in text
        member = await visitor.reads(DETAIL.findall(page)[1])
    assert "Travels in" in member


async def test_one_under_way_is_left_alone(house: House) -> None:
    """The page says so, and offers nothing."""
    house.waits("10m")
    house.reads(*(run(name) for name in ("a", "b", EVIL)))
    house.waits("2m")
    house.reads(*(run(name) for name in ("a", "b", EVIL)))
    await sends(house, Fate.DELIVERED, begin_only=True)
    async with visits(house) as visitor:
        page = await visitor.reads("/deliveries?state=leased")
        text = await visitor.reads(DETAIL.findall(page)[0])
    assert "It is being sent now" in text
    assert "Drop it" not in text


@pytest.mark.parametrize("query", ["", "?id=", "?id=nope", "?id=%00%27%22"])
async def test_one_that_is_not_kept(house: House, query: str) -> None:
    """404, with a way back."""
    async with visits(house) as visitor:
        text = await visitor.reads(f"/delivery{query}")
    assert 404 == visitor.status
    assert "All deliveries" in text


async def test_hostile_names_stay_text(house: House) -> None:
    """On the list, in a message as told, and among a bundle's members."""
    async with visits(house) as visitor:
        for path in ("/deliveries", *DETAIL.findall(await visitor.reads("/deliveries"))):
            await visitor.reads(path)
            assert "<img" not in visitor.text
            assert "\u202e" not in visitor.text


async def test_the_pages_speak_chinese(house: House) -> None:
    """Rows, states and a message's text are in the reader's language."""
    house.language = Language.CHINESE
    async with visits(house) as visitor:
        page = await visitor.reads("/deliveries?state=dead&q=b")
        assert "已放弃" in page
        text = await visitor.reads(DETAIL.findall(page)[0])
    assert "消息被拒绝" in text
    assert "prod/b 已失败" in text
