"""Every metric of the watcher's own, in one table that the page, the docs and the tests go by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

SECONDS_OF_A_POLL: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SECONDS_TO_TELL: Final = (0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
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
        "watcher_outages_total": Metric(
            Kind.COUNTER,
            ("source", "cause"),
            "Requests that gave nothing that can be judged, discovery included, by cause",
        ),
        "watcher_poll_duration_seconds": Metric(
            Kind.HISTOGRAM,
            ("source",),
            "Seconds from the first try of a reading to its end, retries included",
            SECONDS_OF_A_POLL,
        ),
        "watcher_jobs": Metric(Kind.GAUGE, ("source",), "Jobs that are watched"),
        "watcher_jobs_by_state": Metric(
            Kind.GAUGE,
            ("source", "expect_state", "actual_state"),
            "Jobs by their states as last seen; other: a state of another name, none: no state",
        ),
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
        "watcher_alerts": Metric(
            Kind.GAUGE,
            ("phase", "kind", "severity"),
            "Alerts that are pending or firing, by kind and by the severity of their rule",
        ),
        "watcher_notifications_total": Metric(
            Kind.COUNTER,
            ("channel", "status", "reason"),
            "Notifications decided, by channel, status and the reason why they are told now",
        ),
        "watcher_silenced_total": Metric(
            Kind.COUNTER,
            ("channel", "why"),
            "Notifications that were not made, because of a silence (silenced) or window (window)",
        ),
        "watcher_untold_total": Metric(
            Kind.COUNTER,
            ("why",),
            "Decisions not to tell an event, of a rule or on a channel, by what stopped it",
        ),
        "watcher_gates_closed": Metric(
            Kind.GAUGE,
            ("why",),
            "Silences (silenced) and maintenance windows (window) that are in force",
        ),
        "watcher_deliveries_waiting": Metric(
            Kind.GAUGE, ("channel",), "Deliveries in the outbox that are not settled"
        ),
        "watcher_deliveries_dead": Metric(
            Kind.GAUGE,
            ("channel",),
            "Deliveries that are dead: given up or rejected; counted once a minute",
        ),
        "watcher_oldest_waiting_seconds": Metric(
            Kind.GAUGE, ("channel",), "Age of the oldest delivery that is not settled, or 0"
        ),
        "watcher_attempts_total": Metric(
            Kind.COUNTER, ("channel", "outcome"), "Attempts to deliver, by what the receiver said"
        ),
        "watcher_delivery_duration_seconds": Metric(
            Kind.HISTOGRAM,
            ("channel",),
            "Seconds from the making of a delivery to its settlement as delivered",
            SECONDS_TO_TELL,
        ),
        "watcher_detect_to_deliver_seconds": Metric(
            Kind.HISTOGRAM,
            ("channel",),
            "Seconds from an event's detected_at to the settled delivery that first told it",
            SECONDS_TO_TELL,
        ),
        "watcher_limit_waits_total": Metric(
            Kind.COUNTER,
            ("channel",),
            "How often something that was due waited because its receiver's limit was reached",
        ),
        "watcher_limit_wait_seconds_total": Metric(
            Kind.COUNTER,
            ("channel",),
            "Seconds for which something that was due waited for that limit alone",
        ),
        "watcher_channel_failing": Metric(
            Kind.GAUGE,
            ("channel",),
            "1 while only a probe is sent, as the receiver fails, throttles or refuses",
        ),
        "watcher_channel_refused": Metric(
            Kind.GAUGE,
            ("channel",),
            "1 while the receiver refuses us: credentials, address, keyword or IP",
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
        "watcher_loop_late_seconds_total": Metric(
            Kind.COUNTER,
            (),
            "Seconds by which all ticks so far came too late, together",
        ),
        "watcher_heartbeats_total": Metric(
            Kind.COUNTER, ("outcome",), "Heartbeats, by how they ended: sent or failed"
        ),
        "watcher_store_unwritable": Metric(
            Kind.GAUGE, (), "1 while nothing can be saved, judged or told, else 0"
        ),
        "watcher_history_frames_total": Metric(
            Kind.COUNTER, (), "Frames that the flight recorder wrote"
        ),
        "watcher_history_unwritable": Metric(
            Kind.GAUGE, (), "1 while the flight recorder cannot write and so keeps nothing, else 0"
        ),
        "watcher_ready": Metric(
            Kind.GAUGE, (), "1 while /readyz answers that all work is done, else 0"
        ),
        "watcher_config_last_reload_successful": Metric(
            Kind.GAUGE,
            (),
            "1 where the file as it was last read came into force, 0 where it was refused",
        ),
        "watcher_config_last_reload_success_timestamp_seconds": Metric(
            Kind.GAUGE, (), "Unix time at which a file last came into force, by a start or a reload"
        ),
        "watcher_build_info": Metric(Kind.GAUGE, ("version",), "1, with the version that runs"),
    }
)
"""Every metric of the watcher's own; beside them stand prometheus-client's `process_*`."""
