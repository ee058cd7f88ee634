"""Counts what the watcher does, for Prometheus; the table METRICS is what docs and tests go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS_OF_A_POLL: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SECONDS_OF_A_COMMIT: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)


class Kind(Enum):
    """How Prometheus reads a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table: its kind, its labels and what it means."""

    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


METRICS: Final = MappingProxyType(
    {
        "watcher_polls_total": Metric(
            Kind.COUNTER,
            ("source", "outcome"),
            "Requests for run summaries that ended, by how: snapshot or outage",
        ),
        "watcher_poll_duration_seconds": Metric(
            Kind.HISTOGRAM,
            ("source",),
            "Seconds from the first try of a reading to its end, retries included",
            SECONDS_OF_A_POLL,
        ),
        "watcher_jobs": Metric(Kind.GAUGE, ("source",), "Jobs that are watched"),
        "watcher_jobs_in_mismatch": Metric(
            Kind.GAUGE,
            ("source",),
            "Jobs whose ActualState is not what ExpectState asks for, fired or not",
        ),
        "watcher_last_good_reading_timestamp_seconds": Metric(
            Kind.GAUGE, ("source",), "Unix time of the last good reading"
        ),
        "watcher_events_total": Metric(
            Kind.COUNTER, ("kind",), "Events, told or not, by kind of event"
        ),
        "watcher_notifications_total": Metric(
            Kind.COUNTER, ("channel", "status"), "Notifications decided, by channel and status"
        ),
        "watcher_silenced_total": Metric(
            Kind.COUNTER,
            ("channel", "why"),
            "Notifications that were not made, because of a silence (silenced) or window (window)",
        ),
        "watcher_deliveries_waiting": Metric(
            Kind.GAUGE, ("channel",), "Deliveries in the outbox that are not settled"
        ),
        "watcher_oldest_waiting_seconds": Metric(
            Kind.GAUGE, ("channel",), "Age of the oldest delivery that is not settled, or 0"
        ),
        "watcher_attempts_total": Metric(
            Kind.COUNTER, ("channel", "outcome"), "Attempts to deliver, by what the receiver said"
        ),
        "watcher_commit_duration_seconds": Metric(
            Kind.HISTOGRAM,
            (),
            "Seconds to save one Step in one transaction",
            SECONDS_OF_A_COMMIT,
        ),
        "watcher_loop_lag_seconds": Metric(
            Kind.GAUGE, (), "Seconds by which the last tick came too late"
        ),
        "watcher_heartbeats_total": Metric(
            Kind.COUNTER, ("outcome",), "Heartbeats, by how they ended: sent or failed"
        ),
        "watcher_store_unwritable": Metric(
            Kind.GAUGE, (), "1 while nothing can be saved, judged or told, else 0"
        ),
    }
)
"""Every metric of the watcher's own; beside them stand prometheus-client's `process_*`."""


class Metrics:
    """The numbers of one process, in their own registry; methods are named for what happened."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._polls = self._counter("watcher_polls_total")
        self._poll_seconds = self._histogram("watcher_poll_duration_seconds")
        self._jobs = self._gauge("watcher_jobs")
        self._mismatched = self._gauge("watcher_jobs_in_mismatch")
        self._good_reading = self._gauge("watcher_last_good_reading_timestamp_seconds")
        self._events = self._counter("watcher_events_total")
        self._notifications = self._counter("watcher_notifications_total")
        self._silenced = self._counter("watcher_silenced_total")
        self._waiting = self._gauge("watcher_deliveries_waiting")
        self._oldest = self._gauge("watcher_oldest_waiting_seconds")
        self._attempts = self._counter("watcher_attempts_total")
        self._commit_seconds = self._histogram("watcher_commit_duration_seconds")
        self._lag = self._gauge("watcher_loop_lag_seconds")
        self._heartbeats = self._counter("watcher_heartbeats_total")
        self._unwritable = self._gauge("watcher_store_unwritable")

    def polled(self, source: str, outcome: str, took: timedelta) -> None:
        """A reading ended as `outcome`, `snapshot` or `outage`, after `took`."""
        self._polls.labels(source, outcome).inc()
        self._poll_seconds.labels(source).observe(took.total_seconds())

    def saw_jobs(self, source: str, jobs: int, in_mismatch: int, at: datetime) -> None:
        """A good reading at `at` left the source with so many jobs, so many of them not right."""
        self._jobs.labels(source).set(jobs)
        self._mismatched.labels(source).set(in_mismatch)
        self._good_reading.labels(source).set(at.timestamp())

    def saw_event(self, kind: str) -> None:
        """An event of this kind was found."""
        self._events.labels(kind).inc()

    def decided(self, channel: str, status: str) -> None:
        """A notification to `channel` was decided: `firing`, `resolved` or `occurred`."""
        self._notifications.labels(channel, status).inc()

    def silenced(self, channel: str, why: str) -> None:
        """A silence (`silenced`) or a window (`window`) kept `channel` from being told."""
        self._silenced.labels(channel, why).inc()

    def waiting(self, channel: str, deliveries: int, oldest: timedelta) -> None:
        """So many deliveries of a channel are unsettled, the oldest of this age (0 if none)."""
        self._waiting.labels(channel).set(deliveries)
        self._oldest.labels(channel).set(oldest.total_seconds())

    def attempted(self, channel: str, outcome: str) -> None:
        """An attempt on a channel ended as `outcome`."""
        self._attempts.labels(channel, outcome).inc()

    def committed(self, took: timedelta) -> None:
        """A Step was saved within `took`."""
        self._commit_seconds.observe(took.total_seconds())

    def lagged(self, lag: timedelta) -> None:
        """The last tick came so much too late."""
        self._lag.set(lag.total_seconds())

    def beat(self, outcome: str) -> None:
        """A heartbeat was `sent`, or `failed`."""
        self._heartbeats.labels(outcome).inc()

    def can_write(self, *, can: bool) -> None:
        """Whether the store can be written."""
        self._unwritable.set(0 if can else 1)

    def forget_source(self, source: str) -> None:
        """A reload took this source out of the file: its gauges would be old for ever."""
        for gauge in (self._jobs, self._mismatched, self._good_reading):
            gauge.remove_by_labels({"source": source})

    def forget_channel(self, channel: str) -> None:
        """A reload took this channel out of the file: its gauges would be old for ever."""
        for gauge in (self._waiting, self._oldest):
            gauge.remove_by_labels({"channel": channel})

    def page(self) -> tuple[bytes, str]:
        """The whole registry in Prometheus's text format, and its Content-Type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _counter(self, name: str) -> Counter:
        metric = METRICS[name]
        return Counter(name, metric.meaning, metric.labels, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        metric = METRICS[name]
        return Gauge(name, metric.meaning, metric.labels, registry=self.registry)

    def _histogram(self, name: str) -> Histogram:
        metric = METRICS[name]
        return Histogram(
            name, metric.meaning, metric.labels, buckets=metric.buckets, registry=self.registry
        )
