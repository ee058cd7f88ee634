"""Counts what the watcher does, for Prometheus; what each number means stands in `table.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import anyio
from anyio.lowlevel import checkpoint
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client import metrics as library
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from watcher import __version__
from watcher.core.event import Kind as EventKind
from watcher.core.outcome import Fate
from watcher.telemetry.standing import NOTHING, STANDING, Standing, StandingCollector
from watcher.telemetry.table import METRICS, Kind


class Metrics:
    """The numbers of one process, in their own registry; methods are named for what happened.

    `look` gives what stands now; it is asked once for each page.
    """

    def __init__(self) -> None:
        # Nobody asks when a counter began, and each of these lines costs as much as a number.
        library._use_created = False  # noqa: SLF001  its function for this has no types
        self.registry = CollectorRegistry()
        self.look: Callable[[], Standing] = lambda: NOTHING
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        # What is counted thousands of times is found once; gauges may go, and are not kept here.
        self._counted: dict[tuple[str, ...], Counter] = {}
        self._observed: dict[tuple[str, ...], Histogram] = {}
        self._standing = StandingCollector()
        self._one_at_a_time = anyio.Lock()
        ProcessCollector(registry=self.registry)
        self.registry.register(self._standing)
        for name in METRICS:
            if name not in STANDING:
                self._make(name)
        self._set("watcher_build_info", 1, __version__)

    def expect(self, sources: Iterable[str], channels: Iterable[str]) -> None:
        """A file with these came into force: what is counted of them is 0 until it happens."""
        for kind in EventKind:
            self._count("watcher_events_total", kind, by=0)
        for source in sources:
            for outcome in ("snapshot", "outage"):
                self._count("watcher_polls_total", source, outcome, by=0)
        for channel in channels:
            self._count("watcher_limit_waits_total", channel, by=0)
            self._count("watcher_limit_wait_seconds_total", channel, by=0)
            for fate in Fate:
                self._count("watcher_attempts_total", channel, fate, by=0)

    def polled(self, source: str, outcome: str, took: timedelta) -> None:
        """A reading ended as `outcome`, `snapshot` or `outage`, after `took`."""
        self._count("watcher_polls_total", source, outcome)
        self._observe("watcher_poll_duration_seconds", took, source)

    def missed(self, source: str, cause: str) -> None:
        """A request of a source gave nothing that can be judged, because of `cause`."""
        self._count("watcher_outages_total", source, cause)

    def saw_jobs(self, source: str, jobs: int, in_mismatch: int, at: datetime) -> None:
        """A good reading at `at` left the source with so many jobs, so many of them not right."""
        self._set("watcher_jobs", jobs, source)
        self._set("watcher_jobs_in_mismatch", in_mismatch, source)
        self._set("watcher_last_good_reading_timestamp_seconds", at.timestamp(), source)

    def was_read(self, source: str, at: datetime) -> None:
        """Before this process began its last good reading was at `at`."""
        self._set("watcher_last_good_reading_timestamp_seconds", at.timestamp(), source)

    def saw_event(self, kind: str, times: int = 1) -> None:
        """An event of this kind was found, or so many."""
        self._count("watcher_events_total", kind, by=times)

    def decided(self, channel: str, status: str, reason: str, times: int = 1) -> None:
        """A notification to `channel` was decided: `firing`, `resolved` or `occurred`, and why."""
        self._count("watcher_notifications_total", channel, status, reason, by=times)

    def stopped(self, why: str, times: int = 1) -> None:
        """A gate of this name stopped an event under a rule or on a channel."""
        self._count("watcher_untold_total", why, by=times)

    def silenced(self, channel: str, why: str) -> None:
        """A silence (`silenced`) or a window (`window`) kept `channel` from being told."""
        self._count("watcher_silenced_total", channel, why)

    def waiting(self, channel: str, deliveries: int, oldest: timedelta) -> None:
        """So many deliveries of a channel are unsettled, the oldest of this age (0 if none)."""
        self._set("watcher_deliveries_waiting", deliveries, channel)
        self._set("watcher_oldest_waiting_seconds", oldest.total_seconds(), channel)

    def dead(self, channel: str, deliveries: int) -> None:
        """So many deliveries of a channel are dead."""
        self._set("watcher_deliveries_dead", deliveries, channel)

    def gated(self, channel: str, *, failing: bool, refused: bool) -> None:
        """Whether a channel's receiver lets only a probe through, and whether it refuses us."""
        self._set("watcher_channel_failing", failing, channel)
        self._set("watcher_channel_refused", refused, channel)

    def attempted(self, channel: str, outcome: str) -> None:
        """An attempt on a channel ended as `outcome`."""
        self._count("watcher_attempts_total", channel, outcome)

    def delivered(self, channel: str, took: timedelta, since_seen: Iterable[timedelta]) -> None:
        """A delivery was settled as delivered, `took` after it was made.

        `since_seen`: how long ago each event was seen that it was the first to tell.
        """
        self._observe("watcher_delivery_duration_seconds", took, channel)
        for span in since_seen:
            self._observe("watcher_detect_to_deliver_seconds", span, channel)

    def held_back(self, channel: str, *, anew: bool, waited: timedelta) -> None:
        """What is due waited so much longer for the limit alone; `anew` where that begins."""
        self._count("watcher_limit_waits_total", channel, by=int(anew))
        self._count("watcher_limit_wait_seconds_total", channel, by=waited.total_seconds())

    def committed(self, took: timedelta) -> None:
        """A Step was saved within `took`."""
        self._observe("watcher_commit_duration_seconds", took)

    def lagged(self, lag: timedelta) -> None:
        """The last tick came so much too late."""
        self._set("watcher_loop_lag_seconds", lag.total_seconds())
        self._count("watcher_loop_late_seconds_total", by=lag.total_seconds())

    def beat(self, outcome: str) -> None:
        """A heartbeat was `sent`, or `failed`."""
        self._count("watcher_heartbeats_total", outcome)

    def can_write(self, *, can: bool) -> None:
        """Whether the store can be written."""
        self._set("watcher_store_unwritable", not can)

    def recorded(self, frames: int) -> None:
        """The flight recorder wrote so many frames."""
        self._count("watcher_history_frames_total", by=frames)

    def can_record(self, *, can: bool) -> None:
        """Whether the flight recorder can write."""
        self._set("watcher_history_unwritable", not can)

    def reloaded(self, ok: bool, at: datetime) -> None:  # noqa: FBT001  what it is about is said
        """The file was read at `at` and came into force (`ok`), or was refused."""
        self._set("watcher_config_last_reload_successful", ok)
        if ok:
            name = "watcher_config_last_reload_success_timestamp_seconds"
            self._set(name, at.timestamp())

    def forget_source(self, source: str) -> None:
        """A reload took this source out of the file: its gauges would be old for ever."""
        self._forget("source", source)

    def forget_channel(self, channel: str) -> None:
        """A reload took this channel out of the file: its gauges would be old for ever."""
        self._forget("channel", channel)

    def page(self) -> tuple[bytes, str]:
        """The whole registry in Prometheus's text format, and its Content-Type."""
        self._standing.standing = self.look()
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    async def page_in_parts(self) -> tuple[bytes, str]:
        """The same, where others may have their turn after each metric.

        Of several who ask at once one is served at a time: however many they are, nobody else
        waits for more than one metric's lines.
        """
        async with self._one_at_a_time:
            self._standing.standing, parts = self.look(), list[bytes]()
            for family in self.registry.collect():
                parts.append(generate_latest(_Only(family)))
                await checkpoint()
        return b"".join(parts), CONTENT_TYPE_LATEST

    def _count(self, name: str, *labels: str, by: float = 1) -> None:
        key = (name, *labels)
        child = self._counted.get(key)
        if child is None:
            counter = self._counters[name]
            child = self._counted[key] = counter.labels(*labels) if labels else counter
        child.inc(by)

    def _set(self, name: str, value: float, *labels: str) -> None:
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def _observe(self, name: str, span: timedelta, *labels: str) -> None:
        key = (name, *labels)
        child = self._observed.get(key)
        if child is None:
            histogram = self._histograms[name]
            child = self._observed[key] = histogram.labels(*labels) if labels else histogram
        child.observe(span.total_seconds())

    def _forget(self, label: str, value: str) -> None:
        for name, gauge in self._gauges.items():
            if label in METRICS[name].labels:
                gauge.remove_by_labels({label: value})

    def _make(self, name: str) -> None:
        metric, registry = METRICS[name], self.registry
        given = (name, metric.meaning, metric.labels)
        match metric.kind:
            case Kind.COUNTER:
                self._counters[name] = Counter(*given, registry=registry)
            case Kind.GAUGE:
                self._gauges[name] = Gauge(*given, registry=registry)
            case Kind.HISTOGRAM:
                buckets = metric.buckets
                self._histograms[name] = Histogram(*given, buckets=buckets, registry=registry)


class _Only(Collector):
    """A registry of one metric."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def collect(self) -> Iterable[Family]:
        return (self._family,)
