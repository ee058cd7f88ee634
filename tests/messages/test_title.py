"""Titles: one line that says what happened to whom."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.messages.samples import (
    BEGAN_AT,
    CHINESE,
    ENGLISH,
    RIGHT,
    TOLD_AT,
    ended,
    facts_of,
    notify,
)
from watcher.core.event import Facts, Kind, Restart
from watcher.core.notification import Notification, Reason
from watcher.core.rule import Severity
from watcher.core.verdict import Verdict
from watcher.messages.title import lasted, sign, title

SLOW = msgspec.structs.replace(RIGHT, input_delay_ms=720_000)
REMINDED = "Still: prod/orders_1 has stopped, for 6 min"


@pytest.mark.parametrize(
    "notification, english, chinese",
    [
        (notify(), "prod/orders_1 has stopped", "prod/orders_1 已停止"),
        (notify(verdict=Verdict.FAILED), "prod/orders_1 has failed", "prod/orders_1 已失败"),
        (notify(verdict=Verdict.STUCK), "prod/orders_1 is stuck", "prod/orders_1 卡住了，未能启动"),
        (
            notify(verdict=Verdict.ZOMBIE),
            "prod/orders_1 runs although it should not",
            "prod/orders_1 本应停止却仍在运行",
        ),
        (
            notify(verdict=Verdict.UNKNOWN),
            "prod/orders_1 is in an unknown state",
            "prod/orders_1 处于未知状态",
        ),
        (
            notify(reason=Reason.AGAIN, verdict=Verdict.FAILED),
            "Again: prod/orders_1 has failed",
            "再次：prod/orders_1 已失败",
        ),
        (
            notify(reason=Reason.WORSE),
            "Worse: prod/orders_1 has stopped",
            "恶化：prod/orders_1 已停止",
        ),
        (
            notify(reason=Reason.REMINDER),
            REMINDED,
            "仍未恢复：prod/orders_1 已停止，已持续 6 分钟",
        ),
        (
            notify(reason=Reason.TEST),
            "TEST: prod/orders_1 has stopped",
            "测试：prod/orders_1 已停止",
        ),
        (
            notify(Kind.STATE_CHANGE),
            "prod/orders_1 changed from RUNNING to PAUSED",
            "prod/orders_1 状态由 RUNNING 变为 PAUSED",
        ),
        (
            notify(Kind.RESTART, facts=Facts(restart=Restart.FAILED_OVER)),
            "prod/orders_1 failed over",
            "prod/orders_1 发生 failover",
        ),
        (
            notify(
                Kind.RESTART,
                facts=Facts(restart=Restart.BOUNCED),
                count=3,
                began_at=BEGAN_AT - timedelta(minutes=8),
            ),
            "prod/orders_1 restarted 3 times within 8 min",
            "prod/orders_1 8 分钟内重启 3 次",
        ),
        (
            notify(Kind.INPUT_DELAY, run=SLOW),
            "prod/orders_1 is 12 min behind",
            "prod/orders_1 延迟 12 分钟",
        ),
        (
            notify(Kind.BLIND, facts=facts_of(Kind.BLIND)[0]),
            "source prod has 40 of 100 jobs out of sight",
            "数据源 prod 100 个作业中有 40 个无法获取状态",
        ),
        (
            notify(Kind.BLIND, facts=facts_of(Kind.BLIND)[1]),
            "source prod cannot be seen (all 100 jobs)",
            "数据源 prod 全部 100 个作业无法获取状态",
        ),
        (
            notify(Kind.BLIND, facts=Facts(cause="listing", affected=0, total=5)),
            "source prod cannot list its jobs: new ones go unnoticed, the 5 known are seen",
            "数据源 prod 无法列出作业，新作业不会被发现，已知的 5 个仍可见",
        ),
        (
            notify(Kind.FROZEN, facts=facts_of(Kind.FROZEN)[0]),
            "source prod answers, but nothing in its answers changes any more",
            "数据源 prod 有应答，但内容不再有任何变化",
        ),
        (
            notify(Kind.UNDELIVERABLE),
            "channel oncall does not take our messages",
            "通道 oncall 无法送达消息",
        ),
        (
            notify(Kind.RECONCILED),
            "source prod is seen again; nothing changed meanwhile",
            "数据源 prod 已恢复监控，期间没有变化",
        ),
        (ended(), "prod/orders_1 runs again, after 6 min", "prod/orders_1 已恢复运行，历时 6 分钟"),
        (
            ended(Kind.INPUT_DELAY),
            "prod/orders_1 has caught up, after 6 min",
            "prod/orders_1 延迟已恢复正常，历时 6 分钟",
        ),
        (
            ended(absorbed=True),
            "prod/orders_1 was down 16:03–16:09, for 6 min; runs again",
            "prod/orders_1 16:03–16:09 曾中断，历时 6 分钟；已恢复运行",
        ),
        (
            ended(reason=Reason.PLANNED, run=msgspec.structs.replace(RIGHT, expect_state="PAUSED")),
            "prod/orders_1 is now meant to be PAUSED; it was down for 6 min",
            "prod/orders_1 期望状态已改为 PAUSED，曾中断 6 分钟",
        ),
        (
            ended(reason=Reason.GONE),
            "prod/orders_1 is gone from the project's list; it was down for 6 min",
            "prod/orders_1 已从项目的作业列表中消失，曾中断 6 分钟",
        ),
        (
            ended(reason=Reason.UNWATCHED),
            "prod/orders_1 is no longer watched; it was down for 6 min",
            "prod/orders_1 不再监控，曾中断 6 分钟",
        ),
    ],
)
def test_the_title_says_it_in_words(notification: Notification, english: str, chinese: str) -> None:
    """What a tired person reads first, in both languages."""
    assert english == title(notification, TOLD_AT, ENGLISH)
    assert chinese == title(notification, TOLD_AT, CHINESE)


@pytest.mark.parametrize(
    "notification, expected",
    [
        (notify(severity=Severity.CRITICAL), "🔴"),
        (notify(severity=Severity.ERROR), "🟠"),
        (notify(severity=Severity.WARNING), "🟡"),
        (notify(severity=Severity.INFO), "🔵"),
        (ended(), "✅"),
        (ended(reason=Reason.GONE), "⚪"),
    ],
)
def test_the_sign_shows_severity_or_end(notification: Notification, expected: str) -> None:
    """The colour is seen before anything is read; only a recovery is green."""
    assert expected == sign(notification)


def test_a_clock_set_back_gives_no_negative_span() -> None:
    """Told before it began: the span is nothing, not less."""
    assert timedelta(0) == lasted(notify(), BEGAN_AT - timedelta(hours=1))


def test_an_absurd_delay_is_told_not_raised() -> None:
    """An InputDelay of 2^63 ms still gives a title."""
    run = msgspec.structs.replace(RIGHT, input_delay_ms=2**63)
    assert "behind" in title(notify(Kind.INPUT_DELAY, run=run), TOLD_AT, ENGLISH)


def test_a_span_is_that_between_the_times_that_are_shown() -> None:
    """From 16:03:05 to 16:03:18 are 13 s, whatever stands behind the seconds."""
    end = BEGAN_AT.replace(microsecond=0) + timedelta(seconds=13)
    assert timedelta(seconds=13) == lasted(ended(ended_at=end), TOLD_AT)
