"""The numbers: each metric of the table moves when what it counts happens, and keeps its name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from watcher.telemetry.metrics import METRICS, Kind, Metrics

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def samples(metrics: Metrics) -> dict[str, float]:
    """Every sample on the page, by its name and its labels' values in the order of their names."""
    text = metrics.page()[0].decode()
    return {
        sample.name
        + "".join(f"/{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def used() -> Metrics:
    """Metrics after one of everything."""
    metrics = Metrics()
    metrics.polled("prod", "snapshot", timedelta(milliseconds=20))
    metrics.polled("prod", "outage", timedelta(seconds=7))
    metrics.saw_jobs("prod", jobs=12, in_mismatch=2, at=AT)
    metrics.saw_event("restart")
    metrics.decided("oncall", "firing")
    metrics.silenced("oncall", "window")
    metrics.waiting("oncall", deliveries=4, oldest=timedelta(minutes=2))
    metrics.attempted("oncall", "delivered")
    metrics.committed(timedelta(milliseconds=3))
    return metrics


@pytest.mark.parametrize(
    "sample, expected",
    [
        ("watcher_polls_total/snapshot/prod", 1),
        ("watcher_polls_total/outage/prod", 1),
        ("watcher_poll_duration_seconds_count/prod", 2),
        ("watcher_poll_duration_seconds_sum/prod", 7.02),
        ("watcher_poll_duration_seconds_bucket/0.025/prod", 1),
        ("watcher_jobs/prod", 12),
        ("watcher_jobs_in_mismatch/prod", 2),
        ("watcher_last_good_reading_timestamp_seconds/prod", AT.timestamp()),
        ("watcher_events_total/restart", 1),
        ("watcher_notifications_total/oncall/firing", 1),
        ("watcher_silenced_total/oncall/window", 1),
        ("watcher_deliveries_waiting/oncall", 4),
        ("watcher_oldest_waiting_seconds/oncall", 120),
        ("watcher_attempts_total/oncall/delivered", 1),
        ("watcher_commit_duration_seconds_count", 1),
        ("watcher_commit_duration_seconds_sum", 0.003),
    ],
)
def test_what_happened_is_counted(sample: str, expected: float) -> None:
    """Each thing that happens moves its own sample."""
    assert expected == samples(used())[sample]


def test_the_table_is_complete() -> None:
    """The page holds the metrics of the table and no other of the watcher's own."""
    text = used().page()[0].decode()
    shown = re.findall(r"^# TYPE (watcher_\S+) (\w+)$", text, re.MULTILINE)
    # The text format adds *_created gauges, which are prometheus-client's matter.
    told = {name: kind for name, kind in shown if not name.endswith("_created")}
    assert {name: metric.kind.value for name, metric in METRICS.items()} == told


@pytest.mark.parametrize("name", METRICS)
def test_names_follow_prometheus(name: str) -> None:
    """Counters end in _total, and no other metric does."""
    assert name.startswith("watcher_")
    assert (METRICS[name].kind is Kind.COUNTER) == name.endswith("_total")


def test_two_processes_do_not_share_numbers() -> None:
    """Metrics made twice count apart, so that tests and reloads do not meet."""
    first, second = Metrics(), Metrics()
    first.saw_event("restart")
    assert "watcher_events_total/restart" not in samples(second)


def test_the_page_tells_of_the_process() -> None:
    """Memory and CPU of the process are on the page."""
    assert samples(Metrics())["process_resident_memory_bytes"] > 0


def test_what_left_the_file_leaves_the_page() -> None:
    """A source or channel that a reload removed shows no gauge; its counters stay."""
    metrics = used()
    metrics.forget_source("prod")
    metrics.forget_source("never there")
    metrics.forget_channel("oncall")
    left = samples(metrics)
    gauges = {n for n, metric in METRICS.items() if metric.kind is Kind.GAUGE and metric.labels}
    assert set() == {sample for sample in left if sample.split("/")[0] in gauges}
    assert 1 == left["watcher_polls_total/snapshot/prod"]


def test_labels_are_escaped() -> None:
    """A name with quotes and line ends does not break the page."""
    metrics = Metrics()
    metrics.saw_event('a"b\n中')
    assert 1 == samples(metrics)['watcher_events_total/a"b\n中']
