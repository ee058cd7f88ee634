"""The numbers: each metric of the table moves when what it counts happens, and keeps its name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import anyio
import anyio.abc
import anyio.lowlevel
import pytest
from prometheus_client.parser import text_string_to_metric_families

from watcher import __version__
from watcher.core.event import Kind as EventKind
from watcher.core.outcome import Fate
from watcher.telemetry.metrics import Metrics
from watcher.telemetry.standing import Standing
from watcher.telemetry.table import METRICS, Kind

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


def standing() -> Standing:
    """One of everything that is counted when the page is asked for."""
    return Standing(
        jobs={("prod", "RUNNING", "FAILED"): 3},
        alerts={("firing", "restart", "error"): 2},
        gates={("window",): 1},
        ready=True,
    )


def used() -> Metrics:
    """Metrics after one of everything."""
    metrics = Metrics()
    metrics.look = standing
    metrics.polled("prod", "snapshot", timedelta(milliseconds=20))
    metrics.polled("prod", "outage", timedelta(seconds=7))
    metrics.missed("prod", "timeout")
    metrics.saw_jobs("prod", jobs=12, in_mismatch=2, at=AT)
    metrics.saw_event("restart")
    metrics.decided("oncall", "firing", "began")
    metrics.stopped("merged")
    metrics.silenced("oncall", "window")
    metrics.waiting("oncall", deliveries=4, oldest=timedelta(minutes=2))
    metrics.dead("oncall", 7)
    metrics.gated("oncall", failing=True, refused=True)
    metrics.attempted("oncall", "delivered")
    metrics.delivered("oncall", timedelta(seconds=3), [timedelta(seconds=4), timedelta(seconds=9)])
    metrics.held_back("oncall", anew=True, waited=timedelta(0))
    metrics.held_back("oncall", anew=False, waited=timedelta(seconds=1.5))
    metrics.committed(timedelta(milliseconds=3))
    metrics.lagged(timedelta(seconds=2))
    metrics.lagged(timedelta(seconds=0.5))
    metrics.beat("sent")
    metrics.can_write(can=False)
    metrics.recorded(6)
    metrics.can_record(can=False)
    metrics.reloaded(ok=True, at=AT)
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
        ("watcher_notifications_total/oncall/began/firing", 1),
        ("watcher_silenced_total/oncall/window", 1),
        ("watcher_deliveries_waiting/oncall", 4),
        ("watcher_oldest_waiting_seconds/oncall", 120),
        ("watcher_attempts_total/oncall/delivered", 1),
        ("watcher_outages_total/timeout/prod", 1),
        ("watcher_jobs_by_state/FAILED/RUNNING/prod", 3),
        ("watcher_alerts/restart/firing/error", 2),
        ("watcher_gates_closed/window", 1),
        ("watcher_ready", 1),
        ("watcher_untold_total/merged", 1),
        ("watcher_deliveries_dead/oncall", 7),
        ("watcher_channel_failing/oncall", 1),
        ("watcher_channel_refused/oncall", 1),
        ("watcher_delivery_duration_seconds_sum/oncall", 3),
        ("watcher_detect_to_deliver_seconds_count/oncall", 2),
        ("watcher_detect_to_deliver_seconds_sum/oncall", 13),
        ("watcher_limit_waits_total/oncall", 1),
        ("watcher_limit_wait_seconds_total/oncall", 1.5),
        ("watcher_loop_lag_seconds", 0.5),
        ("watcher_loop_late_seconds_total", 2.5),
        ("watcher_heartbeats_total/sent", 1),
        ("watcher_store_unwritable", 1),
        ("watcher_history_frames_total", 6),
        ("watcher_history_unwritable", 1),
        ("watcher_config_last_reload_successful", 1),
        ("watcher_config_last_reload_success_timestamp_seconds", AT.timestamp()),
        (f"watcher_build_info/{__version__}", 1),
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
    assert {name: metric.kind.value for name, metric in METRICS.items()} == dict(shown)


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
    metrics.look = Standing
    metrics.forget_source("prod")
    metrics.forget_source("never there")
    metrics.forget_channel("oncall")
    left = samples(metrics)
    gauges = {
        name
        for name, metric in METRICS.items()
        if metric.kind is Kind.GAUGE and {"source", "channel"} & {*metric.labels}
    }
    assert set() == {sample for sample in left if sample.split("/")[0] in gauges}
    assert 1 == left["watcher_polls_total/snapshot/prod"]


def test_labels_are_escaped() -> None:
    """A name with quotes and line ends does not break the page."""
    metrics = Metrics()
    metrics.saw_event('a"b\n中')
    assert 1 == samples(metrics)['watcher_events_total/a"b\n中']


def test_every_metric_of_the_table_can_move() -> None:
    """After one of everything each metric has a sample: none is named and never filled."""
    shown = {
        re.sub(r"_(bucket|sum|count)$", "", sample.split("/")[0]) for sample in samples(used())
    }
    assert [] == [name for name in METRICS if name not in shown]


def test_what_may_happen_is_0_until_it_does() -> None:
    """A rate sees the first time too: what a file lets happen is there before it happens."""
    metrics = Metrics()
    metrics.expect(["prod"], ["oncall"])
    shown = samples(metrics)
    assert [0] * len(Fate) == [shown[f"watcher_attempts_total/oncall/{fate}"] for fate in Fate]
    assert [0] * len(EventKind) == [shown[f"watcher_events_total/{kind}"] for kind in EventKind]
    assert [0, 0] == [shown[f"watcher_polls_total/{how}/prod"] for how in ("snapshot", "outage")]
    metrics.attempted("oncall", "refused")
    metrics.expect(["prod"], ["oncall"])
    assert 1 == samples(metrics)["watcher_attempts_total/oncall/refused"]


def test_a_file_that_is_refused_leaves_the_time_of_the_last_good_one() -> None:
    """Who looks can tell that the file in force is older than the one that was read last."""
    metrics = used()
    metrics.reloaded(ok=False, at=AT + timedelta(hours=1))
    shown = samples(metrics)
    assert 0 == shown["watcher_config_last_reload_successful"]
    assert AT.timestamp() == shown["watcher_config_last_reload_success_timestamp_seconds"]


async def test_the_page_is_the_same_made_in_parts() -> None:
    """Made piece by piece, for several who ask at once, it shows what it shows else."""
    metrics, pages = used(), list[bytes]()

    async def ask() -> None:
        pages.append((await metrics.page_in_parts())[0])

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
    own = {line for line in metrics.page()[0].splitlines() if line.startswith(b"watcher_")}
    assert [True] * 5 == [own <= set(page.splitlines()) for page in pages]


async def test_nobody_waits_for_more_than_one_metric() -> None:
    """However many ask at once, each metric's lines are one turn, and others come between."""
    metrics, turns, over = used(), 0, anyio.Event()

    async def others() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            await anyio.lowlevel.checkpoint()

    async def ask(asking: anyio.abc.TaskGroup) -> None:
        async with asking:
            for _ in range(3):
                asking.start_soon(metrics.page_in_parts)
        over.set()

    async with anyio.create_task_group() as group:
        group.start_soon(others)
        await ask(anyio.create_task_group())
    assert turns >= 3 * len(METRICS)
