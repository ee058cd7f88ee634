"""Retry and drop by a browser: what would be done, what is done, what is left and why."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.core.playbook import plan, rule, run
from tests.web.house import House, house_in
from tests.web.scenes import Visitor, sends, visits
from watcher.core.delivery import Disposition
from watcher.core.outcome import Fate
from watcher.messages.wording import Language
from watcher.store.queries import Shipment, read_shipments

FILE = plan(rule("down", "state-mismatch", notify=("ops", "audit")), jobs=("a", "b", "c"), storm=0)
ID = re.compile(r'name="id" value="(\w+)"')
ORDER = "/deliveries/order"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Three jobs down: a bundle of them waits in the chat, the webhook refused each message."""
    async with house_in(tmp_path, FILE) as made:
        names = ("a", "b", "c")
        made.reads(*map(run, names))
        made.waits("1m")
        made.reads(*(run(name, "FAILED") for name in names))
        await sends(made, Fate.RETRY, detail="HTTP 503")
        await sends(made, Fate.REJECTED, "audit", detail="no such field")
        made.waits("1m")
        made.reads(*(run(name, "FAILED") for name in names))
        await made.keeps()
        yield made


async def rows(house: House, channel: str) -> list[Shipment]:
    def read(connection: object) -> tuple[Shipment, ...]:
        return read_shipments(connection, 100, channel, None)  # type: ignore[arg-type]

    return list(await house.reading.transact(read))


async def states(house: House, channel: str) -> set[str]:
    return {row.disposition.value for row in await rows(house, channel)}


async def test_first_it_is_shown(house: House) -> None:
    """What an order would do is shown with the number of messages, and nothing is done."""
    before = await rows(house, "audit")
    async with visits(house) as visitor:
        text = await visitor.reads(f"{ORDER}?verb=retry&channel=audit&state=dead")
    assert "Messages that would be due now: 3." in text
    assert "Retry now (3)" in text
    assert before == await rows(house, "audit")


async def test_then_it_is_done(house: House) -> None:
    """All that fit go again, and the page after it says how many, by whom."""
    async with visits(house) as visitor:
        page = f"{ORDER}?verb=retry&channel=audit&state=dead"
        fields = {"verb": "retry", "channel": "audit", "state": "dead"}
        with capture_logs() as logs:
            text = await visitor.sends(page, ORDER, fields)
    assert "Messages due now: 3. Asked for by 127.0.0.1" in text
    assert {"waiting"} == await states(house, "audit")
    acted = [log for log in logs if log["event"] == "acted"]
    assert [("127.0.0.1", "retry", 3)] == [
        (log["who"], log["verb"], log["messages"]) for log in acted
    ]


async def test_what_was_done_is_told_again(house: House) -> None:
    """Loading the page after it anew does nothing anew; an address that is made up is none."""
    async with visits(house) as visitor:
        await visitor.sends(f"{ORDER}?verb=drop&all=1", ORDER, {"verb": "drop", "all": "1"})
        assert "Messages dropped: 6." in visitor.text
        await visitor.reads("/deliveries/done?n=made-up")
        assert 404 == visitor.status
        await visitor.reads("/deliveries/done")
        assert 404 == visitor.status


async def test_who_dropped_and_why_is_kept(house: House) -> None:
    """A reason is kept on one line with the name of who gave it."""
    async with visits(house) as visitor:
        fields = {"verb": "drop", "state": "dead", "reason": "old\nnews"}
        await visitor.sends(f"{ORDER}?verb=drop&state=dead", ORDER, fields)
    whys = {row.why for row in await rows(house, "audit")}
    assert {"dropped by 127.0.0.1: old news"} == whys


async def test_some_are_chosen(house: House) -> None:
    """The boxes of the list choose; what is said twice counts once."""
    first, second, _ = await rows(house, "audit")
    async with visits(house) as visitor:
        page = f"{ORDER}?verb=drop&id={first.id}&id={second.id}"
        assert "Messages that would never be told: 2." in await visitor.reads(page)
        assert [first.id, second.id] == ID.findall(visitor.text)
        fields = {"verb": "drop", "id": [first.id, second.id, first.id]}
        text = await visitor.sends(page, ORDER, fields)
    assert "Messages dropped: 2." in text
    assert ["dropped", "dropped", "dead"] == [
        row.disposition.value for row in await rows(house, "audit")
    ]


async def test_one_of_a_bundle_is_left_and_the_page_says_why(house: House) -> None:
    """A bundle that was tried stays what it is: all of it is dropped, or none."""
    bundled = [row for row in await rows(house, "ops") if row.disposition is Disposition.BUNDLED]
    async with visits(house) as visitor:
        page = f"/delivery?id={bundled[0].id}"
        text = await visitor.sends(page, ORDER, {"verb": "drop", "id": bundled[0].id})
        assert "Left as they are" in text
        assert "is one of 3 in bundle" in text
        assert {"waiting", "bundled"} == await states(house, "ops")
        text = await visitor.sends(page, ORDER, {"verb": "retry", "id": bundled[0].id})
    assert "Messages due now: 3." in text


async def test_a_text_acts_on_what_it_finds(house: House) -> None:
    """What the list shows for a text is what an order of it is about, and no more."""
    async with visits(house) as visitor:
        await visitor.sends(
            f"{ORDER}?verb=drop&q=B&channel=audit",
            ORDER,
            {"verb": "drop", "q": "B", "channel": "audit"},
        )
    assert ["dead", "dropped", "dead"] == [
        row.disposition.value for row in await rows(house, "audit")
    ]


async def test_a_channel_that_left_the_file_is_not_retried(house: House) -> None:
    """It could not be sent anyway, and the page says so."""
    house.reloads(file=plan(rule("down", "state-mismatch"), jobs=("a", "b", "c"), channels=()))
    async with visits(house) as visitor:
        text = await visitor.reads(f"{ORDER}?verb=retry&channel=audit")
    assert "There is nothing that it could be done to." in text
    assert "its channel audit is not in the file" in text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "verb=retry",
        "verb=eat&all=1",
        "verb=drop&all=1&state=dead",
        "verb=drop&id=1&channel=ops",
        "verb=drop&state=delivered",
        "verb=drop&state=nonsense",
        "all=1",
    ],
)
async def test_nothing_is_done_by_default(house: House, query: str) -> None:
    """An order that says nothing, or several things at once, is refused, and so is its form."""
    before = await rows(house, "audit")
    fields = dict(pair.split("=") for pair in query.split("&") if pair)
    async with visits(house) as visitor:
        await visitor.reads(f"{ORDER}?{query}")
        assert 400 == visitor.status
        await visitor.sends(f"{ORDER}?verb=drop&all=1", ORDER, fields)
        assert 400 == visitor.status
    assert before == await rows(house, "audit")


async def test_an_id_that_is_none(house: House) -> None:
    """Nothing is done, to the others neither."""
    first, *_ = await rows(house, "audit")
    async with visits(house) as visitor:
        text = await visitor.reads(f"{ORDER}?verb=drop&id={first.id}&id=%3Cb%3Enone")
        assert 404 == visitor.status
        assert "<b>none" not in visitor.text
        assert "Nothing is done." in text
        fields = {"verb": "drop", "id": [first.id, "none"]}
        text = await visitor.sends(f"{ORDER}?verb=drop&all=1", ORDER, fields)
    assert "Nothing is done." in text
    assert {"dead"} == await states(house, "audit")


async def test_a_form_of_another_site_is_refused(house: House) -> None:
    """Without this browser's token nothing is done."""
    async with visits(house) as visitor:
        form = {"verb": "drop", "all": "1", "csrf": "made-up"}
        async with visitor.client.post(ORDER, data=form) as answer:
            assert 403 == answer.status
    assert {"dead"} == await states(house, "audit")


async def test_notes_are_told_in_chinese(house: House) -> None:
    """Also the sentences that the store makes."""
    house.language = Language.CHINESE
    bundled = [row for row in await rows(house, "ops") if row.disposition is Disposition.BUNDLED]
    async with visits(house) as visitor:
        text = await visitor.reads(f"{ORDER}?verb=drop&id={bundled[0].id}")
    assert "条之一；请丢弃整条或都不丢弃" in text


async def test_many_are_counted(tmp_path: Path) -> None:
    """Of many deliveries the first two hundred are shown, and all are acted on."""
    names = tuple(f"job_{number:03}" for number in range(250))
    file = plan(rule("down", "state-mismatch", notify=("audit",)), jobs=names, storm=0)
    async with house_in(tmp_path, file) as house:
        house.reads(*(run(name) for name in names))
        house.waits("1m")
        house.reads(*(run(name, "FAILED") for name in names))
        await house.keeps()
        async with visits(house) as visitor:
            await act_on_all(visitor)
        assert {"dropped"} == await states(house, "audit")


async def act_on_all(visitor: Visitor) -> None:
    text = await visitor.reads(f"{ORDER}?verb=drop&all=1")
    assert "and 50 more" in text
    text = await visitor.sends(f"{ORDER}?verb=drop&all=1", ORDER, {"verb": "drop", "all": "1"})
    assert "Messages dropped: 250." in text
