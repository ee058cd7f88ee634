"""contrib/grafana/watcher.json: what Grafana would stumble over without saying so."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from tests.contrib.dashboard import CHOSEN, dashboard, filled, panels, queries
from tests.contrib.promql import metrics_in
from watcher.telemetry.table import METRICS

WIDTH = 24
ROWS = (
    *("Overview", "Polls", "Jobs by state", "Alerts", "Outbox"),
    *("How late messages are", "Process"),
)
NOT_DRAWN = frozenset(
    {
        "watcher_heartbeats_total",
        "watcher_limit_waits_total",
        "watcher_loop_lag_seconds",
        "watcher_silenced_total",
    }
)
"""What another metric of the dashboard shows better."""


def cells(panel: Any) -> set[tuple[int, int]]:
    """The places that a panel covers."""
    at = panel["gridPos"]
    columns = range(at["x"], at["x"] + at["w"])
    return {(x, y) for x in columns for y in range(at["y"], at["y"] + at["h"])}


def test_its_rows_are_in_order() -> None:
    """From what one sees at a glance to the process behind it."""
    rows = [panel for panel in panels() if panel["type"] == "row"]
    assert list(ROWS) == [row["title"] for row in rows]
    heights = [row["gridPos"]["y"] for row in rows]
    assert all(above < below for above, below in pairwise(heights))


def test_no_panel_lies_on_another() -> None:
    """Each has its own place within the width."""
    covered = [cell for panel in panels() for cell in cells(panel)]
    assert len(covered) == len(set(covered))
    assert {True} == {0 <= x < WIDTH for x, _ in covered}


def test_every_panel_is_known_by_its_number() -> None:
    """Numbers are unique, and so are a panel's queries."""
    numbers = [panel["id"] for panel in panels()]
    assert len(numbers) == len(set(numbers))
    for panel in panels():
        letters = [target["refId"] for target in panel.get("targets", ())]
        assert len(letters) == len(set(letters))


def test_every_panel_says_what_it_shows() -> None:
    """A title, a sentence, a unit, at least one query, and the source of data that was chosen."""
    for panel in panels():
        if panel["type"] == "row":
            continue
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["targets"]
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {"${datasource}"} == {source["uid"] for source in sources}


def test_every_query_heeds_what_was_chosen() -> None:
    """Each asks for the chosen job and instance, so that two watchers are not added up unseen."""
    texts = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    for text in texts:
        matchers = re.findall(r"\{([^{}]*)\}", text)
        assert matchers
        assert [] == [one for one in matchers if 'job="$job", instance=~"$instance"' not in one]


def test_every_variable_is_used_and_known() -> None:
    """What stands in a query can be chosen, and what can be chosen stands in one."""
    known = {one["name"] for one in dashboard()["templating"]["list"]} - {"datasource"}
    assert known == set(CHOSEN)
    assert [] == [query for _, query in queries() if "$" in query]
    with pytest.raises(KeyError, match="nobody"):
        filled("up == $nobody")


def test_every_metric_has_its_place() -> None:
    """A new metric is drawn, or left out for a reason."""
    drawn = {metric for _, query in queries() for metric in metrics_in(query)}
    drawn = {re.sub(r"_(bucket|sum|count)$", "", metric) for metric in drawn}
    assert NOT_DRAWN == METRICS.keys() - drawn
