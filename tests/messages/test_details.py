"""The facts under a title."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.messages.samples import (
    BEGAN_AT,
    BOTH,
    CHINESE,
    ENGLISH,
    RIGHT,
    TOLD_AT,
    WRONG,
    ended,
    facts_of,
    notify,
)
from watcher.core.event import Facts, Kind, Restart
from watcher.core.notification import Notification, Reason
from watcher.core.reading import Cause
from watcher.messages.details import details
from watcher.messages.times import epoch_time
from watcher.messages.wording import TABLES, Wording
from watcher.store.faults import CAUSES

ROOT = "java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms"


def facts(notification: Notification, words: Wording = ENGLISH) -> list[tuple[str, str]]:
    return [(line.label, line.text) for line in details(notification, TOLD_AT, words)]


def text(notification: Notification, label: str) -> list[str]:
    return [said for name, said in facts(notification) if name == label]


def test_a_stopped_job_is_told_with_all_that_one_needs() -> None:
    """State, since when, root error, what it was, which job, where to look, by which rule."""
    assert [
        ("State", "should be RUNNING, is PAUSED"),
        ("Since", "16:03 UTC+8, for 6 min"),
        ("Error", f"{ROOT} · at 16:02"),
        ("Before", "RUNNING, instance 177473"),
        ("Job", "orders_1, FLINK_STREAM, project test_project"),
        ("Labels", "team=orders"),
        (
            "Look at",
            (
                "instance 177474 · YARN application_1564648959240_0125"
                " · Flink job 6150954a90852814ce0c6eace9868691"
            ),
        ),
        ("Rule", "job-down · critical"),
    ] == facts(notify())


def test_a_stopped_job_is_told_in_chinese() -> None:
    """The same facts, each with its label in the reader's language."""
    assert [
        ("状态", "期望 RUNNING，实际 PAUSED"),
        ("开始于", "16:03 UTC+8，已持续 6 分钟"),
        ("错误", f"{ROOT} · 发生于 16:02"),
        ("此前", "RUNNING，实例 177473"),
        ("作业", "orders_1，FLINK_STREAM，项目 test_project"),
        ("标签", "team=orders"),
        (
            "排查",
            (
                "实例 177474 · YARN application_1564648959240_0125"
                " · Flink 作业 6150954a90852814ce0c6eace9868691"
            ),
        ),
        ("规则", "job-down · 严重"),
    ] == facts(notify(), CHINESE)


def test_an_end_says_how_long_it_lasted() -> None:
    """From when to when, and for how long."""
    assert ["6 min, 16:03–16:09 UTC+8"] == text(ended(), "Lasted")


def test_a_short_trouble_is_told_to_the_second() -> None:
    """A job that was down for 12 s was not down from 16:03 to 16:03."""
    short = ended(ended_at=BEGAN_AT + timedelta(seconds=12))
    assert ["12 s, 16:03:05–16:03:17 UTC+8"] == text(short, "Lasted")


def test_times_close_to_each_other_are_told_to_the_second() -> None:
    """Which came first, the error or what the reading saw, is in the seconds."""
    at = int((BEGAN_AT - timedelta(seconds=7)).timestamp() * 1000)
    close = notify(run=msgspec.structs.replace(WRONG, last_error_at=at))
    assert ["16:03:05 UTC+8, for 6 min"] == text(close, "Since")
    assert [f"{ROOT} · at 16:02:58"] == text(close, "Error")


def test_an_end_tells_the_error_as_one_of_then() -> None:
    """A job that runs again has no error now; one from long before is not told at all."""
    over = ended(run=msgspec.structs.replace(WRONG, actual_state="RUNNING"))
    assert [f"{ROOT} · at 16:02"] == text(over, "Error then")
    assert [] == text(over, "Error")
    yesterday = int((BEGAN_AT - timedelta(days=1)).timestamp() * 1000)
    old = ended(run=msgspec.structs.replace(WRONG, last_error_at=yesterday))
    assert {"Error", "Error then", "Last error"} & {label for label, _ in facts(old)} == set()


def test_an_error_that_is_the_event_bears_its_time_once() -> None:
    """`new-error` occurs when its error did: the line above has said so."""
    at = int(BEGAN_AT.timestamp() * 1000)
    run = msgspec.structs.replace(WRONG, last_error_at=at)
    new = notify(Kind.NEW_ERROR, run=run)
    event = msgspec.structs.replace(new.event, occurred_at=epoch_time(at) or BEGAN_AT)
    assert [ROOT] == text(msgspec.structs.replace(new, event=event), "Error")


@pytest.mark.parametrize(
    "reason, expected",
    [
        (Reason.PLANNED, "somebody changed ExpectState, so this alert ends"),
        (Reason.GONE, "the project no longer lists this job; its alert ends"),
        (Reason.UNWATCHED, "the rule, job or source left the configuration; its alert ends"),
        (Reason.TEST, "this is a test; nothing is wrong"),
    ],
)
def test_an_end_that_is_no_recovery_says_why(reason: Reason, expected: str) -> None:
    """Nobody takes the end of an alert for the end of the trouble."""
    assert [expected] == text(ended(reason=reason), "Note")


@pytest.mark.parametrize(
    "notification, expected",
    [
        (notify(standing=True), "it was already so when watching began"),
        (notify(Kind.NEW_ERROR, held=12), "12 more like it not told"),
        (
            notify(Kind.NEW_ERROR, held=12, began_at=BEGAN_AT - timedelta(minutes=70)),
            "12 more like it since 14:53 not told",
        ),
        (notify(fallback_for="oncall"), "told here because channel oncall cannot be told"),
    ],
)
def test_circumstances_are_noted(notification: Notification, expected: str) -> None:
    """Standing, held back and told in another's place are said in words."""
    assert [expected] == text(notification, "Note")


@pytest.mark.parametrize(
    "way, expected",
    [
        (
            Restart.REDEPLOYED,
            "new instance 177474, before 177473: it was started or resumed anew",
        ),
        (
            Restart.RESUBMITTED,
            (
                "submitted to YARN anew as application_1564648959240_0125,"
                " before application_1564648959240_0124"
            ),
        ),
        (
            Restart.FAILED_OVER,
            (
                "new Flink job 6150954a90852814ce0c6eace9868691 in the same application,"
                " before 00a0954a90852814ce0c6eace9868600"
            ),
        ),
        (Restart.BOUNCED, "seen down, runs again as the same instance"),
    ],
)
def test_each_way_of_restarting_is_explained(way: Restart, expected: str) -> None:
    """What is new, and what it was before; blanks round the handler's bar do not show."""
    assert [expected] == text(notify(Kind.RESTART, facts=Facts(restart=way)), "Restart")


def test_a_delay_is_told_with_its_threshold() -> None:
    """Current and allowed, in spans for people."""
    run = msgspec.structs.replace(RIGHT, input_delay_ms=720_000)
    behind = notify(Kind.INPUT_DELAY, run=run, facts=Facts(threshold_ms=300_000))
    assert ["12 min, the threshold is 5 min"] == text(behind, "Delay")
    assert ["now 300 ms"] == text(ended(Kind.INPUT_DELAY), "Delay")


def test_blindness_says_how_many_since_when_and_why() -> None:
    """The last good time, the cause in words and what was said; how many, the title says."""
    blind = notify(Kind.BLIND, facts=facts_of(Kind.BLIND)[0])
    assert [
        ("Last good answer", "16:03"),
        (
            "Cause",
            (
                "too many requests, the API holds us back; raise `interval` of this source, "
                "or find out who else uses the account"
            ),
        ),
        ("Detail", "HTTP 403"),
        ("Since", "16:03 UTC+8, for 6 min"),
        ("Look at", "project test_project"),
        ("Rule", "job-down · critical"),
    ] == facts(blind)


def test_a_channel_in_trouble_says_why_and_what_waits() -> None:
    """The cause and what the receiver said; at the end, none of it is still true."""
    facts_then = Facts(cause="refused", detail="300005 token is not exist", affected=17)
    assert [
        ("Cause", "it refuses our requests"),
        ("Detail", "300005 token is not exist"),
        ("Waiting", "17 messages"),
        ("Since", "16:03 UTC+8, for 6 min"),
    ] == facts(notify(Kind.UNDELIVERABLE, facts=facts_then))[:4]
    assert [] == text(ended(Kind.UNDELIVERABLE, facts=facts_then), "Cause")


def test_a_store_that_cannot_be_written_says_what_that_means() -> None:
    """Why, since when, what nobody hears of meanwhile; at the end, how what lasts is found."""
    facts_then = Facts(cause="store-full", detail="/var/lib/watcher/watcher.db: full")
    assert [
        ("Cause", "the disk of its store is full; make room there"),
        ("Detail", "/var/lib/watcher/watcher.db: full"),
        ("Note", ENGLISH.say("note.unwritable")),
        ("Since", "16:03 UTC+8, for 6 min"),
    ] == facts(notify(Kind.UNWRITABLE, run=None, previous=None, facts=facts_then))[:4]
    end = ended(Kind.UNWRITABLE, run=None, previous=None, facts=facts_then)
    assert [] == text(end, "Cause")
    assert ENGLISH.say("note.writable") in text(end, "Note")


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_of_the_store_has_words(cause: str, words: Wording) -> None:
    """Whatever stops the store is told in the reader's language, with what to do."""
    assert words.knows(f"cause.store-{cause}")


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_has_words(cause: Cause, words: Wording) -> None:
    """No reader sees the name of a constant, and what is for sources is said of no channel."""
    key = words.first_known(f"blind.cause.{cause}", f"cause.{cause}")
    blind = notify(Kind.BLIND, facts=Facts(cause=cause))
    assert words.say(key) in [said for _, said in facts(blind, words)]
    channel = notify(Kind.UNDELIVERABLE, facts=Facts(cause=cause))
    assert words.say(f"cause.{cause}") in [said for _, said in facts(channel, words)]


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
def test_words_for_sources_are_those_of_known_causes(words: Wording) -> None:
    """A cause that is renamed does not leave its advice behind."""
    keys = [key.split(".") for key in TABLES[words.language] if key.startswith("blind.cause.")]
    advised = {key[2] for key in keys}
    assert advised
    assert set() == advised - {*Cause}


@pytest.mark.parametrize(
    "words, ahead, expected",
    [
        (ENGLISH, 3600, "this machine's clock is off by 3600 s (1 h fast); set it right"),
        (ENGLISH, -905, "this machine's clock is off by 905 s (15 min 5 s slow); set it right"),
        (CHINESE, 3600, "本机时钟偏差 3600 秒（快 1 小时）；请校准本机时钟"),
        (CHINESE, -905, "本机时钟偏差 905 秒（慢 15 分钟 5 秒）；请校准本机时钟"),
    ],
)
def test_a_wrong_clock_is_told_in_seconds(words: Wording, ahead: int, expected: str) -> None:
    """How far, which way and what to do, in each language."""
    off = Facts(cause=Cause.CLOCK, clock_ahead=timedelta(seconds=ahead))
    assert expected in [said for _, said in facts(notify(Kind.BLIND, facts=off), words)]


def test_the_end_of_blindness_says_its_last_cause() -> None:
    """It may be another than the one told at the beginning; how many and what was said is over."""
    end = ended(Kind.BLIND, facts=Facts(cause=Cause.DNS, detail="no name", last_good_at=TOLD_AT))
    cause = "the host's name cannot be resolved"
    assert [("Cause then", cause), ("Lasted", "6 min, 16:03–16:09 UTC+8")] == facts(end)[:2]


def test_a_source_that_never_answered_says_so() -> None:
    """Where there was no good answer yet, none is made up."""
    blind = notify(Kind.BLIND, facts=Facts(cause=Cause.DNS, affected=3, total=3))
    assert ["none yet since watching began"] == text(blind, "Last good answer")


def test_a_frozen_source_says_how_many_answers_were_the_same() -> None:
    """How many in a row, of how many jobs, and the two things that it can be."""
    frozen = notify(Kind.FROZEN, facts=facts_of(Kind.FROZEN)[0])
    assert [
        ("Answers", "60 in a row were the same for all 100 jobs, input delays included"),
        (
            "Note",
            (
                "either the API serves old data, or nothing flows into any of these jobs; "
                "compare one of them with the console"
            ),
        ),
        ("Since", "16:03 UTC+8, for 6 min"),
    ] == facts(frozen)[:3]
    assert [] == text(ended(Kind.FROZEN, facts=facts_of(Kind.FROZEN)[0]), "Answers")


def test_what_changed_unseen_is_listed_and_cut() -> None:
    """Thirty names are counted and twenty shown."""
    changed = notify(Kind.RECONCILED, facts=facts_of(Kind.RECONCILED)[0])
    assert text(changed, "Restarted")[0].startswith("30 jobs – job_0, job_1, ")
    assert text(changed, "Restarted")[0].endswith("job_19 … and 10 more")
    assert ["payments"] == text(changed, "Down")
    assert ["orders_1"] == text(changed, "New errors")


def test_a_refused_file_is_told_with_its_first_faults() -> None:
    """Five of them, how many more there are, and what to do; nothing of it at its end."""
    told = Facts(detail="\n".join(f"rules.toml:{n}: key: wrong" for n in range(20)), total=30)
    refused = notify(Kind.CONFIG_REFUSED, facts=told)
    faults = [f"rules.toml:{n}: key: wrong" for n in range(5)]
    more = "… and 25 more; `watcher check` shows them all"
    assert [*faults, more] == text(refused, "Fault")
    assert [ENGLISH.say("note.config-refused")] == text(refused, "Note")
    end = ended(Kind.CONFIG_REFUSED, facts=told)
    assert ([], []) == (text(end, "Fault"), text(end, "Note"))
