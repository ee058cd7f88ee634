"""The alerts as they stand, those that ended lately, and the story of one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.core.playbook import NOON, plan, rule, run
from tests.web.house import House, house_in
from watcher.core.alert import Hush, Phase
from watcher.core.event import Kind
from watcher.core.notification import Reason
from watcher.core.outlook import Ahead
from watcher.core.plan import Plan
from watcher.core.why import Why
from watcher.store.views.alerts import (
    AlertsView,
    AlertsWanted,
    EndedView,
    Voice,
    read_alert,
    read_alerts,
    read_ended,
)

MINUTE = timedelta(minutes=1)
FILE = plan(
    rule("slow", "state-mismatch", "warning", failed="10m", notify=("audit",)),
    rule("down", "state-mismatch", remind="30m"),
    rule("late", "input-delay", "error", threshold=1000),
    jobs=("a", "b", "c_1"),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Two jobs down, one of them for longer, and one behind."""
    async with house_in(tmp_path, FILE) as made:
        made.reads(run("a"), run("b"), run("c_1", delay=0))
        made.waits("1m")
        made.reads(run("a"), run("b", "FAILED"), run("c_1", delay=5000))
        made.waits("1m")
        made.reads(run("a", "FAILED"), run("b", "FAILED"), run("c_1", delay=5000))
        await made.keeps()
        yield made


async def alerts(house: House, wanted: AlertsWanted) -> AlertsView:
    return await house.reading.transact(partial(read_alerts, wanted=wanted, plan=house.plan))


def names(view: AlertsView) -> list[tuple[str | None, str]]:
    return [(one.job, one.rule) for one in view.alerts]


async def test_the_gravest_come_first(house: House) -> None:
    """Firing before pending, then by severity, then the oldest."""
    view = await alerts(house, AlertsWanted())
    assert [
        ("b", "down"),
        ("a", "down"),
        ("c_1", "late"),
        ("b", "slow"),
        ("a", "slow"),
    ] == names(view)
    assert (5, 3, 2) == (view.total, view.firing, view.pending)
    assert ("critical", "error", "warning") == view.severities
    assert ("down", "late", "slow") == view.rules


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (AlertsWanted(phase=Phase.PENDING), [("b", "slow"), ("a", "slow")]),
        (AlertsWanted(kind=Kind.INPUT_DELAY), [("c_1", "late")]),
        (AlertsWanted(severity="error"), [("c_1", "late")]),
        (AlertsWanted(rule="slow", text="A"), [("a", "slow")]),
        (AlertsWanted(text="LATE"), [("c_1", "late")]),
        (AlertsWanted(text="%"), []),
        (AlertsWanted(text="stream"), []),
        (AlertsWanted(source="other"), []),
        (AlertsWanted(limit=2, offset=1), [("a", "down"), ("c_1", "late")]),
    ],
)
async def test_what_is_asked_for_is_found(
    house: House, wanted: AlertsWanted, expected: list[tuple[str, str]]
) -> None:
    """Each filter alone, and together; texts whatever their case, and never as a pattern."""
    assert expected == names(await alerts(house, wanted))


async def test_an_alert_says_whom_it_told_and_what_is_ahead(house: House) -> None:
    """Its channel with the number of messages, and its next reminder."""
    first = (await alerts(house, AlertsWanted())).alerts[0]
    assert (Voice("ops", "down", 1),) == first.told
    assert Ahead.REMINDS is first.outlook.ahead
    assert NOON + 31 * MINUTE == first.outlook.at


async def test_a_hidden_one_names_its_gate(house: House) -> None:
    """A channel that shall be told once a silence is over is among the hushed."""
    name = house.silences(until="2h", jobs="c_1")
    house.reads(run("a", "FAILED"), run("b", "FAILED"), run("c_1", delay=0))
    house.waits("5m")
    house.reads(run("a", "FAILED"), run("b", "FAILED"), run("c_1", delay=9000))
    await house.keeps()
    (late,) = (await alerts(house, AlertsWanted(rule="late"))).alerts
    assert (Hush("ops", Why.SILENCED, name),) == late.hushed
    assert () == late.told


async def test_a_rule_that_left_the_file_leaves_no_severity(house: House) -> None:
    """Where it has told nobody either, none is made up."""
    bare = Plan(rules=(), channels=house.plan.channels, sources=house.plan.sources)
    found = await house.reading.transact(
        partial(read_alerts, wanted=AlertsWanted(rule="slow"), plan=bare)
    )
    assert {None} == {one.severity for one in found.alerts}
    assert {Ahead.UNWATCHED} == {one.outlook.ahead for one in found.alerts}


async def ended(house: House, wanted: AlertsWanted, ago: str = "24h") -> tuple[EndedView, ...]:
    hours = timedelta(hours=int(ago[:-1]))
    since = house.clock() - hours
    return await house.reading.transact(partial(read_ended, wanted=wanted, since=since))


async def test_what_ended_lately_is_told_once_with_all_its_channels(house: House) -> None:
    """Not once a channel, the latest first, and not what ended before."""
    house.waits("20m")
    house.reads(run("a", "FAILED"), run("b", "FAILED"), run("c_1", delay=0))
    house.waits("1m")
    house.reads(run("a"), run("b", "FAILED"), run("c_1", delay=0))
    house.waits("2m")
    house.reads(run("a"), run("b", "FAILED"), run("c_1", delay=0))
    await house.keeps()
    found = await ended(house, AlertsWanted())
    assert {("a", "down", "recovered", ("ops",)), ("c_1", "late", "recovered", ("ops",))} <= {
        (one.job, one.rule, one.reason, one.channels) for one in found
    }
    assert len({one.id for one in found}) == len(found)
    assert ["late"] == [one.rule for one in await ended(house, AlertsWanted(text="C_"))]
    assert ["late"] == [one.rule for one in await ended(house, AlertsWanted(severity="error"))]
    assert () == await ended(house, AlertsWanted(phase=Phase.FIRING))
    assert 1 == len(await ended(house, AlertsWanted(limit=1)))
    house.waits("25h")
    assert () == await ended(house, AlertsWanted())


async def test_the_story_of_an_alert(house: House) -> None:
    """Its event, what was decided about it, and its messages with their attempts."""
    first = (await alerts(house, AlertsWanted())).alerts[0]
    story = await house.reading.transact(partial(read_alert, alert=first.id, plan=house.plan))
    assert story is not None
    assert first == story.alert
    assert [first.event] == [event.id for event in story.events]
    assert Why.TOLD in {one.why for one in story.decisions[first.event]}
    assert [Reason.BEGAN] == [sent.told.reason for sent in story.messages if sent.told]


async def test_the_story_of_one_that_is_over(house: House) -> None:
    """It is told from its messages, also where nothing of it fires any more."""
    first = (await alerts(house, AlertsWanted())).alerts[0]
    house.waits("1m")
    house.reads(run("b"))
    house.waits("2m")
    house.reads(run("b"))
    await house.keeps()
    story = await house.reading.transact(partial(read_alert, alert=first.id, plan=house.plan))
    assert story is not None
    assert story.alert is None
    assert ["began", "recovered"] == [sent.shipment.reason for sent in story.messages]


async def test_there_is_no_story_of_what_never_was(house: House) -> None:
    """An id that nothing has gives nothing."""
    assert await house.reading.transact(partial(read_alert, alert="x", plan=house.plan)) is None
