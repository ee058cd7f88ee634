"""Several notifications as one message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.messages.bundles import storm
from tests.messages.samples import BEGAN_AT, BOTH, CHINESE, ENGLISH, TOLD_AT, WRONG, ended, notify
from tests.messages.test_render import ROOT, show
from watcher.core.event import Kind
from watcher.core.notification import Notification, Reason
from watcher.core.rule import Severity
from watcher.core.subject import Subject, job_subject
from watcher.core.verdict import Verdict
from watcher.messages.bundle import MOST_LINES, render_bundle
from watcher.messages.render import render
from watcher.messages.wording import Wording

MINUTE = timedelta(minutes=1)


def job(number: int) -> Subject:
    return job_subject("prod", "FLINK_STREAM", f"job_{number}")


def failed(number: int, error: str = ROOT, **changes: Any) -> Notification:
    run = msgspec.structs.replace(WRONG, last_error_message=error)
    return notify(run=run, verdict=Verdict.FAILED, subject=job(number), **changes)


def test_a_bundle_of_many_jobs_says_what_they_share() -> None:
    """Jobs that die with their cluster are one message, gravest and oldest first."""
    members = [
        notify(verdict=Verdict.STOPPED, severity=Severity.ERROR, subject=job(1)),
        failed(2, mention=True),
        failed(3, began_at=BEGAN_AT - 2 * MINUTE),
    ]
    told = render_bundle(members, TOLD_AT, ENGLISH)
    assert """\
🔴 3 jobs: 2 failed, 1 stopped
Since: 16:01–16:03 UTC+8
Error in all: java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms
Rule: job-down · critical
- 🔴 prod/job_3 has failed, since 16:01
- 🔴 prod/job_2 has failed, since 16:03
- 🟠 prod/job_1 has stopped, since 16:03""" == show(told)
    assert told.mention


def test_what_began_together_bears_its_time_once() -> None:
    """Within a minute, the line above the list says when, to the second."""
    told = render_bundle([failed(1), failed(2, began_at=BEGAN_AT + MINUTE / 2)], TOLD_AT, CHINESE)
    assert """\
🔴 2 个作业已失败
开始于: 16:03:05–16:03:35 UTC+8
共同错误: java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms
规则: job-down · 严重
- 🔴 prod/job_1 已失败
- 🔴 prod/job_2 已失败""" == show(told)


def test_a_bundle_of_what_stood_at_the_start_says_so() -> None:
    """The first message after an installation does not look like a disaster."""
    members = [notify(standing=True, subject=job(n)) for n in range(2)]
    assert (
        "🔴 2 jobs stopped, already so when watching began"
        == render_bundle(members, TOLD_AT, ENGLISH).title
    )
    assert "🔴 2 个作业已停止，开始监控时即已如此" == render_bundle(members, TOLD_AT, CHINESE).title


def test_a_bundle_of_ends_is_green() -> None:
    """Recoveries are told as one line each, without errors."""
    told = render_bundle([ended(subject=job(n)) for n in range(2)], TOLD_AT, ENGLISH)
    assert """\
✅ 2 jobs recovered
Lasted: 16:03–16:09 UTC+8
Rule: job-down · critical
- ✅ prod/job_0 runs again, after 6 min
- ✅ prod/job_1 runs again, after 6 min""" == show(told)


@pytest.mark.parametrize(
    "words, expected",
    [
        (ENGLISH, "🔴 2 messages about prod/orders_1: 2 with a new error"),
        (CHINESE, "🔴 prod/orders_1 的 2 条消息：2 个出现新错误"),
    ],
)
def test_a_bundle_about_one_job_counts_messages(words: Wording, expected: str) -> None:
    """Two errors of one job are not two jobs."""
    members = [notify(Kind.NEW_ERROR), notify(Kind.NEW_ERROR)]
    assert expected == render_bundle(members, TOLD_AT, words).title


def test_a_bundle_of_one_is_a_message() -> None:
    """A lone notification is told in full."""
    assert render(notify(), TOLD_AT, ENGLISH) == render_bundle([notify()], TOLD_AT, ENGLISH)


def test_members_with_different_errors_show_their_own() -> None:
    """Only an error that all share is lifted out of the lines."""
    told = render_bundle([failed(0), failed(1, "a.B: other")], TOLD_AT, ENGLISH)
    assert (
        f"🔴 prod/job_0 has failed: {ROOT}",
        "🔴 prod/job_1 has failed: a.B: other",
    ) == told.members


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_that_all_share_is_said_once(reason: Reason, words: Wording) -> None:
    """The heading of a bundle of reminders says that it reminds; its lines do not repeat it."""
    members = [notify(reason=reason, subject=job(n)) for n in range(2)]
    told = render_bundle(members, TOLD_AT, words)
    plain = render_bundle([notify(subject=job(n)) for n in range(2)], TOLD_AT, words)
    assert plain.members == told.members
    key = f"bundle.{reason}"
    heading = plain.summary
    assert told.summary == (words.say(key, title=heading) if words.knows(key) else heading)


def test_a_digest_tells_of_each_job_in_the_order_in_which_it_happened() -> None:
    """A job that recovered and failed again ends in its last line, not in its recovery."""
    members = [
        notify(subject=job(1), severity=Severity.WARNING, sequence=1),
        notify(subject=job(2), began_at=BEGAN_AT + MINUTE, sequence=3),
        ended(subject=job(2), sequence=2),
    ]
    told = render_bundle(members, TOLD_AT, ENGLISH)
    assert "🔴" == told.title[0]
    assert (
        "✅ prod/job_2 runs again, after 6 min",
        "🔴 prod/job_2 has stopped, since 16:04",
        "🟡 prod/job_1 has stopped, since 16:03",
    ) == tuple(member.split(": java")[0] for member in told.members)


@pytest.mark.parametrize(
    "words, title, first",
    [
        (
            ENGLISH,
            "🔴 300 jobs: 200 failed, 100 stopped",
            "🔴 200 failed in prod: orders_enrich_1, ",
        ),
        (
            CHINESE,
            "🔴 300 个作业：200 个已失败，100 个已停止",
            "🔴 prod 中 200 个已失败：orders_enrich_1、",
        ),
    ],
)
def test_hundreds_of_jobs_are_told_in_groups(words: Wording, title: str, first: str) -> None:
    """Nobody reads three hundred lines: those alike share one, with the first names."""
    told = render_bundle(storm(300), TOLD_AT, words)
    assert title == told.title
    assert 2 == len(told.members)
    assert told.members[0].startswith(first)
    assert ["180", "80"] == [line.rstrip(" 个more").rsplit(" ", 1)[-1] for line in told.members]


def test_groups_are_of_one_error_each_where_errors_differ() -> None:
    """Two causes of a storm are two lines, and a lone one keeps its own."""
    many = [failed(n, "a.B: one" if n % 2 else "a.C: two") for n in range(MOST_LINES)]
    told = render_bundle([*many, failed(99, "a.D: three")], TOLD_AT, ENGLISH)
    assert [
        ("🔴 6 failed in prod", "a.C: two"),
        ("🔴 6 failed in prod", "a.B: one"),
        ("🔴 prod/job_99 has failed", "a.D: three"),
    ] == [(line.split(": ")[0], ": ".join(line.split(": ")[-2:])) for line in told.members]


def test_a_job_of_which_there_is_more_to_tell_keeps_its_lines() -> None:
    """What failed and recovered within one digest is told in this order, beside the groups."""
    fell = [failed(n, id=f"fell {n}", sequence=1) for n in range(MOST_LINES)]
    rose = ended(subject=job(0), sequence=2)
    told = render_bundle([*fell, rose], TOLD_AT, ENGLISH)
    assert [
        "🔴 prod/job_0 has failed",
        "✅ prod/job_0 runs again, after 6 min",
        f"🔴 {MOST_LINES - 1} failed in prod",
    ] == [line.split(": ")[0] for line in told.members]
