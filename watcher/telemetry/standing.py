"""What stands at the moment of a scrape: counted only then, shown as gauges that leave no trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from watcher.telemetry.table import METRICS

Counts = Mapping[tuple[str, ...], float]
"""Values by the labels' values, in the order of the table."""


class Standing(msgspec.Struct, frozen=True):
    """The numbers of one moment.

    `jobs` by source, ExpectState and ActualState, `alerts` by phase, kind and severity, `gates` by
    why they are closed; `ready` as /readyz answers, `None` where nobody can say.
    """

    jobs: Counts = MappingProxyType({})
    alerts: Counts = MappingProxyType({})
    gates: Counts = MappingProxyType({})
    ready: bool | None = None

    def families(self) -> Iterator[tuple[str, Counts]]:
        """Each metric with its values."""
        yield "watcher_jobs_by_state", self.jobs
        yield "watcher_alerts", self.alerts
        yield "watcher_gates_closed", self.gates
        yield "watcher_ready", {} if self.ready is None else {(): float(self.ready)}


NOTHING: Final = Standing()
STANDING: Final = frozenset(name for name, _ in NOTHING.families())
"""The metrics that are shown so."""


class StandingCollector(Collector):
    """Shows the standing that it was given last."""

    def __init__(self) -> None:
        self.standing = NOTHING

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The names alone."""
        return list(_shown(NOTHING))

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The numbers."""
        return list(_shown(self.standing))


def _shown(standing: Standing) -> Iterator[GaugeMetricFamily]:
    for name, counts in standing.families():
        metric = METRICS[name]
        family = GaugeMetricFamily(name, metric.meaning, labels=metric.labels)
        for labels, value in counts.items():
            family.add_metric(labels, value)
        yield family
