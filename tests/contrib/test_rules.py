"""contrib/prometheus/watcher.rules.yml, as Prometheus's own promtool judges it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from tests.parts import need
from tests.tree import ROOT

RULES = ROOT / "contrib/prometheus/watcher.rules.yml"
ME = '{job="watcher", instance="here:9109"'
ALERT = re.compile(r"^      - alert: (\w+)$", re.MULTILINE)


class Case(NamedTuple):
    """Series as promtool writes them (one value a minute), and when to look."""

    series: Mapping[str, str]
    at: str


def one(metric: str, values: str, at: str, **labels: str) -> Case:
    """A case of a single series."""
    more = "".join(f', {name}="{value}"' for name, value in labels.items())
    return Case({f"{metric}{ME}{more}}}": values}, at)


FAILED_POLLS = f'watcher_polls_total{ME}, source="prod", outcome="outage"}}'
GOOD_READING = f'watcher_last_good_reading_timestamp_seconds{ME}, source="prod"}}'
OLDEST = "watcher_oldest_waiting_seconds"

FIRES = MappingProxyType(
    {
        "WatcherDown": one("up", "1x5 0x10", "9m"),
        "WatcherNotReady": one("watcher_ready", "1 0x20", "12m"),
        "WatcherReadsNothing": Case({GOOD_READING: "0x20"}, "12m"),
        "WatcherNeverRead": Case({FAILED_POLLS: "1+6x20"}, "11m"),
        "WatcherLoopLate": one("watcher_loop_late_seconds_total", "0+20x20", "12m"),
        "WatcherOutboxOld": one(OLDEST, "0+60x30", "17m", channel="oncall"),
        "WatcherDeliveriesDead": one("watcher_deliveries_dead", "0 3x9", "2m", channel="oncall"),
        "WatcherChannelRefused": one("watcher_channel_refused", "0 1x9", "4m", channel="oncall"),
        "WatcherReloadFailed": one("watcher_config_last_reload_successful", "1 0x9", "1m"),
        "WatcherCannotSave": one("watcher_store_unwritable", "0 1x9", "3m"),
        "WatcherRecordsNothing": one("watcher_history_unwritable", "0 1x9", "7m"),
    }
)
"""For each alert a story in which somebody has to be called."""

QUIET = MappingProxyType(
    {
        # A restart takes a moment.
        "WatcherDown": one("up", "1x5 0 1x9", "8m"),
        "WatcherNotReady": one("watcher_ready", "1 0x8 1x20", "12m"),
        "WatcherReadsNothing": Case({GOOD_READING: "0+60x20"}, "15m"),
        # It failed, and has been read before.
        "WatcherNeverRead": Case({FAILED_POLLS: "1+6x20", GOOD_READING: "60x20"}, "15m"),
        "WatcherLoopLate": one("watcher_loop_late_seconds_total", "0 20x20", "12m"),
        "WatcherOutboxOld": one(OLDEST, "0+60x14 0x9", "16m", channel="oncall"),
        # Somebody dropped them.
        "WatcherDeliveriesDead": one("watcher_deliveries_dead", "3 0x9", "2m", channel="oncall"),
        # The next probe was taken.
        "WatcherChannelRefused": one("watcher_channel_refused", "0 1 0x9", "4m", channel="oncall"),
        "WatcherReloadFailed": one("watcher_config_last_reload_successful", "0 1x9", "1m"),
        "WatcherCannotSave": one("watcher_store_unwritable", "0 1 0x9", "3m"),
        "WatcherRecordsNothing": one("watcher_history_unwritable", "0 1x3 0x9", "7m"),
    }
)
"""For each alert one in which nobody has to be: it is short, or over, or as it should be."""

GONE = Case({}, "3m")
"""Nothing at all was ever scraped."""


def promtool(*arguments: str, given: str = "") -> str:
    """What promtool says; it must be content."""
    program = need("promtool", "prometheus")
    done = subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr), done.stdout + done.stderr
    return done.stdout


def question(alert: str, case: Case, *, fires: bool) -> dict[str, object]:
    """One group of `promtool test rules`: whether the alert fires at that time."""
    query = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})'
    expected = [{"labels": "{}", "value": 1}] if fires else []
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": value} for name, value in case.series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": case.at, "exp_samples": expected}],
    }


def ask(folder: Path, *groups: dict[str, object]) -> str:
    """Play stories by the rules; JSON is YAML too."""
    file = folder / "test.yml"
    asked = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": groups}
    file.write_text(json.dumps(asked), encoding="utf-8")
    return promtool("test", "rules", str(file))


def alerts() -> list[str]:
    """The names of the file's alerts."""
    return ALERT.findall(RULES.read_text(encoding="utf-8"))


def test_promtool_accepts_the_rules() -> None:
    """Names, expressions and templates are sound, and no alert stands there twice."""
    assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", str(RULES))
    assert len(alerts()) == len(set(alerts()))


def test_every_alert_is_tried_both_ways() -> None:
    """Each has a story in which it fires and one in which it does not."""
    assert alerts() == list(FIRES) == list(QUIET)


@pytest.mark.parametrize("alert", FIRES)
def test_it_fires_when_somebody_has_to_be_called(tmp_path: Path, alert: str) -> None:
    """The alert fires in its story, for one thing."""
    assert "SUCCESS" in ask(tmp_path, question(alert, FIRES[alert], fires=True))


@pytest.mark.parametrize("alert", QUIET)
def test_it_does_not_when_nobody_has_to_be(tmp_path: Path, alert: str) -> None:
    """What is short, over or as it should be calls nobody."""
    assert "SUCCESS" in ask(tmp_path, question(alert, QUIET[alert], fires=False))


def test_a_watcher_that_was_never_there_is_down(tmp_path: Path) -> None:
    """Also one that no scrape has ever found."""
    assert "SUCCESS" in ask(tmp_path, question("WatcherDown", GONE, fires=True))


def test_a_story_that_goes_otherwise_is_found(tmp_path: Path) -> None:
    """The tests above can fail."""
    wrong = question("WatcherCannotSave", QUIET["WatcherCannotSave"], fires=True)
    with pytest.raises(AssertionError, match="FAILED"):
        ask(tmp_path, wrong)


def test_every_alert_says_what_to_do() -> None:
    """A severity, what happened in one line, and what it means and what to do in words."""
    text = RULES.read_text(encoding="utf-8")
    for name, rule in zip(alerts(), text.split("      - alert: ")[1:], strict=True):
        assert re.search(r"^          severity: (critical|warning)$", rule, re.MULTILINE), name
        assert re.search(r'^          summary: "[^"]+\."$', rule, re.MULTILINE), name
        runbook = rule.partition("runbook: >-\n")[2]
        assert len(runbook.split()) >= 25, name
