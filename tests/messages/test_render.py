"""Whole messages, as a reader sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.messages.samples import (
    BOTH,
    CHINESE,
    ENGLISH,
    TOLD_AT,
    ended,
    every_notification,
    notify,
)
from watcher.core.deferral import LATE_AFTER, Because, Deferral
from watcher.core.event import Facts, Kind
from watcher.core.notification import Notification
from watcher.messages.message import Line, Link, Message
from watcher.messages.render import late_line, render, summarise
from watcher.messages.wording import Wording

ROOT = "java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms"


def show(message: Message) -> str:
    """A message as plain text, for golden comparison."""
    lines = [f"{line.label}: {line.text}" for line in message.lines]
    members = [f"- {member}" for member in message.members]
    links = [f"{link.label} <{link.url}>" for link in message.links]
    return "\n".join([message.title, *lines, *members, *links])


def test_one_line_says_why_a_channel_takes_nothing() -> None:
    """What its receiver said, with what to do, stands in the summary and in a bundle's line."""
    refused = Facts(cause="refused", detail="the robot's keyword is not in our text · 310000")
    told = summarise(notify(Kind.UNDELIVERABLE, facts=refused), TOLD_AT, ENGLISH)
    assert told.endswith(": the robot's keyword is not in our text · 310000")
    late = summarise(notify(Kind.UNDELIVERABLE, facts=Facts(cause="late")), TOLD_AT, ENGLISH)
    assert late.endswith(": messages have been waiting for too long")


def test_a_whole_message_in_english() -> None:
    """The first message that a person on call gets."""
    told = render(
        notify(link="https://console.example.com/orders_1", mention=True), TOLD_AT, ENGLISH
    )
    assert """\
🔴 prod/orders_1 has stopped
State: should be RUNNING, is PAUSED
Since: 16:03 UTC+8, for 6 min
Error: java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms · at 16:02
Before: RUNNING, instance 177473
Job: orders_1, FLINK_STREAM, project test_project
Labels: team=orders
Look at: instance 177474 · YARN application_1564648959240_0125 · Flink job \
6150954a90852814ce0c6eace9868691
Rule: job-down · critical
Open the job's page <https://console.example.com/orders_1>""" == show(told)
    assert told.mention
    assert f"prod/orders_1 has stopped, since 16:03: {ROOT}" == told.summary


def test_a_whole_message_in_chinese() -> None:
    """The same for a reader of Chinese."""
    assert """\
✅ prod/orders_1 已恢复运行，历时 6 分钟
状态: RUNNING，符合期望
历时: 6 分钟，16:03–16:09 UTC+8
作业: orders_1，FLINK_STREAM，项目 test_project
规则: job-down · 严重""" == show(render(ended(), TOLD_AT, CHINESE))


def test_an_absorbed_end_is_one_line() -> None:
    """What began and ended before anyone could be told takes one line."""
    told = render(ended(absorbed=True), TOLD_AT, ENGLISH)
    assert "✅ prod/orders_1 was down 16:03–16:09, for 6 min; runs again" == show(told)


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
def test_everything_that_can_be_told_has_words(words: Wording) -> None:
    """All kinds with all verdicts, facts, reasons and statuses give single lines."""
    for notification in every_notification():
        told = render(notification, TOLD_AT, words)
        texts = [told.title, told.summary, *(line.text for line in told.lines)]
        assert all(texts)
        assert not any("\n" in text or "{" in text or "None" in text for text in texts)


@pytest.mark.parametrize(
    "link, expected",
    [
        (None, ()),
        ("https://x.example/a", (Link("Open the job's page", "https://x.example/a"),)),
        ("javascript:alert(1)", ()),
        ("https://x.example/" + "a" * 2000, ()),
    ],
)
def test_only_web_addresses_become_links(link: str | None, expected: tuple[Link, ...]) -> None:
    """A link is http(s) and of a sane length, or it is none."""
    assert expected == render(notify(link=link), TOLD_AT, ENGLISH).links


@pytest.mark.parametrize(
    "late, deferral, expected",
    [
        (LATE_AFTER - timedelta(seconds=1), Deferral(Because.AWAY), None),
        (timedelta(minutes=14), None, Line("Late", "decided 16:09, told 16:23, 14 min later")),
        (
            timedelta(minutes=14),
            Deferral(Because.RECEIVER, "robot\nthrottled"),
            Line("Late", "decided 16:09, told 16:23, 14 min later: robot throttled"),
        ),
    ],
)
def test_a_late_message_says_how_late(
    late: timedelta, deferral: Deferral | None, expected: Line | None
) -> None:
    """Who reads "has stopped" at noon learns that it was decided in the morning."""
    assert expected == late_line(TOLD_AT, TOLD_AT + late, deferral, ENGLISH)


@pytest.mark.parametrize(
    "deferral, english, chinese",
    [
        (Deferral(Because.RECEIVER), "the receiver took no messages", "接收方未接收消息"),
        (
            Deferral(Because.LIMIT, "18 in 1m"),
            "the robot takes at most 18 in 1 min",
            "机器人每 1 分钟最多接收 18 条",
        ),
        (Deferral(Because.AWAY), "watcher was not running", "watcher 当时未运行"),
        (
            Deferral(Because.ATTEMPTS, "HTTP 503"),
            "earlier attempts failed (HTTP 503)",
            "之前的发送失败（HTTP 503）",
        ),
        (Deferral(Because.OTHERS), "other messages went before it", "排在其他消息之后"),
        (
            Deferral(Because.DEAD, "gave up after 1d"),
            "it was dead until somebody retried it (gave up after 1d)",
            "曾被放弃，后由人工重发（1 天后放弃）",
        ),
    ],
)
def test_every_cause_of_lateness_has_words(deferral: Deferral, english: str, chinese: str) -> None:
    """Whoever reads a late message learns what kept it back, in the channel's language."""
    told_at = TOLD_AT + timedelta(hours=1)
    for wording, expected in ((ENGLISH, english), (CHINESE, chinese)):
        line = late_line(TOLD_AT, told_at, deferral, wording)
        assert line is not None
        assert expected in line.text


def test_a_summary_of_an_end_blames_no_error() -> None:
    """The API still shows the old error when the job runs again."""
    resolved = ended(run=notify().event.run)
    assert isinstance(resolved, Notification)
    assert ROOT not in summarise(resolved, TOLD_AT, ENGLISH)
