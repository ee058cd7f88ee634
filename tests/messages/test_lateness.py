"""What messages say of input delays and of batch jobs, in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.messages.samples import BEGAN_AT, CHINESE, ENGLISH, RIGHT, TOLD_AT, ended, notify
from watcher.core.event import Facts, Kind
from watcher.core.notification import Notification, Reason
from watcher.core.run_summary import RUNNING, SUCCESS
from watcher.core.trend import Heading
from watcher.messages.message import Message
from watcher.messages.render import render
from watcher.messages.wording import Wording

BEHIND = msgspec.structs.replace(RIGHT, input_delay_ms=720_000)
DONE = msgspec.structs.replace(RIGHT, expect_state=SUCCESS, actual_state=SUCCESS)
UNDONE = msgspec.structs.replace(RIGHT, expect_state=SUCCESS, actual_state=RUNNING)
SEVENTEEN_OCLOCK = TOLD_AT.replace(hour=9, minute=0)
"""In Shanghai."""


def delay(facts: Facts, verdict: str = "high", **more: Any) -> Notification:
    return notify(Kind.INPUT_DELAY, run=BEHIND, previous=None, verdict=verdict, facts=facts, **more)


def batch(facts: Facts, verdict: str = "late", **more: Any) -> Notification:
    return notify(Kind.BATCH_LATE, run=UNDONE, previous=None, verdict=verdict, facts=facts, **more)


def said(notification: Notification, words: Wording = ENGLISH) -> Message:
    return render(notification, TOLD_AT, words)


def lines(message: Message) -> dict[str, str]:
    return {line.label: line.text for line in message.lines}


def test_a_delay_that_grows_says_how_fast_and_where_to() -> None:
    """12 min behind, grows 40 s a minute, an hour behind by 17:00."""
    ahead = Heading(3_600_000, SEVENTEEN_OCLOCK)
    told = delay(Facts(threshold_ms=300_000, slope_ms=40_000, heading=ahead), "growing")
    english, chinese = said(told), said(told, CHINESE)
    assert "🔴 prod/orders_1 is 12 min behind, growing by 40 s a minute" == english.title
    assert "grows 40 s a minute, 1 h behind by 17:00" == lines(english)["Trend"]
    assert "12 min, the threshold is 5 min" == lines(english)["Delay"]
    assert "🔴 prod/orders_1 延迟 12 分钟，每分钟增加 40 秒" == chinese.title
    assert "每分钟增加 40 秒，到 17:00 将延迟 1 小时" == lines(chinese)["趋势"]


def test_one_that_falls_says_when_it_has_caught_up() -> None:
    """Catching up: 12 min behind, falls 90 s a minute, caught up by about 17:00."""
    facts = Facts(threshold_ms=300_000, slope_ms=-90_000, heading=Heading(60_000, SEVENTEEN_OCLOCK))
    told = delay(facts, reason=Reason.REMINDER)
    english, chinese = said(told), said(told, CHINESE)
    assert "🔴 Still: prod/orders_1 is 12 min behind, for 6 min" == english.title
    expected = "catching up: falls 1 min 30 s a minute, caught up by about 17:00"
    assert expected == lines(english)["Trend"]
    assert "正在追赶：每分钟减少 1 分钟 30 秒，约 17:00 追平" == lines(chinese)["趋势"]


@pytest.mark.parametrize(
    "slope_ms, verdict, expected",
    [
        (40_000, "growing", "grows 40 s a minute"),
        (-40_000, "high", "catching up: falls 40 s a minute"),
        (None, "high", None),
    ],
)
def test_what_is_not_known_is_not_said(
    slope_ms: int | None, verdict: str, expected: str | None
) -> None:
    """Without a time there is only the rate; without a trend there is no line."""
    assert expected == lines(said(delay(Facts(slope_ms=slope_ms), verdict))).get("Trend")


def test_a_delay_that_stands_still_says_for_how_many_readings() -> None:
    """And what that may mean; its end says that it moves again."""
    told = delay(Facts(polls=60), "frozen")
    english, chinese = said(told), said(told, CHINESE)
    assert "🔴 prod/orders_1 stands still, 12 min behind" == english.title
    trend = "the same delay in 60 readings in a row: nothing is read, or the metric is dead"
    assert trend == lines(english)["Trend"]
    assert "🔴 prod/orders_1 延迟停在 12 分钟 不再变化" == chinese.title
    assert "60" in lines(chinese)["趋势"]
    over = ended(Kind.INPUT_DELAY, run=BEHIND, verdict="frozen")
    expected = "✅ prod/orders_1 has an input delay that moves again, after 6 min"
    assert expected == said(over).title
    caught_up = ended(Kind.INPUT_DELAY, run=RIGHT, verdict="growing")
    assert "✅ prod/orders_1 has caught up, after 6 min" == said(caught_up).title


def test_a_missed_deadline_says_when_it_was_and_the_last_success() -> None:
    """On one line too, where the time of the deadline need not be said twice."""
    last = BEGAN_AT - timedelta(days=1)
    told = batch(Facts(deadline_at=BEGAN_AT, last_good_at=last))
    english, chinese = said(told), said(told, CHINESE)
    assert "🔴 prod/orders_1 is not done at 16:03" == english.title
    assert "prod/orders_1 is not done at 16:03" == english.summary
    assert "16:03; the last success was seen at Sat 21 Nov 16:03" == lines(english)["Deadline"]
    assert "🔴 prod/orders_1 到 16:03 仍未完成" == chinese.title
    assert "16:03，上次成功见于 11月21日 周六 16:03" == lines(chinese)["截止"]
    never = said(batch(Facts(deadline_at=BEGAN_AT)))
    assert "16:03; no success has been seen yet" == lines(never)["Deadline"]


def test_its_end_says_how_late_it_is_done() -> None:
    """Done at 16:09, 6 min late; from the first deadline, whatever the alert's beginning."""
    facts = Facts(deadline_at=BEGAN_AT)
    over = ended(Kind.BATCH_LATE, run=DONE, verdict="late", facts=facts)
    assert "✅ prod/orders_1 is done at 16:09, 6 min late" == said(over).title
    assert "✅ prod/orders_1 16:09 已完成，逾期 6 分钟" == said(over, CHINESE).title
    earlier = msgspec.structs.replace(over, began_at=BEGAN_AT - timedelta(hours=2))
    assert "✅ prod/orders_1 is done at 16:09, 6 min late" == said(earlier).title


def test_a_long_run_says_how_long_and_what_is_usual() -> None:
    """Runs for 2 h 10 min, usually 40 min; a reminder does not say the span twice."""
    told = batch(Facts(run_ms=7_800_000, usual_ms=2_400_000), "long")
    english, chinese = said(told), said(told, CHINESE)
    assert "🔴 prod/orders_1 runs for 2 h 10 min, usually 40 min" == english.title
    assert "2 h 10 min so far, usually 40 min in all" == lines(english)["This run"]
    assert "🔴 prod/orders_1 已运行 2 小时 10 分钟，通常为 40 分钟" == chinese.title
    reminder = said(msgspec.structs.replace(told, reason=Reason.REMINDER))
    assert "🔴 Still: prod/orders_1 runs for 2 h 10 min, usually 40 min" == reminder.title


@pytest.mark.parametrize(
    "actual, expected",
    [(SUCCESS, "is done, after 6 min"), ("FAILED", "has ended its long run, after 6 min")],
)
def test_the_end_of_a_long_run(actual: str, expected: str) -> None:
    """Done, or only over."""
    run = msgspec.structs.replace(DONE, actual_state=actual)
    over = ended(Kind.BATCH_LATE, run=run, verdict="long")
    assert f"✅ prod/orders_1 {expected}" == said(over).title
