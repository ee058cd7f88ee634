"""The page of silences and windows, as a browser gets it."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from tests.core.playbook import NOON, plan, rule, run
from tests.web.house import House, house_in
from tests.web.scenes import visits
from watcher.core.silence import Matchers, Silence
from watcher.core.window import Cron, Window
from watcher.messages.wording import Language
from watcher.store.silences import add_silence, read_silences
from watcher.web.pages import silences
from watcher.web.silence_form import Judged, judge_form

EVIL = "<script>alert(1)</script>\u202e"
WINDOW = Window("nightly", Cron("0 11 * * *", timedelta(hours=2), UTC))
LATER = Window("weekly", Cron("0 3 * * 0", timedelta(hours=1), UTC))
FILE = plan(
    rule("down", "state-mismatch"),
    rule("errs", "new-error"),
    jobs=("orders_1", "orders_2", "pay"),
    windows=(WINDOW, LATER),
)
PAGE = "/silences"
ID = re.compile(r'name="id" value="(\w+)"')


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Three jobs, one of which is down, while a window is open."""
    async with house_in(tmp_path, FILE) as made:
        names = ("orders_1", "orders_2", "pay")
        made.reads(*map(run, names))
        made.waits("1m")
        made.reads(run("orders_1", "FAILED"), run("orders_2"), run("pay"))
        await made.keeps()
        yield made


async def kept(house: House) -> tuple[Silence, ...]:
    return await house.reading.transact(read_silences)


async def test_a_silence_is_looked_at_before_it_is_added(house: House) -> None:
    """What it would hide is shown, the form stays filled in, and nothing is added."""
    fields = {"job": "orders_*", "for": "30m", "reason": "upgrade", "do": "look"}
    async with visits(house) as visitor:
        text = await visitor.sends(PAGE, PAGE, fields)
    assert "Jobs that it fits: 2. Alerts of it that fire now: 1." in text
    assert "orders_*</textarea>" in text
    assert 'value="upgrade"' in text
    assert () == await kept(house)


async def test_a_silence_is_added(house: House) -> None:
    """With who made it, until when, why; and the page that it leads to shows it."""
    fields = {
        "job": "orders_*",
        "source": "prod",
        "kind": "state-mismatch",
        "rule": "down",
        "for": "2h",
        "reason": "upgrade\nof all",
        "do": "add",
    }
    async with visits(house) as visitor:
        with capture_logs() as logs:
            text = await visitor.sends(PAGE, PAGE, fields)
    assert "The silence is added." in text
    (made,) = await kept(house)
    assert Matchers(("orders_*",), ("prod",), ("state-mismatch",), ("down",)) == made.matchers  # type: ignore[arg-type]
    assert ("127.0.0.1", "upgrade of all") == (made.created_by, made.reason)
    assert made.created_at + timedelta(hours=2) == made.until
    assert [made.id] == [log["silence"] for log in logs if log["event"] == "acted"]


async def test_one_press_ends_it(house: House) -> None:
    """It is over at once, by whom is kept, and pressing again says that it is over."""
    async with visits(house) as visitor:
        await visitor.sends(PAGE, PAGE, {"job": "pay", "for": "2h", "do": "add"})
        (name,) = ID.findall(visitor.text)
        text = await visitor.sends(PAGE, "/silences/expire", {"id": name})
        assert "The silence is over" in text
        assert "ended by 127.0.0.1" in text
        assert "No silence is in force." in text
        house.waits("1s")
        again = await visitor.sends(PAGE, "/silences/expire", {"id": name})
        assert "That silence was over already." in again
    assert () == await kept(house)


@pytest.mark.parametrize("name", ["", "none", "%", "'"])
async def test_there_is_no_such_silence(house: House, name: str) -> None:
    """Nothing is ended, and a beginning of an id is not enough for a page."""
    await house.saved.access.transact(partial(add_silence, silence=any_silence()))
    async with visits(house) as visitor:
        text = await visitor.sends(PAGE, "/silences/expire", {"id": name})
    assert "There is no such silence." in text
    assert 1 == len(await kept(house))


def any_silence() -> Silence:
    until = NOON + timedelta(hours=3)
    return Silence("", Matchers(jobs=("pay",)), "anna", NOON, until=until)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"for": "2h"}, "Say what to silence"),
        ({"job": "pay"}, "say until when"),
        ({"job": "pay", "for": "soon"}, "soon is no span"),
        ({"job": "pay", "until": "yesterday"}, "yesterday is no time"),
        ({"job": "pay", "until": "2020-01-01 10:00"}, "over already"),
        ({"job": "pay", "for": "999d"}, "At most 366 days"),
        ({"job": "pay", "for": "2h", "until": "23:00"}, "not both"),
        ({"job": "pay", "recovered": "1"}, "no recovery to wait for"),
        ({"job": "pai", "for": "2h"}, "pai fits none of the 3 jobs. Did you mean pay?"),
        ({"source": "x", "for": "2h"}, "x fits none of the 1 sources"),
        ({"rule": "doun", "for": "2h"}, "Did you mean down?"),
        ({"error": "beef", "for": "2h"}, "begins no error's fingerprint"),
        ({"job": "pay", "kind": "blind", "for": "2h"}, "blind is about no job"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(
    house: House, fields: dict[str, str], words: str
) -> None:
    """The form comes back as it was filled in, and nothing is added."""
    async with visits(house) as visitor:
        text = await visitor.sends(PAGE, PAGE, {**fields, "do": "add"})
    assert 422 == visitor.status
    assert words in text
    assert "The silence is not added" in text
    for name, value in fields.items():
        if name not in ("kind", "recovered", "rule"):
            shown = f"{value}</textarea>" if name in ("job", "source") else f'value="{value}"'
            assert shown in text
    assert () == await kept(house)


async def test_who_means_it_may_add_what_fits_nothing(house: House) -> None:
    """The form offers that only where it helps."""
    fields = {"job": "future_*", "for": "2h", "do": "add"}
    async with visits(house) as visitor:
        assert 'name="force"' in await visitor.sends(PAGE, PAGE, fields)
        assert 'name="force"' not in await visitor.sends(PAGE, PAGE, {**fields, "for": "x"})
        text = await visitor.sends(PAGE, PAGE, {**fields, "force": "1"})
    assert "The silence is added." in text
    assert 1 == len(await kept(house))


async def test_until_recovered(house: House) -> None:
    """A silence without a time ends when what it fits has ended."""
    fields = {"job": "orders_1", "recovered": "1", "do": "add"}
    async with visits(house) as visitor:
        text = await visitor.sends(PAGE, PAGE, fields)
    assert "until recovered" in text
    (made,) = await kept(house)
    assert (None, True) == (made.until, made.until_recovered)


async def test_windows_of_the_file(house: House) -> None:
    """Which is open, since when, what it has hidden; when the others open."""
    async with visits(house) as visitor:
        text = await visitor.reads(PAGE)
    for words in ("nightly", "since 11:00, 1 hidden", "weekly", "shut", "0 3 * * 0 for 1h"):
        assert words in text


async def test_what_each_has_hidden(tmp_path: Path) -> None:
    """A silence counts the messages that were not told."""
    async with house_in(tmp_path) as house:
        house.reads(run("a"), run("b"))
        await house.keeps()
        async with visits(house) as visitor:
            await visitor.sends(PAGE, PAGE, {"job": "a", "for": "2h", "do": "add"})
            (made,) = await kept(house)
            house.store.silences[made.id] = msgspec.structs.replace(made)
            house.ticks()
            house.waits("1m")
            house.reads(run("a", "FAILED"), run("b"))
            await house.keeps()
            text = await visitor.reads(PAGE)
    assert '<td class="number" data-label="Hidden">1</td>' in text


async def test_hostile_silences_stay_text(house: House) -> None:
    """Neither a pattern nor a reason nor a name becomes markup."""
    hostile = Silence("", Matchers(jobs=(EVIL,), rules=(EVIL,)), EVIL, NOON, reason=EVIL)
    over = msgspec.structs.replace(hostile, expired_at=NOON, expired_by=EVIL)
    for one in (hostile, over):
        await house.saved.access.transact(partial(add_silence, silence=one))
    async with visits(house) as visitor:
        await visitor.reads(f"{PAGE}?job={EVIL}&rule={EVIL}&reason={EVIL}&did={EVIL}&id={EVIL}")
        assert "<script>alert" not in visitor.text
        await visitor.sends(PAGE, PAGE, {"job": EVIL, "rule": EVIL, "for": EVIL, "error": EVIL})
        assert "<script>alert" not in visitor.text


async def test_the_page_speaks_chinese(house: House) -> None:
    """Also what is wrong with a form."""
    house.language = Language.CHINESE
    async with visits(house) as visitor:
        text = await visitor.sends(PAGE, PAGE, {"job": "pai", "do": "add"})
    assert "pai 不匹配 3 个作业中的任何一个。 是否指 pay？" in text


async def test_a_form_is_judged_beside_the_loops(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Misspelt names among 10,000 jobs take seconds to judge, in which polls go on."""
    threads = list[threading.Thread]()

    def judge(*given: Any, **more: Any) -> Judged:
        threads.append(threading.current_thread())
        return judge_form(*given, **more)

    monkeypatch.setattr(silences, "judge_form", judge)
    async with visits(house) as visitor:
        await visitor.sends(PAGE, PAGE, {"job": "orders_*", "for": "30m", "do": "look"})
    assert [False] == [one is threading.main_thread() for one in threads]
