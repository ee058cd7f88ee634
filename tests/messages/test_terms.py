"""Rules, matches and windows in the file's own words; `tests/config/test_describe.py` has more."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.core.playbook import NOON, rule
from watcher.core.rule import Match
from watcher.core.window import Cron, Hours, Window
from watcher.messages.terms import describe_match, describe_rule, describe_window, times_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_rule() -> None:
    """Each key of the table, with its defaults."""
    told = describe_rule(rule("loop", "restart", "error", count=3, within="10m", notify=()))
    assert ("restart", "error", "nobody", "", "count 3 within 10m") == (
        told["on"],
        told["severity"],
        told["notify"],
        told["for"],
        told["more"],
    )


def test_a_match_that_asks_for_nothing() -> None:
    """Nothing is said of it."""
    assert "" == describe_match(Match())
    assert "job a | b" == describe_match(Match(job=("a", "b")))


def test_windows() -> None:
    """By hours or by cron, on the clock of their zone."""
    hours = Hours(frozenset({0, 5}), 22 * 60, 60, SHANGHAI)
    assert "mon, sat 22:00–01:00" == times_of(hours)
    told = describe_window(Window("n", Cron("0 3 * * *", timedelta(hours=1), SHANGHAI)), NOON)
    assert ("0 3 * * * for 1h", "Mon 2026-11-23 03:00–04:00") == (told["open"], told["next"])
