"""Words, times and spans in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.samples import CHINESE, ENGLISH, SHANGHAI, TOLD_AT
from watcher.core.event import Kind, Restart
from watcher.core.notification import Reason
from watcher.core.outcome import Fate
from watcher.core.reading import Cause
from watcher.core.rule import Severity
from watcher.core.verdict import BatchVerdict, Verdict
from watcher.messages.wording import TABLES, Language, Wording


def places(template: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(template) if field}


def test_all_languages_have_the_same_keys() -> None:
    """A word that is missing in one language would be found at 3 a.m. by its reader."""
    assert set(Language) == set(TABLES)
    assert {frozenset(table) for table in TABLES.values()} == {frozenset(TABLES[Language.ENGLISH])}


@pytest.mark.parametrize("key", sorted(TABLES[Language.ENGLISH]))
def test_translations_say_the_same_values(key: str) -> None:
    """No language leaves out a number or a name that another one tells."""
    assert places(TABLES[Language.ENGLISH][key]) == places(TABLES[Language.CHINESE][key])


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize(
    "key",
    [
        *(f"cause.{cause}" for cause in Cause),
        *(f"cause.{fate}" for fate in Fate if fate is not Fate.DELIVERED),
        *(f"what.{kind}" for kind in Kind),
        *(f"tally.{kind}" for kind in Kind),
        *(f"what.state-mismatch.{verdict}" for verdict in Verdict),
        *(f"tally.state-mismatch.{verdict}" for verdict in Verdict),
        *(f"what.batch-late.{verdict}" for verdict in BatchVerdict),
        *(f"what.restart.{way}" for way in Restart),
        *(f"restart.{way}" for way in Restart),
        *(f"title.{reason}" for reason in Reason),
        *(f"severity.{severity.word}" for severity in Severity),
    ],
)
def test_each_word_of_the_core_has_its_words(words: Wording, key: str) -> None:
    """A new cause, kind, verdict, way or reason needs words in every language before it ships."""
    assert words.knows(key)


def test_values_are_never_read_as_templates() -> None:
    """A job named like a template must not reach into the program."""
    assert "prod/{0.__class__}" == ENGLISH.say("subject.job", source="prod", job="{0.__class__}")


@pytest.mark.parametrize(
    "span, english, chinese",
    [
        (timedelta(0), "0 s", "0 秒"),
        (timedelta(seconds=-5), "0 s", "0 秒"),
        (timedelta(milliseconds=300), "300 ms", "300 毫秒"),
        (timedelta(seconds=45, milliseconds=9), "45 s", "45 秒"),
        (timedelta(minutes=6), "6 min", "6 分钟"),
        (timedelta(minutes=6, seconds=30), "6 min 30 s", "6 分钟 30 秒"),
        (timedelta(hours=1, minutes=5, seconds=3), "1 h 5 min", "1 小时 5 分钟"),
        (timedelta(hours=1, seconds=3), "1 h", "1 小时"),
        (timedelta(days=2, hours=3), "2 d 3 h", "2 天 3 小时"),
    ],
)
def test_spans_are_told_in_their_two_largest_units(
    span: timedelta, english: str, chinese: str
) -> None:
    """Nobody wants to read 3905 seconds."""
    assert english == ENGLISH.span(span)
    assert chinese == CHINESE.span(span)


@given(st.timedeltas())
def test_every_span_has_words(span: timedelta) -> None:
    """No span, however odd, is told as nothing."""
    assert ENGLISH.span(span)


@pytest.mark.parametrize(
    "at, expected",
    [
        (TOLD_AT, "16:09"),
        (TOLD_AT - timedelta(hours=17), "Sat 21 Nov 23:09"),
        (TOLD_AT - timedelta(days=7), "15 Nov 16:09"),
        (datetime(2025, 1, 2, 3, 4, tzinfo=UTC), "2 Jan 2025 11:04"),
    ],
)
def test_a_moment_shows_its_date_where_that_is_not_today(at: datetime, expected: str) -> None:
    """Times are local, and yesterday's 23:09 is not taken for today's."""
    assert expected == ENGLISH.moment(at, TOLD_AT)


@pytest.mark.parametrize(
    "at, expected",
    [
        (TOLD_AT, "16:09"),
        (TOLD_AT - timedelta(hours=17), "11月21日 周六 23:09"),
        (TOLD_AT - timedelta(days=7), "11月15日 16:09"),
        (datetime(2025, 1, 2, 3, 4, tzinfo=UTC), "2025年1月2日 11:04"),
    ],
)
def test_a_moment_in_chinese(at: datetime, expected: str) -> None:
    """The same date as Chinese readers write it."""
    assert expected == CHINESE.moment(at, TOLD_AT)


@pytest.mark.parametrize(
    "began, ended, expected",
    [
        (timedelta(minutes=9), timedelta(0), "16:00–16:09"),
        (timedelta(seconds=12), timedelta(0), "16:08:53–16:09:05"),
        (timedelta(0), timedelta(0), "16:09"),
        (timedelta(hours=17, minutes=5), timedelta(hours=17), "Sat 21 Nov 23:04–23:09"),
        (timedelta(hours=17), timedelta(0), "Sat 21 Nov 23:09 – 16:09"),
    ],
)
def test_two_times_are_told_apart(began: timedelta, ended: timedelta, expected: str) -> None:
    """With seconds where minutes would look the same, with dates where days differ."""
    assert expected == ENGLISH.between(TOLD_AT - began, TOLD_AT - ended, TOLD_AT)


@pytest.mark.parametrize(
    "zone, expected",
    [
        (SHANGHAI, "UTC+8"),
        (UTC, "UTC"),
        (ZoneInfo("Asia/Kolkata"), "UTC+5:30"),
        (timezone(-timedelta(hours=3, minutes=30)), "UTC-3:30"),
    ],
)
def test_the_zone_is_named_by_its_distance_from_utc(
    zone: ZoneInfo | timezone, expected: str
) -> None:
    """Abbreviations such as CST mean several zones."""
    assert expected == Wording(Language.ENGLISH, zone).zone_name(TOLD_AT)


def test_a_channel_may_speak_another_language() -> None:
    """The zone stays, the words change; no wish changes nothing."""
    assert CHINESE == ENGLISH.in_language("zh")
    assert ENGLISH == ENGLISH.in_language(None)
